"""The one clock, the step between wall time and UTC, and dates as people read them.

Everybody uses it. A meeting keeps its wall time (a datetime without zone) and the name of its
zone; UTC is derived. Formatting takes wall times and never looks at the machine's own zone.
Pure: no Flask, so it works in jobs and in the terminal alike.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date

from eventsapp.core.errors import N_, InputError

HOME_ZONE = "Europe/Amsterdam"

_WORDS = {
    "nl": {"time": "{:%H.%M} uur", "range": "{:%H.%M} tot {:%H.%M} uur", "until": "tot"},
    "en": {"time": "{:%H:%M}", "range": "{:%H:%M} to {:%H:%M}", "until": "to"},
}


def now() -> datetime:
    """Tell the present moment, aware, in UTC. Nothing else in the product reads a clock."""
    return datetime.now(UTC)


def today(zone: str = HOME_ZONE) -> date:
    """Tell which day it is on the wall of a zone; functions begin and end by days."""
    return utc_to_local(now(), zone).date()


def zone_named(name: str, field: str = "timezone") -> ZoneInfo:
    """Find a time zone by its name in the zone data; InputError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(N_("Choose a time zone from the list."), field) from None


def local_to_utc(wall: datetime, zone: str, field: str = "starts") -> datetime:
    """Derive the aware UTC moment of a wall time.

    In autumn 02:30 comes twice: this takes the first. In spring it does not exist: InputError.
    """
    _refuse_aware(wall)
    moment = wall.replace(tzinfo=zone_named(zone), fold=0).astimezone(UTC)
    if utc_to_local(moment, zone) != wall.replace(fold=0):
        raise InputError(
            N_("This time does not exist: the clocks go forward that night. Choose another time."),
            field,
        )
    return moment


def utc_to_local(moment: datetime, zone: str) -> datetime:
    """Give the wall time (without zone) that the clocks of a zone show at a moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment must be aware")
    return moment.astimezone(zone_named(zone)).replace(tzinfo=None, fold=0)


def check_start(wall: datetime, zone: str, field: str = "starts") -> None:
    """Refuse a start in the hour that the clocks skip or repeat (InputError).

    Calendar programs disagree about which of the two repeated hours is meant, so nobody could
    be sure when to come.
    """
    local_to_utc(wall, zone, field)
    info = zone_named(zone)
    first, second = (wall.replace(tzinfo=info, fold=fold).utcoffset() for fold in (0, 1))
    if first != second:
        raise InputError(
            N_("The clocks go back that night, so this time comes twice. Choose another time."),
            field,
        )


def duration(starts: datetime, ends: datetime, zone: str) -> timedelta:
    """Tell how long something really takes, counted in UTC, so also over a change of clocks."""
    return local_to_utc(ends, zone, "ends") - local_to_utc(starts, zone)


@lru_cache(maxsize=4096)
def long_date(day: date, locale: str | Locale) -> str:
    """Write a day in full: "dinsdag 12 januari 2027", "Tuesday 12 January 2027"."""
    return format_date(day, "EEEE d MMMM y", locale=_language(locale))


@lru_cache(maxsize=4096)
def short_date(day: date, locale: str | Locale) -> str:
    """Write a day for a narrow column: "di 12 jan 2027", "Tue 12 Jan 2027"."""
    return format_date(day, "EEE d MMM y", locale=_language(locale))


@lru_cache(maxsize=4096)
def date_as(day: date, pattern: str, locale: str | Locale) -> str:
    """Write a day, or a part of it, by a pattern of Unicode: "LLLL y" gives "januari 2027"."""
    return format_date(day, pattern, locale=_language(locale))


def time_of_day(wall: datetime, locale: str | Locale) -> str:
    """Write a time: "13.30 uur", "13:30"."""
    return _WORDS[_language(locale)]["time"].format(wall)


def time_range(starts: datetime, ends: datetime, locale: str | Locale) -> str:
    """Write two times of one day: "13.30 tot 16.00 uur", "13:30 to 16:00"."""
    return _WORDS[_language(locale)]["range"].format(starts, ends)


def when(starts: datetime, ends: datetime, locale: str | Locale) -> str:
    """Write from when to when in one line, with the second day where it is another day."""
    first = long_date(starts, locale)
    if starts.date() == ends.date():
        return f"{first}, {time_range(starts, ends, locale)}"
    until = _WORDS[_language(locale)]["until"]
    last = f"{long_date(ends, locale)}, {time_of_day(ends, locale)}"
    return f"{first}, {time_of_day(starts, locale)} {until} {last}"


def _language(locale: str | Locale) -> str:
    """Reduce a locale to one of our two languages; whatever is not English is Dutch."""
    return "en" if str(locale).lower().startswith("en") else "nl"


def _refuse_aware(wall: datetime) -> None:
    if wall.tzinfo is not None:
        raise ValueError("a wall time carries no zone")
