"""Finds what needs somebody today about meetings, answers, attendance and mail.

The advisors' home page asks it. An advisor is asked about meetings that are one's own to hold, a
coordinator about all but closed groups of others. Each question is one statement, whatever the
number of meetings. Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import joinedload

from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.invitations.kinds import Reply
from eventsapp.invitations.models import Attendance, Invitation, Notice
from eventsapp.invitations.queries import Counts, counts
from eventsapp.mail.kinds import MailingKind, MessageState
from eventsapp.mail.models import Mailing, Message
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting, meeting_region
from eventsapp.meetings.queries import held_by, visible_to

MOST = 10
WEEK = timedelta(days=7)
NEAR_DEADLINE = timedelta(days=5)
WITHOUT_DEADLINE = timedelta(days=10)
STILL_TO_MARK = timedelta(days=60)
NOT_ARRIVED = (MessageState.FAILED.value, MessageState.UNKNOWN.value)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A meeting that something waits for, and how many: people, notices, marks."""

    meeting: Meeting
    number: int


@dataclass(frozen=True, slots=True)
class Troubled:
    """A sending of which mails did not arrive, or may not have."""

    mailing_id: int
    meeting_id: int
    title: str
    kind: MailingKind
    failed: int
    unknown: int


def this_week(actor: Actor) -> list[tuple[Meeting, Counts]]:
    """Give the meetings of these seven days, own ones and those of own regions, with answers."""
    until = now() + WEEK
    within = and_(
        Meeting.ends_at >= now(),
        Meeting.starts_at < until,
        Meeting.status == MeetingStatus.VISIBLE,
    )
    near = exists().where(
        meeting_region.c.meeting_id == Meeting.id,
        meeting_region.c.region_id.in_(actor.regions),
    )
    mine = concerns(actor) if actor.level is Level.COORDINATOR else or_(held_by(actor), near)
    meetings = list(db.session.scalars(_meetings(visible_to(actor), mine, within)))
    answers = counts([meeting.id for meeting in meetings]) if meetings else {}
    return [(meeting, answers[meeting.id]) for meeting in meetings]


def silent_near_deadline(actor: Actor) -> list[Waiting]:
    """Give meetings to come whose answers are due within days, with how many are silent."""
    silent = _count(
        Invitation.id,
        Invitation.meeting_id == Meeting.id,
        Invitation.withdrawn_at.is_(None),
        Invitation.reply == Reply.NEEDS_ACTION,
    )
    is_due = or_(
        Meeting.answer_by <= today() + NEAR_DEADLINE,
        and_(Meeting.answer_by.is_(None), Meeting.starts_at < now() + WITHOUT_DEADLINE),
    )
    return _waiting(
        actor,
        silent,
        silent > 0,
        is_due,
        Meeting.starts_at > now(),
        Meeting.status == MeetingStatus.VISIBLE,
    )


def not_marked(actor: Actor) -> list[Waiting]:
    """Give meetings that are over and whose attendance is not closed, with how many have a mark."""
    marks = _count(Attendance.id, Attendance.meeting_id == Meeting.id)
    return _waiting(
        actor,
        marks,
        _is_anybody_invited(),
        Meeting.ends_at <= now(),
        Meeting.ends_at > now() - STILL_TO_MARK,
        Meeting.attendance_closed_at.is_(None),
        Meeting.status == MeetingStatus.VISIBLE,
    )


def told(actor: Actor) -> list[Waiting]:
    """Give meetings of which invitees told something that nobody has settled, with how much."""
    notices = (
        select(Invitation.meeting_id, func.count(Notice.id).label("number"))
        .join(Invitation, Invitation.id == Notice.invitation_id)
        .where(Notice.settled_at.is_(None))
        .group_by(Invitation.meeting_id)
        .subquery()
    )
    statement = (
        _meetings(concerns(actor))
        .add_columns(notices.c.number)
        .join(notices, notices.c.meeting_id == Meeting.id)
    )
    return [Waiting(row[0], row[1]) for row in db.session.execute(statement)]


def nobody_invited(actor: Actor) -> list[Meeting]:
    """Give meetings to come that still wait for the first invitation, drafts among them."""
    is_for_all = and_(Meeting.is_public, Meeting.status == MeetingStatus.VISIBLE)
    statement = _meetings(
        concerns(actor),
        Meeting.starts_at > now(),
        Meeting.status != MeetingStatus.CANCELLED,
        ~is_for_all,
        ~_is_anybody_invited(),
    )
    return list(db.session.scalars(statement))


def mail_in_trouble(actor: Actor) -> list[Troubled]:
    """Give sendings of the last week of which mails did not arrive, the latest first."""

    def how_many(state: MessageState) -> ColumnElement[int]:
        return func.count(Message.id).filter(Message.state == state)

    statement = (
        select(
            Mailing.id,
            Meeting.id,
            Meeting.title,
            Mailing.kind,
            how_many(MessageState.FAILED),
            how_many(MessageState.UNKNOWN),
        )
        .select_from(Meeting)
        .join(Mailing, Mailing.reference == "meeting:" + cast(Meeting.id, String))
        .join(Message, Message.mailing_id == Mailing.id)
        .where(
            concerns(actor),
            Meeting.ends_at > now() - WEEK,
            Message.state.in_(NOT_ARRIVED),
            Message.settled_at > now() - WEEK,
        )
        .group_by(Mailing.id, Meeting.id, Meeting.title, Mailing.kind)
        .order_by(Mailing.id.desc())
        .limit(MOST)
    )
    return [
        Troubled(*row[:3], MailingKind(row[3]), row[4], row[5])
        for row in db.session.execute(statement)
    ]


def has_planned(actor: Actor) -> bool:
    """Tell whether the actor ever planned a meeting, or is to hold one."""
    return db.session.scalar(select(Meeting.id).where(held_by(actor)).limit(1)) is not None


def concerns(actor: Actor) -> ColumnElement[bool]:
    """Give the condition that a meeting is the actor's to see to."""
    return visible_to(actor) if actor.level is Level.COORDINATOR else held_by(actor)


def _waiting(
    actor: Actor, number: ColumnElement[int], *where: ColumnElement[bool]
) -> list[Waiting]:
    statement = _meetings(concerns(actor), *where).add_columns(number)
    return [Waiting(row[0], row[1]) for row in db.session.execute(statement)]


def _meetings(*where: ColumnElement[bool]) -> Any:
    return (
        select(Meeting)
        .where(*where)
        .options(joinedload(Meeting.organiser, innerjoin=True))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(MOST)
    )


def _count(column: Any, *where: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count(column)).where(*where).correlate(Meeting).scalar_subquery()


def _is_anybody_invited() -> ColumnElement[bool]:
    return exists().where(Invitation.meeting_id == Meeting.id, Invitation.withdrawn_at.is_(None))
