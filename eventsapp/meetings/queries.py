"""Finds meetings for whoever may see them; the doors and the floors above ask here.

Meetings of a closed group exist for their organiser and named deputies only: for
everybody else, coordinators too, they are not in lists, not in clashes, and not found by number.
Never writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, false, or_, select, true
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import HOME_ZONE, local_to_utc, now
from eventsapp.core.db import db
from eventsapp.core.errors import Forbidden, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Network, Region
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import (
    AgendaItem,
    Meeting,
    meeting_deputy,
    meeting_region,
    meeting_theme,
)

PERIODS = ("upcoming", "past", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFilters:
    """What a list of meetings is narrowed down to; `day` beats `period`."""

    region_ids: frozenset[int] = frozenset()
    kind: str = ""
    theme_id: int | None = None
    network_id: int | None = None
    status: str = ""
    period: str = "upcoming"
    day: date | None = None
    is_mine: bool = False


# What a line in a list shows, without loading whole meetings.
_ROWS: Any = (
    select(
        Meeting.id,
        Meeting.starts_at,
        Meeting.ends_at,
        Meeting.starts_wall,
        Meeting.ends_wall,
        Meeting.title,
        Meeting.kind,
        Meeting.status,
        Meeting.is_confidential,
        Meeting.place_name,
        Meeting.town,
        Meeting.online_url,
        Meeting.capacity,
        Meeting.lead_region_id,
        Region.name.label("region"),
        Network.name.label("network"),
    )
    .join(Region, Region.id == Meeting.lead_region_id)
    .outerjoin(Network, Network.id == Meeting.network_id)
)


def meeting_for(actor: Actor, meeting_id: int, *, write: bool = False) -> Meeting:
    """Give a meeting to who may see it, or with `write` to who may change it.

    Raises NotFound, also for a closed group of others, and Forbidden where it can only be read.
    """
    return _opened(actor, meeting_id, write)


def _opened(actor: Actor, meeting_id: int, write: bool, *options: ExecutableOption) -> Meeting:
    statement = select(Meeting).where(Meeting.id == meeting_id, visible_to(actor)).limit(1)
    meeting = db.session.scalar(statement.options(*options))
    if meeting is None:
        raise NotFound(N_("This meeting does not exist, or it is not open to you."))
    if write and not may_change(actor, meeting):
        raise Forbidden(N_("This meeting is of another region. You can read it, not change it."))
    return meeting


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Give the condition under which a meeting exists for this actor."""
    if actor.level is Level.SYSTEM:
        return true()
    return or_(Meeting.is_confidential.is_(False), held_by(actor))


def held_by(actor: Actor) -> ColumnElement[bool]:
    """Give the condition that this actor organises a meeting or is a named deputy."""
    if actor.person_id is None:
        return false()
    deputies = select(meeting_deputy.c.meeting_id).where(
        meeting_deputy.c.person_id == actor.person_id
    )
    return or_(Meeting.organiser_person_id == actor.person_id, Meeting.id.in_(deputies))


def may_change(actor: Actor, meeting: Meeting) -> bool:
    """Tell whether the actor may write: within own regions, or as organiser or deputy."""
    if actor.level not in (Level.ADVISOR, Level.COORDINATOR, Level.SYSTEM):
        return False
    if actor.level is Level.SYSTEM or holds(actor, meeting):
        return True
    return not meeting.is_confidential and actor.may_write(region_ids(meeting))


def may_see_needs(actor: Actor, meeting: Meeting) -> bool:
    """Tell whether the actor may see what participants need: organiser and deputies only."""
    return holds(actor, meeting)


def holds(actor: Actor, meeting: Meeting) -> bool:
    """Tell whether the actor organises this meeting or is a named deputy."""
    if actor.person_id is None:
        return False
    if meeting.organiser_person_id == actor.person_id:
        return True
    return any(deputy.id == actor.person_id for deputy in meeting.deputies)


def region_ids(meeting: Meeting) -> set[int]:
    """Give the regions of a meeting, the leading one included."""
    return {meeting.lead_region_id, *(region.id for region in meeting.regions)}


def meetings_page(
    actor: Actor, filters: MeetingFilters, cursor: str | None = None
) -> Page[Row[Any]]:
    """Give a page of meetings: to come in order of date, past ones the latest first."""
    descending = filters.period == "past" and filters.day is None
    keys = (Key(Meeting.starts_at, descending), Key(Meeting.id, descending))
    return paginate(_narrowed(_ROWS, actor, filters), keys, cursor)


def meetings_between(
    actor: Actor, filters: MeetingFilters, first: date | None = None, until: date | None = None
) -> Sequence[Row[Any]]:
    """Give the meetings that start on these days (the last excluded), in order of time.

    Without days, those of the day that the filters name.
    """
    narrowed = _narrowed(_ROWS, actor, filters, dated=first is None)
    if first is not None and until is not None:
        narrowed = narrowed.where(
            Meeting.starts_at >= _midnight(first), Meeting.starts_at < _midnight(until)
        )
    return db.session.execute(narrowed.order_by(Meeting.starts_at, Meeting.id).limit(1000)).all()


def upcoming_meetings(actor: Actor, limit: int = 5) -> list[Meeting]:
    """Give the next meetings that the actor organises, deputises for, or has in own regions."""
    mine = or_(held_by(actor), _in_regions(actor.regions))
    statement = (
        select(Meeting)
        .where(visible_to(actor), mine, Meeting.ends_at >= now())
        .where(Meeting.status != MeetingStatus.CANCELLED)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def meetings_for_all(limit: int = 30) -> list[Meeting]:
    """Give the public meetings to come, for who has no account; never one of a closed group."""
    statement = (
        select(Meeting)
        .where(
            Meeting.is_public,
            Meeting.is_confidential.is_(False),
            Meeting.status == MeetingStatus.VISIBLE,
            Meeting.ends_at >= now(),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def whole_meeting(actor: Actor, meeting_id: int, *, write: bool = False) -> Meeting:
    """Give a meeting as `meeting_for` does, with all its lines loaded in few queries."""
    return _opened(
        actor,
        meeting_id,
        write,
        joinedload(Meeting.network),
        joinedload(Meeting.organiser),
        selectinload(Meeting.regions),
        selectinload(Meeting.themes),
        selectinload(Meeting.deputies),
        selectinload(Meeting.agenda).selectinload(AgendaItem.speakers),
        selectinload(Meeting.questions),
        selectinload(Meeting.co_organisers),
    )


def _narrowed(
    statement: Select[Any], actor: Actor, filters: MeetingFilters, dated: bool = True
) -> Select[Any]:
    where = [visible_to(actor)]
    if filters.region_ids:
        where.append(_in_regions(filters.region_ids))
    if filters.kind:
        where.append(Meeting.kind == filters.kind)
    if filters.status:
        where.append(Meeting.status == filters.status)
    if filters.network_id:
        where.append(Meeting.network_id == filters.network_id)
    if filters.theme_id:
        where.append(_about(filters.theme_id))
    if filters.is_mine:
        where.append(held_by(actor))
    if dated:
        where += _period(filters)
    return statement.where(*where)


def _period(filters: MeetingFilters) -> list[ColumnElement[bool]]:
    if filters.day is not None:
        following = filters.day + timedelta(days=1)
        return [
            Meeting.starts_at >= _midnight(filters.day),
            Meeting.starts_at < _midnight(following),
        ]
    if filters.period == "past":
        return [Meeting.ends_at < now()]
    return [] if filters.period == "all" else [Meeting.ends_at >= now()]


def _in_regions(wanted: frozenset[int]) -> ColumnElement[bool]:
    return exists().where(
        meeting_region.c.meeting_id == Meeting.id, meeting_region.c.region_id.in_(wanted)
    )


def _about(theme_id: int) -> ColumnElement[bool]:
    return exists().where(
        meeting_theme.c.meeting_id == Meeting.id, meeting_theme.c.theme_id == theme_id
    )


def _midnight(day: date) -> datetime:
    return local_to_utc(datetime.combine(day, time()), HOME_ZONE)
