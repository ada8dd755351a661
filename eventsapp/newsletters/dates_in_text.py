"""Dates as somebody typed them: a weekday that is not that day, figures that can be misread.

`checks.py` asks it for each block. Dutch and English. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "january february march april may june july august september october november december",
}
_DAYS = {
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "en": "monday tuesday wednesday thursday friday saturday sunday",
}
_NUMBERS = {name: at % 12 + 1 for at, name in enumerate(" ".join(_MONTHS.values()).split())}
_WEEKDAYS = {name: at % 7 for at, name in enumerate(" ".join(_DAYS.values()).split())}
_WRITTEN = re.compile(
    rf"\b(?:({'|'.join(_WEEKDAYS)})\s+)?(\d{{1,2}})\s+({'|'.join(_NUMBERS)})(?:\s+(\d{{4}}))?\b",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"(?<![\d/.-])\d{1,2}([-/])\d{1,2}(?:\1(?:\d{4}|\d{2}))?(?![\d/-]|\.\d)")
_DEADLINE = re.compile(r"\b(?:vóór|voor|uiterlijk|before|by)(?: op| on)?\s+$", re.IGNORECASE)
_DUTCH_MONTHS = frozenset(_MONTHS["nl"].split())


@dataclass(frozen=True, slots=True)
class OddDate:
    """A date that a reader may misread: `what` says why, `value` what it is."""

    what: str  # weekday, unknown, past, figures, capital
    quote: str
    value: date | None = None


def odd_dates(text: str, language: str, on: date) -> Iterator[OddDate]:
    """Find dates that are wrong, gone by on the day of sending, or easily misread."""
    for found in _WRITTEN.finditer(text):
        is_deadline = bool(_DEADLINE.search(text, 0, found.start()))
        yield from _judged(found, language, on, is_deadline=is_deadline)
    for found in _FIGURES.finditer(text):
        if found[1] == "-" or found[0].count("/") == 2:
            yield OddDate("figures", found[0])


def _judged(
    found: re.Match[str], language: str, on: date, *, is_deadline: bool
) -> Iterator[OddDate]:
    weekday, number, month, year = found.groups()
    quote = " ".join(found[0].split())
    if language == "nl" and month.lower() in _DUTCH_MONTHS and month[0].isupper():
        yield OddDate("capital", quote)
    day = _day(int(number), _NUMBERS[month.lower()], int(year) if year else None, on)
    if day is None:
        yield OddDate("unknown", quote)
    elif weekday and day.weekday() != _WEEKDAYS[weekday.lower()]:
        yield OddDate("weekday", quote, day)
    elif day < on and (is_deadline or (weekday and year)):
        # Without a weekday it tells of something that was; with one it mostly invites.
        yield OddDate("past", quote, day)


def _day(number: int, month: int, year: int | None, on: date) -> date | None:
    """Find the day that is meant; without a year the one that comes next."""
    for candidate in (year,) if year else (on.year, on.year + 1):
        try:
            day = date(candidate, month, number)
        except ValueError:
            continue
        # Half a year back, a date without a year tells of something that was.
        if year or (day - on).days > -183:
            return day
    return None
