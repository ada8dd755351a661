"""The rhythm of a newsletter: when the next edition leaves, and what is due before it on which day.

`opening.py`, `scheduling.py` and the pages of an edition ask it. All days are days on the wall of
the newsletter's own zone. Pure: knows neither database nor present moment.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache

from eventsapp.core.dates import utc_to_local, zone_named
from eventsapp.meetings.holidays import holidays_on

WEEK = 7
SATURDAY = 5
MONTHS = range(1, 25)
"""How many months may lie between two editions."""
SHORTEST_LIMIT = timedelta(minutes=15)
"""The clock is never on the second: so much later is still in time, whatever was filled in."""


@dataclass(frozen=True, slots=True)
class Lead:
    """How many days before the sending something happens."""

    opens: int
    contributions: int
    review: int
    sign_off: int


@dataclass(frozen=True, slots=True)
class DueDays:
    """The days of one edition, in this order: nothing is due after what follows it."""

    contributions_on: date
    review_on: date
    sign_off_on: date
    send_on: date


class Punctuality(Enum):
    """Whether the moment of a planned sending has come, or has passed by too much."""

    EARLY = "early"
    DUE = "due"
    LATE = "late"


class Oddity(Enum):
    """What the clocks do at a wall time in the night that they are changed."""

    NONE = "none"
    SKIPPED = "skipped"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Planned:
    """A wall time that exists, and its moment. `oddity` tells why it may surprise."""

    wall: datetime
    moment: datetime
    oddity: Oddity


def following(day: date, months: int) -> date:
    """Give the day of the edition after this one: the same weekday of the month, months later.

    The second Tuesday stays the second Tuesday, so that no edition drifts into a weekend; the
    fifth of a weekday becomes the last one. ValueError when the months are out of reason.
    """
    if months not in MONTHS:
        raise ValueError("an edition comes every one to twenty-four months")
    later = day.year * 12 + day.month - 1 + months
    year, month = later // 12, later % 12 + 1
    first = date(year, month, 1)
    in_week = (day.weekday() - first.weekday()) % WEEK
    found = 1 + in_week + (day.day - 1) // WEEK * WEEK
    while found > calendar.monthrange(year, month)[1]:
        found -= WEEK
    return first.replace(day=found)


def following_after(day: date, months: int, last: date) -> date:
    """Give the first day of the rhythm that lies after a day, however many were missed."""
    while day <= last:
        day = following(day, months)
    return day


def is_working_day(day: date) -> bool:
    """Tell whether people are at work: no weekend, no public holiday."""
    return day.weekday() < SATURDAY and not _is_holiday(day)


def working_day_from(day: date) -> date:
    """Give this day, or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def working_day_until(day: date) -> date:
    """Give this day, or the last working day before it."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def opens_on(send_on: date, lead: Lead) -> date:
    """Give the day on which the draft of an edition is to be there."""
    return send_on - timedelta(days=lead.opens)


def due_days(send_on: date, lead: Lead, opened_on: date) -> DueDays:
    """Give what is due when before a sending, on working days.

    An edition that was opened late gets the days that are left: none lies before the opening.
    """
    last = max(send_on, opened_on)
    found = []
    for days in (lead.sign_off, lead.review, lead.contributions):
        day = working_day_until(send_on - timedelta(days=days))
        last = max(min(day, last), opened_on)
        found.append(last)
    sign_off_on, review_on, contributions_on = found
    return DueDays(contributions_on, review_on, sign_off_on, send_on)


def planned(wall: datetime, zone: str) -> Planned:
    """Find the moment of a wall time on any day of the year.

    In spring an hour does not exist: what was planned in it goes as much later as the clocks were
    put forward. In autumn an hour comes twice: the first counts.
    """
    info = zone_named(zone)
    moment = wall.replace(tzinfo=info, fold=0).astimezone(UTC)
    exists = utc_to_local(moment, zone)
    if exists != wall:
        return Planned(exists, moment, Oddity.SKIPPED)
    again = wall.replace(tzinfo=info, fold=1).astimezone(UTC)
    return Planned(wall, moment, Oddity.NONE if again == moment else Oddity.REPEATED)


def punctuality(moment: datetime, now: datetime, late_hours: int) -> Punctuality:
    """Tell whether a planned sending may begin now by itself."""
    if now < moment:
        return Punctuality.EARLY
    limit = max(timedelta(hours=late_hours), SHORTEST_LIMIT)
    return Punctuality.LATE if now > moment + limit else Punctuality.DUE


@lru_cache(maxsize=1024)
def _is_holiday(day: date) -> bool:
    return bool(holidays_on(day, None, "en"))
