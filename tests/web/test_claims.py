"""Claims and results: a batch goes to one lane, urgent mail first, and only its lane settles it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.mail import claims, course, outbox, resending, results
from eventsapp.mail.claims import PARKED, Places
from eventsapp.mail.due import BULK, URGENT
from eventsapp.mail.kinds import MailingKind, MessageState, Purpose
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.results import Result
from eventsapp.mail.wire import Fate, Outcome


@pytest.fixture
def queue(transaction):
    """`queue(3, priority=8)` puts letters in the outbox; gives their mailing."""
    made = iter(range(1, 10_000))

    def act(count, priority=5):
        with transaction():
            mailing = outbox.open_mailing(
                kind=MailingKind.LETTER, purpose=Purpose.MEETINGS, reference="", title="Brief",
                by=None,
            )  # fmt: skip
            letters = [
                outbox.Letter(
                    f"k:{one}", f"lid{one}@Post.Example", f"Lid {one}", "nl", "letter",
                    priority=priority,
                )
                for _, one in zip(range(count), made, strict=False)
            ]  # fmt: skip
            outbox.enqueue(mailing, letters)
        return mailing

    return act


@pytest.fixture
def claim(transaction):
    """`claim("one", BULK, 10)` gives the rows that this lane got."""

    def act(worker="one", lane=URGENT, most=250, places=None):
        with transaction():
            return claims.claim(worker, lane, places or Places(), most)

    return act


@pytest.fixture
def settle(transaction):
    def act(worker, *found):
        with transaction():
            results.settle(worker, found)

    return act


@pytest.fixture
def row(transaction):
    """`row()` reads the one message there is."""

    def act():
        with transaction() as session:
            return session.scalars(select(Message)).one()

    return act


def test_a_letter_goes_to_one_lane(queue, claim):
    queue(1)
    assert [len(claim("one")), len(claim("two"))] == [1, 0]


def test_a_claim_takes_no_more_than_a_batch(queue, claim):
    queue(7)
    assert [len(claim(most=3)), len(claim(most=3)), len(claim(most=3))] == [3, 3, 1]


def test_a_lane_goes_on_where_it_was_and_begins_again_at_the_end(queue, claim, transaction):
    queue(4)
    places = Places()
    first = claim(most=2, places=places)
    with transaction():
        claims.release("one", [one.id for one in first])
    names = [[one.name for one in claim(most=2, places=places)] for _ in range(3)]
    assert names == [["Lid 3", "Lid 4"], ["Lid 1", "Lid 2"], []]


def test_urgent_letters_come_first(queue, claim):
    queue(1, priority=5)
    queue(1, priority=0)
    assert [one.priority for one in claim()] == [0, 5]


def test_an_edition_waits_for_its_own_lane(queue, claim):
    queue(2, priority=7)
    assert claim(lane=URGENT) == []
    assert len(claim(lane=BULK)) == 2


def test_urgent_letters_that_no_lane_takes_go_with_the_edition(queue, claim, freeze):
    freeze("2027-01-04 09:00:00")
    queue(1, priority=1)
    assert claim(lane=BULK) == []
    freeze("2027-01-04 09:00:05")
    assert len(claim(lane=BULK)) == 1


def test_what_rests_is_parked_when_it_comes_up(queue, claim, transaction, row):
    mailing = queue(1)
    with transaction() as session:
        session.execute(update(Mailing).values(course="paused"))
    assert claim() == []
    assert (row().not_before, row().state, mailing.course) == (PARKED, "queued", "open")


def test_a_lane_that_lost_its_lease_settles_nothing(queue, claim, settle, row):
    queue(1)
    [mine] = claim("one")
    settle("two", Result(mine.id, MessageState.SENT))
    assert row().state == "leased"


def test_a_result_is_kept_with_the_words_of_the_server(queue, claim, settle, row):
    queue(1)
    [mine] = claim("one")
    settle("one", Result(mine.id, MessageState.SENT, reply="250 kept as 4Xk"))
    found = row()
    assert (found.state, found.last_reply, found.attempts, found.lease) == (
        "sent", "250 kept as 4Xk", 1, "",
    )  # fmt: skip
    assert found.settled_at is not None


def test_a_batch_of_results_is_one_statement(queue, claim, settle, transaction, statements):
    queue(250)
    mine = claim("one")
    with statements() as asked:
        settle("one", *(Result(one.id, MessageState.SENT, reply="250 ok") for one in mine))
    assert len([one for one in asked if one.startswith("UPDATE")]) == 1
    with transaction() as session:
        sent = select(func.count()).where(Message.state == "sent")
        assert session.scalar(sent) == 250


@pytest.fixture
def put_off(claim, settle):
    """`put_off()` claims the one letter; its server says "later"."""

    def act():
        (mine,) = claim()
        outcome = Outcome(mine.id, Fate.LATER, 451, "451 greylisted, try again in 300 seconds")
        settle("one", results.result_of(mine, "letter", outcome))

    return act


@pytest.fixture
def refuse(claim, settle):
    """`refuse()` claims the one letter; its server refuses it."""

    def act():
        (mine,) = claim()
        settle("one", Result(mine.id, MessageState.FAILED, "refused"))

    return act


def test_a_mail_is_put_off_for_two_days_after_the_first_time(queue, put_off, row, freeze):
    freeze("2027-01-04 09:00")
    queue(1)
    seen = []
    for moment in ("01-04 09:00", "01-06 08:50", "01-06 08:56"):
        freeze(f"2027-{moment}")
        put_off()
        seen.append(row().state)
    assert seen == ["deferred", "deferred", "failed"]


def test_a_mail_that_a_limit_held_for_days_is_tried_more_than_once(queue, put_off, row, freeze):
    freeze("2027-01-04 09:00")
    queue(1)
    freeze("2027-01-08 09:00")
    put_off()
    assert row().state == "deferred"


@pytest.mark.parametrize("is_one", [True, False])
def test_what_is_sent_again_after_days_is_tried_for_two_days_more(
    queue, refuse, put_off, row, freeze, transaction, is_one
):
    freeze("2027-01-04 09:00")
    mailing = queue(1)
    put_off()
    freeze("2027-01-04 09:05")
    refuse()
    freeze("2027-01-08 09:00")
    with transaction():
        if is_one:
            resending.send_again(SYSTEM, row().id)
        else:
            resending.send_failed_again(SYSTEM, mailing.id)
    put_off()
    freeze("2027-01-10 08:50")
    put_off()
    assert (row().state, row().reason) == ("deferred", "later")


def test_a_mailing_that_went_on_after_days_is_tried_for_two_days_more(
    queue, claim, put_off, row, freeze, transaction
):
    freeze("2027-01-08 17:00")
    mailing = queue(1)
    put_off()
    with transaction():
        course.pause(SYSTEM, mailing.id)
    freeze("2027-01-08 18:00")
    assert claim() == []
    freeze("2027-01-11 09:00")
    with transaction():
        course.resume(SYSTEM, mailing.id)
    put_off()
    assert (row().state, row().reason) == ("deferred", "later")


def test_what_is_put_off_waits_for_its_next_try(queue, claim, settle, row):
    queue(1)
    [mine] = claim("one")
    later = now() + timedelta(minutes=5)
    settle("one", Result(mine.id, MessageState.DEFERRED, "later", "451", later))
    assert claim("two") == []
    assert (row().not_before, row().started_at) == (later, None)


def test_what_was_not_begun_goes_again_at_once_and_counts_as_no_try(queue, claim, settle, row):
    queue(1)
    [mine] = claim("one")
    settle("one", Result(mine.id, MessageState.QUEUED, is_tried=False))
    assert row().attempts == 0
    assert len(claim("two")) == 1


def test_a_doubt_can_be_taken_away_by_the_lane_that_comes_back(queue, claim, settle, row):
    queue(1)
    [mine] = claim("one")
    settle("one", Result(mine.id, MessageState.UNKNOWN, "stopped"))
    assert (row().state, row().started_at is None) == ("unknown", False)
    settle("one", Result(mine.id, MessageState.SENT))
    assert row().state == "sent"


def test_the_domain_of_an_address_is_kept_in_one_form(queue, row):
    queue(1)
    assert row().domain == "post.example"
