"""The weeks of a month with their meetings, as the month table wants them. For `meetings.py`."""

from __future__ import annotations

from calendar import Calendar
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import Row

from eventsapp.core.actor import Actor
from eventsapp.core.drawing import pages_of
from eventsapp.core.language import current_language
from eventsapp.meetings.holidays import holidays_on
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.queries import MeetingFilters, meetings_between
from eventsapp.meetings.warnings import school_regions_of

MOST_PER_DAY = 4  # so that a month of the whole country stays a page; the rest is one press away

Week = list[dict[str, Any]]


def weeks_of(actor: Actor, filters: MeetingFilters, first: date) -> list[Week]:
    """Give the weeks, from Monday, that hold a day of this month."""
    days = Calendar().monthdatescalendar(first.year, first.month)
    until = days[-1][-1] + timedelta(days=1)
    found: dict[date, list[Row[Any]]] = defaultdict(list)
    for row in meetings_between(actor, filters, days[0][0], until):
        found[row.starts_wall.date()].append(row)
    schools = school_regions_of(filters.region_ids)
    school = schools[0] if len(schools) == 1 else None
    language = current_language()
    return [
        [
            {
                "date": day,
                "items": _items(day, found[day]),
                "holiday": ", ".join(holidays_on(day, school, language)) or None,
            }
            for day in week
        ]
        for week in days
    ]


def _items(day: date, rows: list[Row[Any]]) -> list[dict[str, Any]]:
    if len(rows) <= MOST_PER_DAY:
        return [_item(row) for row in rows]
    shown = rows[: MOST_PER_DAY - 1]
    left = len(rows) - len(shown)
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "month"}
    more = {
        "href": url_for("manage_meetings.index", **{**kept, "day": day.isoformat()}),
        "time": "",
        "title": ngettext("%(num)s more", "%(num)s more", left),
    }
    return [*(_item(row) for row in shown), more]


def _item(row: Row[Any]) -> dict[str, Any]:
    state: tuple[str | None, str | None] = (None, None)
    if row.status == MeetingStatus.DRAFT:
        state = ("draft", gettext("Draft"))
    elif row.status == MeetingStatus.CANCELLED:
        state = ("cancelled", gettext("Cancelled"))
    return {
        "href": pages_of("manage_meetings.show")(row.id),
        "time": f"{row.starts_wall:%H.%M}",
        "title": row.title,
        "place": row.town or row.place_name or (gettext("Online") if row.online_url else ""),
        "state": state[0],
        "state_text": state[1],
    }
