"""What is forgotten without anybody asking: readers who left, people nobody hears from, old proof.

The clock calls it each day. Who is forgotten gets no mail; the same goes and the same stays as
when somebody asks for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from eventsapp.accounts.models import Account
from eventsapp.contacts.models import Consent, ContactList, Membership, Subscription
from eventsapp.core import audit
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.directory.models import Network, Person, Role
from eventsapp.directory.rules import MAILBOX
from eventsapp.invitations.models import Attendance, Invitation
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Mailing, Message, Suppression
from eventsapp.meetings.models import Meeting
from eventsapp.newsletters.models import Contribution
from eventsapp.privacy.erasing import erase, obstacles
from eventsapp.privacy.models import ErasureRequest
from eventsapp.privacy.traces import run

Number = InstrumentedAttribute[int | None]

PROOF_KEPT = timedelta(days=5 * 365)
"""So long after an erasure somebody may ask for proof: claims end then (Awb 5:45, BW 3:310)."""


def overdue(most: int) -> list[int]:
    """Give the people whose time is over: who only read and left, and who is long silent."""
    statement = (
        select(Person.id)
        .where(or_(_only_read_and_left(), _is_long_silent()), *_may_go())
        .order_by(Person.id)
        .limit(most)
    )
    return list(db.session.scalars(statement))


def forget(person_id: int) -> bool:
    """Erase somebody whose time is over; gives whether it was done."""
    again = select(Person).where(
        Person.id == person_id, or_(_only_read_and_left(), _is_long_silent()), *_may_go()
    )
    person = db.session.scalar(again.with_for_update(of=Person))
    if person is None or obstacles(person):
        return False
    erase(person)
    audit.record(SYSTEM, "erasure.by_clock", "person", person_id)
    return True


def drop_old_proof() -> None:
    """Drop the consents and requests of who was erased years ago, and cut the last tie to them."""
    before = now() - PROOF_KEPT
    gone = select(Person.id).where(Person.erased_at < before)
    run(delete(Consent).where(Consent.person_id.in_(gone)))
    run(delete(ErasureRequest).where(ErasureRequest.settled_at < before))
    run(update(Suppression).where(Suppression.person_id.in_(gone)).values(person_id=None))


def _may_go() -> tuple[ColumnElement[bool], ...]:
    """Conditions on Person: nothing that is still needed hangs on them."""
    return (
        Person.erased_at.is_(None),
        or_(Person.external_id.is_(None), Person.external_id.not_like(f"{MAILBOX}%")),
        ~_has(Account.person_id),
        ~_has(Meeting.organiser_person_id),
        ~_has(Network.organiser_person_id),
        ~_has(ContactList.owner_person_id),
        ~_has(Contribution.author_person_id),
        ~exists(
            select(ErasureRequest.id).where(
                ErasureRequest.person_id == Person.id, ErasureRequest.settled_at.is_(None)
            )
        ).correlate(Person),
    )


def _only_read_and_left() -> ColumnElement[bool]:
    """Condition on Person: read a newsletter, left it long ago, and is known by nothing else."""
    before = now() - timedelta(days=settings().keep_left_readers_days)
    return (
        _has(Subscription.person_id)
        & ~_among(
            select(Subscription.person_id).where(
                or_(Subscription.ended_at.is_(None), Subscription.ended_at > before)
            )
        )
        & ~_has(Role.person_id)
        & ~_has(Invitation.person_id)
        & ~_has(Attendance.person_id)
        & ~_has(Membership.person_id)
    )


def _is_long_silent() -> ColumnElement[bool]:
    """Condition on Person: no function, subscription, meeting, list or mail in all those years."""
    before = now() - timedelta(days=settings().keep_inactive_days)
    return (
        (Person.updated_at < before)
        & ~_among(
            select(Role.person_id).where(
                or_(Role.valid_until.is_(None), Role.valid_until > today() - _span())
            )
        )
        & ~_among(
            select(Subscription.person_id).where(
                or_(Subscription.ended_at.is_(None), Subscription.ended_at > before)
            )
        )
        & ~_among(_met(Invitation, before))
        & ~_among(_met(Attendance, before))
        & ~_among(select(Membership.person_id).where(Membership.is_added, Membership.at > before))
        & ~_among(
            select(Message.person_id)
            .join(Mailing, Mailing.id == Message.mailing_id)
            .where(
                Message.person_id.is_not(None),
                Message.created_at > before,
                Mailing.purpose == Purpose.MEETINGS.value,
            )
        )
    )


def _span() -> timedelta:
    return timedelta(days=settings().keep_inactive_days)


def _met(table: type[Invitation] | type[Attendance], since: datetime) -> Select[int]:
    return (
        select(table.person_id)
        .join(Meeting, Meeting.id == table.meeting_id)
        .where(Meeting.ends_at > since)
    )


def _has(column: InstrumentedAttribute[int] | Number) -> ColumnElement[bool]:
    return Person.id.in_(select(column).where(column.is_not(None)))


def _among(people: Select[Any]) -> ColumnElement[bool]:
    return Person.id.in_(people)
