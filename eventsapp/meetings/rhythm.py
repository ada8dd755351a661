"""Tells when networks met last and meet next, and which meetings they had.

The pages of networks and the page of today ask it. Closed groups of others are left out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import visible_to


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a network met last and meets next; None when it did not or nothing is planned."""

    last_on: date | None
    next_on: date | None


def rhythm_of(actor: Actor, network_ids: Collection[int]) -> dict[int, Rhythm]:
    """Give the rhythm of each network that has meetings; cancelled ones and drafts don't count."""
    is_past = Meeting.starts_at <= now()
    statement = (
        select(
            Meeting.network_id,
            func.max(case((is_past, Meeting.starts_wall))).label("last"),
            func.min(case((~is_past, Meeting.starts_wall))).label("next"),
        )
        .where(
            Meeting.network_id.in_(network_ids),
            Meeting.status == MeetingStatus.VISIBLE,
            visible_to(actor),
        )
        .group_by(Meeting.network_id)
    )
    return {
        row.network_id: Rhythm(
            row.last.date() if row.last else None, row.next.date() if row.next else None
        )
        for row in db.session.execute(statement)
    }


def meetings_of(actor: Actor, network_id: int, most: int = 50) -> list[Meeting]:
    """Give the meetings of a network, the latest first."""
    statement = select(Meeting).where(Meeting.network_id == network_id, visible_to(actor))
    return list(db.session.scalars(statement.order_by(Meeting.starts_at.desc()).limit(most)))
