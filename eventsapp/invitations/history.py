"""Gives the history of a person or an organisation: which meetings, what was answered, who came.

Their pages ask it, and through `queries.py` everybody else. Closed groups of others are left out.
Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.directory.models import Person
from eventsapp.invitations.models import Answer, Attendance, Invitation, InvitedOrganisation
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import visible_to

LATEST = 200


@dataclass(frozen=True, slots=True)
class PastMeeting:
    """One line in the history of a person or an organisation."""

    meeting_id: int
    title: str
    starts_at: datetime
    starts_wall: datetime
    status: str
    invitation_id: int | None
    person_id: int
    person_name: str
    reply: str
    presence: str | None
    is_walk_in: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it came in; `by` names the colleague who entered it."""

    answer: Answer
    by: str


def answers_of(invitation: Invitation) -> list[Said]:
    """Give what an invitee said about a meeting so far, the latest first."""
    rows = db.session.execute(
        select(Answer, Person)
        .outerjoin(Person, Person.id == Answer.by_person_id)
        .where(Answer.invitation_id == invitation.id)
        .order_by(Answer.id.desc())
        .limit(LATEST)
    )
    own = invitation.person_id
    return [Said(one, by.name if by is not None and by.id != own else "") for one, by in rows]


def history_of_person(actor: Actor, person_id: int) -> list[PastMeeting]:
    """Give the meetings that a person was invited to or came to, the latest first.

    Closed groups of others are left out.
    """
    actor.demand_address_book()
    invited = _history(actor).where(Invitation.person_id == person_id)
    came = _uninvited(actor).where(Attendance.person_id == person_id)
    return _latest(invited, came)


def history_of_organisation(actor: Actor, organisation_id: int) -> list[PastMeeting]:
    """Give the meetings that an organisation was invited to or was at, the latest first.

    Who changed to another organisation takes nothing along: history stays with the organisation.
    """
    actor.demand_address_book()
    asked = select(InvitedOrganisation.via_invitation_id).where(
        InvitedOrganisation.organisation_id == organisation_id
    )
    invited = _history(actor).where(
        (Invitation.organisation_id == organisation_id) | Invitation.id.in_(asked)
    )
    came = _uninvited(actor).where(Attendance.organisation_id == organisation_id)
    return _latest(invited, came)


def _history(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Meeting,
            Invitation.id,
            Person,
            Invitation.reply,
            Attendance.presence,
            Attendance.is_walk_in,
        )
        .select_from(Invitation)
        .join(Meeting, Meeting.id == Invitation.meeting_id)
        .join(Person, Person.id == Invitation.person_id)
        .outerjoin(
            Attendance,
            (Attendance.meeting_id == Invitation.meeting_id)
            & (Attendance.person_id == Invitation.person_id),
        )
        .where(visible_to(actor))
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
        .limit(LATEST)
    )


def _uninvited(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Select who came without an invitation."""
    return (
        select(Meeting, Attendance, Person)
        .select_from(Attendance)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .join(Person, Person.id == Attendance.person_id)
        .outerjoin(
            Invitation,
            (Invitation.meeting_id == Attendance.meeting_id)
            & (Invitation.person_id == Attendance.person_id),
        )
        .where(Invitation.id.is_(None), visible_to(actor))
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
        .limit(LATEST)
    )


def _latest(invited: Select[*tuple[Any, ...]], came: Select[Any]) -> list[PastMeeting]:
    lines = [
        _line(meeting, person, invitation_id, reply, presence, bool(is_walk_in))
        for meeting, invitation_id, person, reply, presence, is_walk_in in db.session.execute(
            invited
        )
    ]
    lines += [
        _line(meeting, person, None, "", row.presence, row.is_walk_in)
        for meeting, row, person in db.session.execute(came)
    ]
    return sorted(lines, key=lambda line: (line.starts_at, line.meeting_id), reverse=True)[:LATEST]


def _line(
    meeting: Meeting,
    person: Person,
    invitation_id: int | None,
    reply: str,
    presence: str | None,
    is_walk_in: bool,
) -> PastMeeting:
    return PastMeeting(
        meeting_id=meeting.id,
        title=meeting.title,
        starts_at=meeting.starts_at,
        starts_wall=meeting.starts_wall,
        status=meeting.status,
        invitation_id=invitation_id,
        person_id=person.id,
        person_name=person.name,
        reply=reply,
        presence=presence,
        is_walk_in=is_walk_in,
    )
