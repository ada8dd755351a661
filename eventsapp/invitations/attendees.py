"""Reads the attendance of a meeting: who is on the list, who is present, and the counts.

The advisors' pages and the sheet to sign ask here. Never writes. Organisations and persons are
counted apart: who is represented counts for the organisation, not as a person.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union
from sqlalchemy.orm import joinedload

from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Organisation, Person
from eventsapp.directory.queries import contains_words
from eventsapp.invitations.kinds import Presence, Reply
from eventsapp.invitations.models import Attendance, Invitation, InvitedOrganisation
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

UNMARKED, WALK_IN = "unmarked", "walk_in"
MOST_ON_SHEET = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: somebody who was invited, who has a mark, or both."""

    person: Person
    invitation: Invitation | None
    mark: Attendance | None

    @property
    def organisation(self) -> Organisation | None:
        """Give the organisation that this person comes for."""
        if self.mark is not None and self.mark.organisation is not None:
            return self.mark.organisation
        return self.invitation.organisation if self.invitation is not None else None


@dataclass(frozen=True, slots=True)
class Tally:
    """How the attendance stands; `guests` came along with who is present."""

    listed: int = 0
    present: int = 0
    guests: int = 0
    excused: int = 0
    absent: int = 0
    represented: int = 0
    walk_ins: int = 0
    organisations: int = 0

    @property
    def people(self) -> int:
        """Count the human beings in the room whom we know of."""
        return self.present + self.guests

    @property
    def marked(self) -> int:
        """Count who has a mark."""
        return self.present + self.excused + self.absent + self.represented

    @property
    def unmarked(self) -> int:
        """Count who has no mark yet."""
        return self.listed - self.marked


def attendees_page(
    actor: Actor, meeting: Meeting, *, text: str = "", show: str = "", cursor: str | None = None
) -> Page[Line]:
    """Give a page of the list by family name: everybody invited, and who came unannounced.

    `show` narrows it down to "unmarked", "walk_in" or one kind of presence.
    """
    actor.demand_address_book()
    meeting_for(actor, meeting.id)
    statement = _lines(meeting).where(*contains_words(Person.search_key, text))
    if show == UNMARKED:
        statement = statement.where(Attendance.id.is_(None))
    elif show == WALK_IN:
        statement = statement.where(Attendance.is_walk_in)
    elif show in set(Presence):
        statement = statement.where(Attendance.presence == show)
    page = paginate(statement, [Key(Person.sort_key), Key(Person.id)], cursor)
    return Page([_line(row) for row in page.items], page.before, page.after)


def attendee(actor: Actor, meeting: Meeting, person_id: int) -> Line | None:
    """Give one line of the list, None when this person is not on it."""
    actor.demand_address_book()
    meeting_for(actor, meeting.id)
    row = db.session.execute(
        _lines(meeting).where(Person.id == person_id).execution_options(populate_existing=True)
    ).one_or_none()
    return _line(row) if row is not None else None


def sheet(actor: Actor, meeting: Meeting) -> list[Line]:
    """Give the lines of the sheet to sign, by family name: who may come, without who declined."""
    actor.demand_address_book()
    meeting_for(actor, meeting.id)
    may_come = or_(Invitation.id.is_(None), Invitation.reply != Reply.DECLINED)
    statement = _lines(meeting).where(or_(may_come, Invitation.substitute_name != ""))
    return _read(statement, MOST_ON_SHEET)


def present_people(actor: Actor, meeting: Meeting, text: str = "") -> list[Line]:
    """Give up to fifty people who are present, by family name; to choose a representative from."""
    actor.demand_address_book()
    meeting_for(actor, meeting.id)
    statement = _lines(meeting).where(
        Attendance.presence == Presence.PRESENT, *contains_words(Person.search_key, text)
    )
    return _read(statement, 50)


def names_of(attendance_ids: Collection[int]) -> dict[int, str]:
    """Give the names of those who spoke for others, by the number of their line."""
    rows = db.session.execute(
        select(Attendance.id, Person)
        .join(Person, Person.id == Attendance.person_id)
        .where(Attendance.id.in_(attendance_ids))
    )
    return {number: person.name for number, person in rows}


def tally(meeting: Meeting) -> Tally:
    """Count the attendance of a meeting, in three questions."""

    def how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    marks = db.session.execute(
        select(
            *(how_many(Attendance.presence == presence) for presence in Presence),
            how_many(Attendance.is_walk_in.is_(True)),
            func.coalesce(func.sum(Attendance.guests), 0),
        ).where(Attendance.meeting_id == meeting.id)
    ).one()
    present, excused, absent, represented, walk_ins, guests = (int(value) for value in marks)
    listed = db.session.scalar(select(func.count()).select_from(_on_list(meeting).subquery())) or 0
    return Tally(
        listed=listed,
        present=present,
        guests=guests,
        excused=excused,
        absent=absent,
        represented=represented,
        walk_ins=walk_ins,
        organisations=_organisations(meeting),
    )


def _read(statement: Any, most: int) -> list[Line]:
    rows = db.session.execute(statement.order_by(Person.sort_key, Person.id).limit(most))
    return [_line(row) for row in rows]


def _organisations(meeting: Meeting) -> int:
    """Count the organisations for which somebody was there."""
    counts = Attendance.presence.in_([Presence.PRESENT, Presence.REPRESENTED])
    direct = select(Attendance.organisation_id.label("organisation")).where(
        Attendance.meeting_id == meeting.id, counts, Attendance.organisation_id.is_not(None)
    )
    through = (
        select(InvitedOrganisation.organisation_id.label("organisation"))
        .join(Invitation, Invitation.id == InvitedOrganisation.via_invitation_id)
        .join(
            Attendance,
            and_(
                Attendance.meeting_id == Invitation.meeting_id,
                Attendance.person_id == Invitation.person_id,
            ),
        )
        .where(InvitedOrganisation.meeting_id == meeting.id, counts)
    )
    both = union(direct, through).subquery()
    return db.session.scalar(select(func.count()).select_from(both)) or 0


def _on_list(meeting: Meeting) -> Select[int]:
    """Select the people of the list: a withdrawn invitee only if they came all the same."""
    invited = select(Invitation.person_id).where(
        Invitation.meeting_id == meeting.id, Invitation.withdrawn_at.is_(None)
    )
    marked = select(Attendance.person_id).where(Attendance.meeting_id == meeting.id)
    both = union(invited, marked).subquery()
    return select(both.c.person_id)


def _line(row: Any) -> Line:
    person, invitation, mark = row
    return Line(person, invitation, mark)


def _lines(meeting: Meeting) -> Any:
    return (
        select(Person, Invitation, Attendance)
        .outerjoin(
            Invitation,
            and_(Invitation.person_id == Person.id, Invitation.meeting_id == meeting.id),
        )
        .outerjoin(
            Attendance,
            and_(Attendance.person_id == Person.id, Attendance.meeting_id == meeting.id),
        )
        .where(Person.id.in_(_on_list(meeting)))
        .options(
            joinedload(Invitation.organisation).load_only(Organisation.name),
            joinedload(Attendance.organisation).load_only(Organisation.name),
        )
    )
