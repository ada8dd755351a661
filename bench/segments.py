"""A contact list with three conditions, against the same question written as SQL by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select, text

from bench.server import Broken
from eventsapp.contacts import rules, segments
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.meetings.models import Meeting

TIMES = 60

BY_HAND = text("""
SELECT person.id FROM person
WHERE person.ended_on IS NULL AND person.erased_at IS NULL
  AND person.id IN (
    SELECT attendance.person_id FROM attendance
    JOIN meeting ON meeting.id = attendance.meeting_id
    JOIN meeting_region ON meeting_region.meeting_id = meeting.id
    WHERE attendance.presence = 'present' AND meeting.status <> 'draft'
      AND NOT meeting.is_confidential AND meeting.starts_at >= :since
      AND meeting_region.region_id = :region
    GROUP BY attendance.person_id HAVING count(*) >= 2)
  AND person.id IN (
    SELECT role.person_id FROM role JOIN organisation ON organisation.id = role.organisation_id
    WHERE role.valid_from <= :today AND (role.valid_until IS NULL OR role.valid_until > :today)
      AND organisation.municipality_id IN
        (SELECT municipality_id FROM region_municipality WHERE region_id = :region))
  AND person.id IN (
    SELECT role.person_id FROM role
    WHERE role.valid_from <= :today AND (role.valid_until IS NULL OR role.valid_until > :today)
      AND role.kind = 'chair')
""")


def compare() -> tuple[float, float, int]:
    """Give the median milliseconds of our question and of the one by hand, and how many answer."""
    since = (now() - timedelta(days=700)).date()
    region = _busiest_region()
    criteria = {
        "all": [
            {
                "kind": "attended",
                "at_least": 2,
                "since": since.isoformat(),
                "region": region,
            },
            {"kind": "in_region", "region": region},
            {"kind": "role_kind", "word": "chair"},
        ]
    }
    values = {"since": f"{since} 00:00:00", "today": f"{now().date()}", "region": region}

    def ours() -> list[Any]:
        wanted = segments.people_matching(rules.parse(criteria), SYSTEM)
        return list(db.session.scalars(wanted))

    def by_hand() -> list[Any]:
        return list(db.session.scalars(BY_HAND, values))

    found, expected = set(ours()), set(by_hand())
    if found != expected or not found:
        raise Broken(f"The list finds {len(found)} people, the SQL by hand {len(expected)}.")
    times: dict[Callable[[], list[Any]], list[float]] = {ours: [], by_hand: []}
    for _ in range(TIMES):
        for question, taken in times.items():
            begun = time.perf_counter()
            question()
            taken.append((time.perf_counter() - begun) * 1000)
    return median(times[ours]), median(times[by_hand]), len(found)


def _busiest_region() -> int:
    count = func.count().desc()
    wanted = select(Meeting.lead_region_id).group_by(Meeting.lead_region_id).order_by(count)
    return int(db.session.scalars(wanted.limit(1)).one())
