"""Addresses that offer an entry to a calendar on the web, opened only when the reader presses.

The participants' pages show them as plain links, beside the file to download. Nothing is fetched
from these services, and no personal link is in the address. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from eventsapp.calendars.event import CalendarEvent
from eventsapp.core.dates import local_to_utc
from eventsapp.core.text import one_line, without_controls

LONGEST_DETAILS = 1_000  # some services refuse addresses of more than 2,000 characters


def google(event: CalendarEvent) -> str:
    """Give the address at which Google Calendar offers to add this entry."""
    starts, ends = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in _period(event))
    return _address(
        "https://calendar.google.com/calendar/render",
        action="TEMPLATE",
        text=one_line(event.summary),
        dates=f"{starts}/{ends}",
        location=one_line(event.location),
        details=_details(event),
    )


def outlook(event: CalendarEvent) -> str:
    """Give the address at which Outlook on the web offers to add this entry."""
    starts, ends = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in _period(event))
    return _address(
        "https://outlook.office.com/calendar/0/deeplink/compose",
        path="/calendar/action/compose",
        rru="addevent",
        subject=one_line(event.summary),
        startdt=starts,
        enddt=ends,
        location=one_line(event.location),
        body=_details(event),
    )


def _period(event: CalendarEvent) -> tuple[datetime, datetime]:
    starts, ends = (local_to_utc(wall, event.timezone) for wall in (event.starts, event.ends))
    return starts.astimezone(UTC), ends.astimezone(UTC)


def _details(event: CalendarEvent) -> str:
    text = without_controls(event.description).strip()
    return text if len(text) <= LONGEST_DETAILS else text[: LONGEST_DETAILS - 1].rstrip() + "…"


def _address(page: str, **values: str) -> str:
    return f"{page}?{urlencode({name: value for name, value in values.items() if value})}"
