"""What is counted of a mailing: states, reasons, what came back, how fast it goes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.mail import figures, outbox, queries
from eventsapp.mail.kinds import MailingKind, MessageState, Purpose
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.queries import Chosen

FATES = [
    ("sent", ""),
    ("sent", ""),
    ("sent", "sent_again"),
    ("failed", "refused"),
    ("failed", "refused"),
    ("deferred", "later"),
    ("queued", ""),
    ("unknown", "cut_off"),
]


@pytest.fixture
def mailing(transaction):
    """One mail of each fate; the sent ones left two seconds apart, and one of them came back."""
    with transaction() as session:
        made = outbox.open_mailing(
            kind=MailingKind.LETTER,
            purpose=Purpose.MEETINGS,
            reference="list:1",
            title="Nieuws",
            by=None,
            undo=False,
        )
        letters = [
            outbox.Letter(f"{one}", f"lid{one}@raad.example", "Lid", "nl", "letter")
            for one, _ in enumerate(FATES)
        ]
        numbers = outbox.enqueue(made, letters)
        for number, (state, reason) in zip(numbers, FATES, strict=True):
            row = session.get(Message, number)
            row.state, row.reason = state, reason
            row.settled_at = now() + timedelta(seconds=2 * (number - numbers[0]))
        session.get(Message, numbers[1]).bounced_at = now()
        session.get(Message, numbers[1]).bounce_reason = "mailbox_full"
        return made.id


@pytest.fixture
def counted(transaction, mailing):
    with transaction() as session:
        return figures.figures_of(session.get(Mailing, mailing))


def test_each_state_is_counted(counted):
    assert counted.tally.of(MessageState.SENT) == 3
    assert counted.tally.of(MessageState.FAILED) == 2
    assert (counted.tally.done, counted.tally.total) == (6, 8)


def test_reasons_are_grouped_and_the_most_frequent_comes_first(counted):
    told = [(why.state.value, why.reason, why.count) for why in counted.reasons]
    assert told[0] == ("failed", "refused", 2)
    assert set(told[1:]) == {("deferred", "later", 1), ("unknown", "cut_off", 1)}


def test_what_came_back_is_counted_beside_its_state(counted):
    assert counted.came_back == {"mailbox_full": 1}
    assert counted.bounced == 1


def test_the_rate_is_that_of_what_left_last(counted):
    assert counted.rate == pytest.approx(1.0, rel=0.2)
    assert counted.ends_at is not None


def test_a_paused_mailing_has_no_expected_end(transaction, mailing):
    with transaction() as session:
        session.get(Mailing, mailing).course = "paused"
        session.flush()
        assert figures.figures_of(session.get(Mailing, mailing)).ends_at is None


def test_what_left_an_hour_ago_tells_no_rate(transaction, mailing, freeze):
    freeze((now() + timedelta(hours=1)).isoformat())
    with transaction() as session:
        assert figures.figures_of(session.get(Mailing, mailing)).rate is None


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        (Chosen(), 8),
        (Chosen(state=MessageState.FAILED), 2),
        (Chosen(state=MessageState.SENT, reason="sent_again"), 1),
        (Chosen(came_back="any"), 1),
        (Chosen(came_back="mailbox_full"), 1),
        (Chosen(came_back="spam"), 0),
    ],
)
def test_each_figure_leads_to_its_rows(transaction, mailing, chosen, count):
    with transaction() as session:
        page = queries.messages_page(session.get(Mailing, mailing), chosen)
        assert len(page.items) == count


def test_all_mails_pass_by_once_page_after_page(transaction, mailing):
    with transaction() as session:
        made = session.get(Mailing, mailing)
        letters = [
            outbox.Letter(f"more{one}", f"x{one}@raad.example", "Lid", "nl", "letter")
            for one in range(120)
        ]
        outbox.enqueue(made, letters)
        seen, cursor = [], None
        while True:
            page = queries.messages_page(made, cursor=cursor)
            seen += [one.id for one in page.items]
            if not (cursor := page.after):
                break
        assert sorted(seen) == sorted(session.scalars(select(Message.id)))


def test_counting_asks_no_more_for_more_mails(transaction, mailing, statements):
    with transaction() as session:
        made = session.get(Mailing, mailing)
        with statements() as few:
            figures.figures_of(made)
        letters = [
            outbox.Letter(f"more{one}", f"x{one}@raad.example", "Lid", "nl", "letter")
            for one in range(200)
        ]
        outbox.enqueue(made, letters)
        with statements() as many:
            figures.figures_of(made)
        assert len(many) == len(few) == 5  # refusals are asked of apart


def test_a_large_count_is_remembered_and_a_small_one_never():
    asked = []

    def count():
        asked.append(1)
        return len(asked)

    memory = figures.Memory(large=2, kept=1e9)
    assert [memory.ask("x", count, lambda found: found) for _ in range(4)] == [1, 2, 2, 2]


def test_what_was_remembered_is_forgotten_when_somebody_changed_it():
    memory = figures.Memory(large=0, kept=1e9)
    memory.ask("x", lambda: 1, lambda found: found)
    memory.forget()
    assert memory.ask("x", lambda: 2, lambda found: found) == 2


def test_waiting_mail_is_told_by_lane_and_paused_mail_is_not_waiting(transaction, mailing):
    with transaction() as session:
        made = session.get(Mailing, mailing)
        outbox.enqueue(
            made, [outbox.Letter("u", "u@raad.example", "Lid", "nl", "letter", priority=1)]
        )
    with transaction() as session:
        told = figures.waiting(5)
        assert (told.urgent, told.bulk) == (1, 2)
        session.get(Mailing, mailing).course = "paused"
    with transaction():
        assert figures.waiting(5) == figures.Waiting(0, 0, None, None)
