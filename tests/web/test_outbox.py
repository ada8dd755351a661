"""The outbox: letters enter once, are claimed by one worker, and can be taken back in time."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from eventsapp.core.dates import now
from eventsapp.mail import claims, due, outbox, renewing, suppression
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Mailing, Message

Begin = Callable[[], AbstractContextManager[Session]]


def open_invitation() -> Mailing:
    return outbox.open_mailing(
        kind=MailingKind.INVITATION,
        purpose=Purpose.MEETINGS,
        reference="meeting:1",
        title="Uitnodiging",
        by=None,
    )


def letter(number: int) -> outbox.Letter:
    return outbox.Letter(
        key=f"invitation:{number}:0",
        address=f"lid{number}@post.example",
        name=f"Lid {number}",
        language="nl",
        template="invitation",
        person_id=number,
        reference=f"invitation:{number}",
    )


def states(session: Session) -> list[str]:
    return list(session.scalars(select(Message.state).order_by(Message.key)))


def test_the_same_letter_enters_once(transaction: Begin) -> None:
    for _ in range(2):
        with transaction() as session:
            outbox.enqueue(open_invitation(), [letter(1), letter(2)])
    with transaction() as session:
        assert states(session) == ["queued", "queued"]


def test_hundreds_of_letters_enter_at_once(transaction: Begin) -> None:
    with transaction():
        numbers = outbox.enqueue(open_invitation(), [letter(one) for one in range(600)])
    assert len(set(numbers)) == 600


def test_who_opted_out_is_skipped_with_the_reason(transaction: Begin) -> None:
    with transaction() as session:
        suppression.withhold_person(1, Purpose.MEETINGS, "opted_out")
        session.flush()
        outbox.enqueue(open_invitation(), [letter(1)])
        row = session.query(Message).one()
    assert (row.state, row.reason) == ("skipped", "opted_out")


def test_an_address_that_fails_gets_nothing_for_anybody(transaction: Begin) -> None:
    with transaction() as session:
        suppression.withhold_address("LID1@post.example", None, "does_not_exist")
        session.flush()
        outbox.enqueue(open_invitation(), [letter(1), letter(2)])
        assert states(session) == ["skipped", "queued"]


def test_what_a_sender_holds_cannot_be_taken_back(transaction: Begin) -> None:
    with transaction():
        mailing = open_invitation()
        outbox.enqueue(mailing, [letter(1), letter(2)])
        claims.claim("one", due.URGENT, claims.Places(), 1)
    with transaction():
        assert outbox.take_back(mailing_id=mailing.id) == ["invitation:2"]


def test_new_facts_reach_letters_that_did_not_leave(transaction: Begin) -> None:
    with transaction() as session:
        mailing = open_invitation()
        mailing.data = {"body": "Beste", "title": "Oud"}
        outbox.enqueue(mailing, [letter(1)])
        renewing.refresh("meeting:1", {"title": "Nieuw"})
        session.flush()
        session.refresh(mailing)
        assert mailing.data == {"body": "Beste", "title": "Nieuw"}


def test_what_was_erased_stays_erased_when_the_meeting_changes(transaction: Begin) -> None:
    with transaction() as session:
        mailing = open_invitation()
        outbox.enqueue(mailing, [letter(1)])
        session.flush()
        mailing.data, mailing.purged_at = {}, now()
        renewing.refresh("meeting:1", {"title": "Nieuw"})
        assert mailing.data == {}
