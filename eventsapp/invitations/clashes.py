"""Whom a day does not suit: invitees of a meeting who are asked elsewhere on the same day.

The advisors' door shows it beside the date; it warns and never forbids. Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from eventsapp.core.actor import Actor
from eventsapp.core.dates import HOME_ZONE, local_to_utc
from eventsapp.core.db import db
from eventsapp.invitations.kinds import Reply
from eventsapp.invitations.models import Invitation
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import visible_to

MOST = 5


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another meeting that day, and how many of our invitees are asked there."""

    meeting_id: int
    title: str
    starts_wall: datetime
    people: int


def invitees_elsewhere(actor: Actor, meeting_id: int, day: date) -> list[Elsewhere]:
    """Give the other meetings on a day to which invitees of this one are asked, fullest first.

    Who declined there is free that day. Closed groups of others are left out.
    """
    here, there = aliased(Invitation), aliased(Invitation)
    begins = local_to_utc(datetime.combine(day, time()), HOME_ZONE)
    ends = local_to_utc(datetime.combine(day + timedelta(days=1), time()), HOME_ZONE)
    people = func.count().label("people")
    rows = db.session.execute(
        select(Meeting.id, Meeting.title, Meeting.starts_wall, people)
        .join(there, there.meeting_id == Meeting.id)
        .join(here, here.person_id == there.person_id)
        .where(
            here.meeting_id == meeting_id,
            here.withdrawn_at.is_(None),
            there.withdrawn_at.is_(None),
            there.reply != Reply.DECLINED,
            Meeting.id != meeting_id,
            Meeting.starts_at >= begins,
            Meeting.starts_at < ends,
            Meeting.status != MeetingStatus.CANCELLED,
            visible_to(actor),
        )
        .group_by(Meeting.id, Meeting.title, Meeting.starts_wall)
        .order_by(people.desc(), Meeting.id)
        .limit(MOST)
    )
    return [Elsewhere(row.id, row.title, row.starts_wall, row.people) for row in rows]
