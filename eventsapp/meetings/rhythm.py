"""Tells when networks met last and meet next, and which meetings they had.

The pages of networks and the page of today ask it. Closed groups of others are left out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, or_, select

from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.directory.models import Network
from eventsapp.directory.queries import network_visible_to
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


def is_late(network: Network, met: Rhythm | None) -> bool:
    """Tell whether a network has not met for longer than it means to, and nothing is planned."""
    if network.cadence_weeks is None or (met is not None and met.next_on is not None):
        return False
    last = met.last_on if met is not None else None
    return last is None or last + timedelta(weeks=network.cadence_weeks) < today()


def long_not_met(actor: Actor, most: int = 10) -> list[tuple[Network, date | None]]:
    """Give networks that have not met for too long, longest ago first, with their last day.

    An advisor's are those of own regions and those that the advisor keeps; a coordinator's all.
    """
    statement = select(Network).where(
        Network.cadence_weeks.is_not(None), Network.ended_on.is_(None), network_visible_to(actor)
    )
    if actor.level is not Level.COORDINATOR:
        is_own = Network.organiser_person_id == actor.person_id
        statement = statement.where(or_(is_own, Network.region_id.in_(actor.regions)))
    networks = db.session.scalars(statement).all()
    met = rhythm_of(actor, [network.id for network in networks])
    late = [network for network in networks if is_late(network, met.get(network.id))]
    last = {network.id: met[network.id].last_on if network.id in met else None for network in late}
    late.sort(key=lambda network: (last[network.id] or date.min, network.name))
    return [(network, last[network.id]) for network in late[:most]]


def meetings_of(actor: Actor, network_id: int, most: int = 50) -> list[Meeting]:
    """Give the meetings of a network, the latest first."""
    statement = select(Meeting).where(Meeting.network_id == network_id, visible_to(actor))
    return list(db.session.scalars(statement.order_by(Meeting.starts_at.desc()).limit(most)))
