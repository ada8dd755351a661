"""Finds the letters and answers of calendars that wait for somebody, and who may settle them.

The pages "Post", "Today" and those of answers ask here. An advisor is shown what is about meetings
that are one's own or lie in one's own regions; what is about no meeting is for the coordinator; a
closed group's is for its organiser and deputies. Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, exists, func, or_, select
from sqlalchemy import text as sql_text
from sqlalchemy.orm import aliased

from eventsapp.core.actor import Actor, Level
from eventsapp.core.db import db
from eventsapp.core.errors import Forbidden, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Person
from eventsapp.invitations import ledger
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.today import MOST, Waiting, concerns
from eventsapp.mail.kinds import InboundKind, InboundState
from eventsapp.mail.models import WAITING, InboundMail
from eventsapp.meetings.models import Meeting, meeting_region
from eventsapp.meetings.queries import held_by, meeting_for, visible_to

FOR_PEOPLE = (InboundKind.LETTER.value, InboundKind.CALENDAR_REPLY.value)
SIZE = 20  # each has its words and its buttons
_PREFIX = "invitation:"


@dataclass(frozen=True, slots=True)
class Item:
    """One mail that came in, and what it is about as far as that is known."""

    inbound: InboundMail
    invitation: Invitation | None
    meeting: Meeting | None
    person: Person | None
    settler: Person | None = None


def post_page(
    actor: Actor,
    *,
    meeting_id: int | None = None,
    is_settled: bool = False,
    cursor: str | None = None,
) -> Page[Item]:
    """Give a page of what waits, the oldest first, or of what was settled, the latest first."""
    statement = _items().where(_is_mine(actor))
    if is_settled:
        statement = statement.where(InboundMail.state == InboundState.SETTLED.value)
    else:
        statement = statement.where(sql_text(f"inbound_mail.{WAITING}"))
    if meeting_id is not None:
        statement = statement.where(Meeting.id == meeting_id)
    keys = [Key(InboundMail.id, descending=is_settled)]
    page = paginate(statement, keys, cursor, size=SIZE)
    return Page([_item(row) for row in page.items], page.before, page.after)


def item_for(actor: Actor, inbound_id: int) -> Item:
    """Give one of them to who may settle it; NotFound for any other mail that came in.

    What people write may be private, so who only reads along in another region does not see it.
    """
    row = db.session.execute(_items().where(InboundMail.id == inbound_id)).first()
    if row is None:
        raise NotFound
    item = _item(row)
    may_settle(actor, item.inbound)
    return item


def may_settle(actor: Actor, inbound: InboundMail) -> Invitation | None:
    """Give what a mail is about to who may act upon it; Forbidden or NotFound for others."""
    if inbound.kind not in FOR_PEOPLE:
        raise NotFound
    number = ledger.invitation_id_of(inbound.reference)
    invitation = db.session.get(Invitation, number) if number is not None else None
    if invitation is not None:
        meeting_for(actor, invitation.meeting_id, write=True)
    elif not actor.is_coordinator:
        raise Forbidden(N_("This is about no meeting. The coordinator sees to it."))
    return invitation


def waiting_at(meeting: Meeting) -> int:
    """Count what waits beside one meeting."""
    count = select(func.count(InboundMail.id)).join(Invitation, _is_about())
    mine = count.where(
        sql_text(f"inbound_mail.{WAITING}"),
        InboundMail.kind.in_(FOR_PEOPLE),
        Invitation.meeting_id == meeting.id,
    )
    return db.session.scalar(mine) or 0


def waiting_for(actor: Actor) -> list[Waiting]:
    """Give the meetings beside which something waits that is the actor's to see to, with how much.

    What is about no meeting is not among them: see `loose`.
    """
    number = func.count(InboundMail.id).label("number")
    per_meeting = (
        select(Invitation.meeting_id, number)
        .select_from(InboundMail)
        .join(Invitation, _is_about())
        .where(sql_text(f"inbound_mail.{WAITING}"), InboundMail.kind.in_(FOR_PEOPLE))
        .group_by(Invitation.meeting_id)
        .subquery()
    )
    statement = (
        select(Meeting, per_meeting.c.number)
        .join(per_meeting, per_meeting.c.meeting_id == Meeting.id)
        .where(concerns(actor))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(MOST)
    )
    return [Waiting(row[0], row[1]) for row in db.session.execute(statement)]


def loose(actor: Actor) -> int:
    """Count what waits and is about no meeting: for a coordinator, nobody else is asked."""
    if actor.level is not Level.COORDINATOR:
        return 0
    count = select(func.count(InboundMail.id)).outerjoin(Invitation, _is_about())
    waiting = count.where(
        sql_text(f"inbound_mail.{WAITING}"),
        InboundMail.kind.in_(FOR_PEOPLE),
        Invitation.id.is_(None),
    )
    return db.session.scalar(waiting) or 0


def letters_of(invitation: Invitation) -> list[InboundMail]:
    """Give what one invitee wrote about this invitation, the latest first."""
    statement = (
        select(InboundMail)
        .where(
            InboundMail.reference == ledger.reference(invitation),
            InboundMail.kind.in_(FOR_PEOPLE),
            InboundMail.state.in_([InboundState.WAITING.value, InboundState.SETTLED.value]),
        )
        .order_by(InboundMail.id.desc())
        .limit(20)
    )
    return list(db.session.scalars(statement))


def _item(row: Any) -> Item:
    return Item(*row)


def _items() -> Select[InboundMail, Invitation, Meeting, Person, Person]:
    settler = aliased(Person)
    return (
        select(InboundMail, Invitation, Meeting, Person, settler)
        .outerjoin(Invitation, _is_about())
        .outerjoin(Meeting, Meeting.id == Invitation.meeting_id)
        .outerjoin(Person, Person.id == func.coalesce(Invitation.person_id, InboundMail.person_id))
        .outerjoin(settler, settler.id == InboundMail.settled_by)
        .where(InboundMail.kind.in_(FOR_PEOPLE))
    )


def _is_about() -> ColumnElement[bool]:
    """Join an invitation by its own number, so that the database can use its key."""
    # A CASE, because a database may cast before it looks whether there is a number.
    number = case(
        (
            InboundMail.reference.like(f"{_PREFIX}%"),
            cast(func.substr(InboundMail.reference, len(_PREFIX) + 1), Integer),
        )
    )
    return Invitation.id == number


def _is_mine(actor: Actor) -> ColumnElement[bool]:
    """Give the condition that a mail is the actor's to settle."""
    if actor.level is Level.COORDINATOR:
        return or_(Meeting.id.is_(None), visible_to(actor))
    near = exists().where(
        meeting_region.c.meeting_id == Meeting.id,
        meeting_region.c.region_id.in_(actor.regions),
    )
    return or_(held_by(actor), and_(visible_to(actor), near))
