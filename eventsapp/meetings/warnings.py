"""What makes a day less fit for a meeting: holidays, weekends, another meeting in the region.

The advisors' door shows it beside the date and after saving. It warns and never forbids. That
invitees go elsewhere that day is told one floor up (`invitations/clashes.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from eventsapp.core.actor import Actor
from eventsapp.core.dates import HOME_ZONE, now, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.core.language import current_language
from eventsapp.directory.models import Municipality, region_municipality
from eventsapp.meetings.holidays import SchoolRegion, holidays_on, school_region
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.plan import MeetingPlan
from eventsapp.meetings.queries import MeetingFilters, meetings_between
from eventsapp.meetings.rules import FIRST_YEAR, LAST_YEAR

MOST_CLASHES = 5


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to know about a day: an untranslated sentence with values.

    `meeting_id` names the other meeting, where there is one.
    """

    message: str
    values: dict[str, object] = field(default_factory=dict)
    meeting_id: int | None = None


def warnings_for(actor: Actor, plan: MeetingPlan, meeting_id: int | None = None) -> list[Caution]:
    """Give what speaks against the day of a plan; `meeting_id` is the meeting itself."""
    regions = {plan.lead_region_id, *plan.region_ids}
    return warnings_on(actor, plan.starts_wall.date(), regions, meeting_id)


def warnings_on(
    actor: Actor, day: date, region_ids: Collection[int], meeting_id: int | None = None
) -> list[Caution]:
    """Give what speaks against a day in these regions, meetings that the actor may see only."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return []
    found = []
    if day < utc_to_local(now(), HOME_ZONE).date():
        found.append(Caution(N_("This day has passed.")))
    holidays = _holidays(day, region_ids)
    if day.weekday() >= 5 and not holidays:
        found.append(Caution(N_("This is a day in the weekend.")))
    found += [Caution(N_("It is a holiday: %(name)s."), {"name": name}) for name in holidays]
    return found + _clashes(actor, day, region_ids, meeting_id)


def school_regions_of(region_ids: Collection[int]) -> list[SchoolRegion]:
    """Give the school holiday regions in which these regions lie, mostly one."""
    if not region_ids:
        return []
    provinces = db.session.scalars(
        select(Municipality.province_code)
        .join(region_municipality)
        .where(region_municipality.c.region_id.in_(region_ids))
        .distinct()
    )
    return sorted({found for code in provinces if (found := school_region(code))})


def _holidays(day: date, region_ids: Collection[int]) -> list[str]:
    language = current_language()
    schools: list[SchoolRegion | None] = [*school_regions_of(region_ids)]
    names = [name for region in schools or [None] for name in holidays_on(day, region, language)]
    return list(dict.fromkeys(names))


def _clashes(
    actor: Actor, day: date, region_ids: Collection[int], meeting_id: int | None
) -> list[Caution]:
    if not region_ids:
        return []
    filters = MeetingFilters(region_ids=frozenset(region_ids), day=day)
    others = [
        row
        for row in meetings_between(actor, filters)
        if row.id != meeting_id and row.status != MeetingStatus.CANCELLED
    ]
    return [
        Caution(
            N_("%(region)s has another meeting that day: %(title)s, at %(time)s."),
            {"region": row.region, "title": row.title, "time": f"{row.starts_wall:%H.%M}"},
            row.id,
        )
        for row in others[:MOST_CLASHES]
    ]
