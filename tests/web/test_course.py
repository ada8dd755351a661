"""Pause, go on, stop, and send again: what waits stays, what has left is not touched."""

import pytest
from sqlalchemy import select

from eventsapp.core import audit
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.core.errors import Conflict
from eventsapp.mail import claims, course, due, outbox, resending
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Mailing, Message


@pytest.fixture
def mailing(transaction):
    """Six mails of one letter: two wait, two were sent, two did not arrive."""
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
            for one in range(6)
        ]
        numbers = outbox.enqueue(made, letters)
        for number, state in zip(numbers[2:], ["sent", "sent", "failed", "failed"], strict=True):
            row = session.get(Message, number)
            row.state, row.started_at, row.settled_at = state, now(), now()
            row.reason = "refused" if state == "failed" else ""
        return made.id


def states(transaction):
    with transaction() as session:
        return sorted(session.scalars(select(Message.state)))


def claim():
    return claims.claim("w", due.URGENT, claims.Places(), 10)


def course_of(transaction, mailing):
    with transaction() as session:
        return session.get(Mailing, mailing).course


def test_nothing_of_a_paused_mailing_is_claimed(transaction, mailing):
    with transaction():
        course.pause(SYSTEM, mailing)
    with transaction():
        assert claim() == []


def test_what_waited_is_claimed_after_going_on(transaction, mailing):
    with transaction():
        course.pause(SYSTEM, mailing)
    with transaction():
        course.resume(SYSTEM, mailing)
    with transaction():
        assert len(claim()) == 2


def test_stopping_cancels_what_waits_and_only_that(transaction, mailing):
    with transaction():
        assert course.stop(SYSTEM, mailing) == 2
    assert states(transaction) == ["cancelled", "cancelled", "failed", "failed", "sent", "sent"]
    assert course_of(transaction, mailing) == "stopped"


def test_no_copy_follows_of_what_may_have_arrived_before_it_was_stopped(transaction, mailing):
    with transaction() as session:
        held = claim()
        session.get(Message, held[0].id).started_at = now()
    with transaction():
        assert course.stop(SYSTEM, mailing) == 0
        claims.release("w", [row.id for row in held])
    with transaction():
        assert course.stopped_with_rest() == [mailing]
        assert course.settle(mailing) == 2
        assert course.stopped_with_rest() == []
    assert states(transaction)[0] == "cancelled"
    assert states(transaction)[-1] == "unknown"


def number_of(transaction, state):
    with transaction() as session:
        asked = select(Message.id).where(Message.state == state).order_by(Message.id)
        return session.scalars(asked).first()


def test_one_mail_of_a_stopped_mailing_that_is_sent_again_leaves(transaction, mailing):
    with transaction():
        course.stop(SYSTEM, mailing)
    with transaction():
        resending.send_again(SYSTEM, number_of(transaction, "failed"))
    with transaction():
        assert course.stopped_with_rest() == []
        assert len(claim()) == 1


def test_a_stopped_mailing_of_which_nothing_was_held_stays_stopped(transaction, mailing):
    with transaction():
        course.stop(SYSTEM, mailing)
    with pytest.raises(Conflict, match="nothing"), transaction():
        resending.send_held(SYSTEM, mailing)
    assert course_of(transaction, mailing) == "stopped"


@pytest.mark.parametrize(
    "send",
    [
        lambda _mailing, failed: resending.send_again(SYSTEM, failed),
        lambda mailing, _failed: resending.send_failed_again(SYSTEM, mailing),
        lambda mailing, _failed: resending.send_held(SYSTEM, mailing),
    ],
    ids=["one", "all that failed", "what was held"],
)
def test_nothing_is_sent_again_while_what_was_stopped_is_in_the_hands_of_a_sender(
    transaction, mailing, send
):
    with transaction():
        claim()
    with transaction():
        course.stop(SYSTEM, mailing)
    failed = number_of(transaction, "failed")
    with pytest.raises(Conflict, match="a moment ago"), transaction():
        send(mailing, failed)
    assert course_of(transaction, mailing) == "stopped"


def test_a_paused_mailing_can_be_stopped(transaction, mailing):
    with transaction():
        course.pause(SYSTEM, mailing)
        assert course.stop(SYSTEM, mailing) == 2


@pytest.mark.parametrize("act", [course.pause, course.stop])
@pytest.mark.parametrize("kind", ["update", "cancellation"])
def test_mails_that_tell_of_a_change_are_not_held_back(transaction, mailing, kind, act):
    with transaction() as session:
        session.get(Mailing, mailing).kind = kind
    with transaction(), pytest.raises(Conflict):
        act(SYSTEM, mailing)
    assert course_of(transaction, mailing) == "open"


@pytest.mark.parametrize(
    ("before", "act"),
    [
        ("paused", course.pause),
        ("open", course.resume),
        ("stopped", course.pause),
        ("stopped", course.resume),
        ("stopped", course.stop),
    ],
)
def test_the_second_of_two_is_told(transaction, mailing, before, act):
    with transaction() as session:
        session.get(Mailing, mailing).course = before
    with transaction(), pytest.raises(Conflict):
        act(SYSTEM, mailing)
    assert course_of(transaction, mailing) == before


def test_what_did_not_arrive_goes_again_as_the_same_mail(transaction, mailing):
    with transaction() as session:
        before = set(session.scalars(select(Message.message_id)))
        assert resending.send_failed_again(SYSTEM, mailing) == 2
    with transaction() as session:
        assert set(session.scalars(select(Message.message_id))) == before
        again = session.scalars(select(Message).where(Message.attempts == 1)).all()
        assert [(one.state, one.reason, one.started_at) for one in again] == [
            ("queued", "", None)
        ] * 2


def test_what_it_is_too_late_for_does_not_go_again(transaction, mailing):
    with transaction() as session:
        for row in session.scalars(select(Message)):
            row.expires_at = now()
    with transaction(), pytest.raises(Conflict):
        resending.send_failed_again(SYSTEM, mailing)


def test_sending_again_opens_a_mailing_that_was_stopped(transaction, mailing):
    with transaction():
        course.stop(SYSTEM, mailing)
    with transaction():
        resending.send_failed_again(SYSTEM, mailing)
    assert course_of(transaction, mailing) == "open"


def test_each_act_is_in_the_log(transaction, mailing):
    with transaction():
        course.pause(SYSTEM, mailing)
        course.resume(SYSTEM, mailing)
        resending.send_failed_again(SYSTEM, mailing)
        course.stop(SYSTEM, mailing)
    with transaction() as session:
        assert list(session.scalars(select(audit.AuditEntry.action))) == [
            "mailing.pause",
            "mailing.resume",
            "mailing.send_failed_again",
            "mailing.stop",
        ]
