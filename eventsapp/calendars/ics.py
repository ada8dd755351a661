"""A calendar event written down as iCalendar (RFC 5545), for mail (RFC 5546) and download.

The mail room and the pages call it with a filled `CalendarEvent`; it never reads a clock, so the
same event always gives the same octets. What it writes must hold in Outlook, Google Calendar and
Apple Calendar: one ATTENDEE, the reader; no alarm, no empty property, and no personal link, which
is the caller's duty, because people share their calendars.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from icalendar import Calendar, Component, Event, Timezone, vCalAddress, vDatetime, vText, vUri
from icalendar.parser import Parameters

from eventsapp.calendars.event import Attendee, CalendarAddress, CalendarEvent, Status
from eventsapp.core.dates import HOME_ZONE, local_to_utc, zone_named
from eventsapp.core.text import one_line, without_controls

PRODID = "-//eventsapp//eventsapp//NL"

# Yearly rules since the European Union's directive 2000/84/EC, not lists of dates: Outlook
# ignores the RDATEs that the library would make, and they are an hour off at onset.
_HOME_TIMEZONE = Timezone.from_ical(
    b"BEGIN:VTIMEZONE\r\n"
    b"TZID:Europe/Amsterdam\r\n"
    b"BEGIN:DAYLIGHT\r\n"
    b"TZNAME:CEST\r\n"
    b"TZOFFSETFROM:+0100\r\n"
    b"TZOFFSETTO:+0200\r\n"
    b"DTSTART:19700329T020000\r\n"
    b"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
    b"END:DAYLIGHT\r\n"
    b"BEGIN:STANDARD\r\n"
    b"TZNAME:CET\r\n"
    b"TZOFFSETFROM:+0200\r\n"
    b"TZOFFSETTO:+0100\r\n"
    b"DTSTART:19701025T030000\r\n"
    b"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
    b"END:STANDARD\r\n"
    b"END:VTIMEZONE\r\n"
)
_BUSY = {Status.CONFIRMED: "BUSY", Status.TENTATIVE: "TENTATIVE", Status.CANCELLED: "FREE"}


def request(event: CalendarEvent) -> bytes:
    """Write the invitation, or its update, for the one reader in `event.attendee`."""
    if event.status is Status.CANCELLED:
        raise ValueError("a cancelled event is sent as a cancel (RFC 5546 section 3.2.2)")
    _require_both_sides(event)
    entry = _entry(event, event.status)
    entry.add("X-MICROSOFT-DISALLOW-COUNTER", "TRUE")
    return _written(_calendar("REQUEST"), [event], [entry])


def cancel(event: CalendarEvent) -> bytes:
    """Write that the reader's entry is gone: same UID and people, SEQUENCE raised by the ledger."""
    _require_both_sides(event)
    return _written(_calendar("CANCEL"), [event], [_entry(event, Status.CANCELLED)])


def publish(events: Sequence[CalendarEvent], name: str = "") -> bytes:
    """Write entries for download, without attendees; `name` is that of a whole calendar.

    METHOD:PUBLISH demands an ORGANIZER (RFC 5546 section 3.2.1); events that name none make a
    plain calendar without a method.
    """
    has_organizers = bool(events) and all(event.organizer for event in events)
    calendar = _calendar("PUBLISH" if has_organizers else "")
    if calendar_name := one_line(name):
        calendar.add("NAME", _Text(calendar_name))
        calendar.add("X-WR-CALNAME", _Text(calendar_name))
    return _written(calendar, events, [_entry(e, e.status, with_attendee=False) for e in events])


class _Text(vText):
    r"""Text that keeps its backslashes: the library takes a typed "\N" for a line end."""

    def to_ical(self) -> bytes:
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return escaped.replace("\n", "\\n").encode()


class _Quoted(Parameters):
    """Parameters whose CN always stands in quotes: some clients stumble over a bare one."""

    always_quoted = (*Parameters.always_quoted, "CN")  # type: ignore[assignment]  # any length


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODID)
    calendar.add("CALSCALE", "GREGORIAN")
    if method:
        calendar.add("METHOD", method)
    return calendar


def _written(calendar: Calendar, events: Sequence[CalendarEvent], entries: list[Event]) -> bytes:
    if any(event.timezone == HOME_ZONE for event in events):
        calendar.add_component(_HOME_TIMEZONE)
    for entry in entries:
        calendar.add_component(entry)
    octets: bytes = calendar.to_ical(sorted=False)
    return octets


def _entry(event: CalendarEvent, status: Status, *, with_attendee: bool = True) -> Event:
    entry = Event()
    entry.add("UID", _Text(one_line(event.uid)))
    entry.add("DTSTAMP", event.dtstamp.astimezone(UTC))
    entry.add("SEQUENCE", event.sequence)
    entry.add("DTSTART", _time(event.starts, event.timezone))
    entry.add("DTEND", _time(event.ends, event.timezone))
    _add_text(entry, "SUMMARY", one_line(event.summary, 1_000), event.language)
    _add_text(entry, "DESCRIPTION", event.description, event.language)
    _add_text(entry, "LOCATION", event.location, event.language)
    if event.organizer:
        entry.add("ORGANIZER", _address(event.organizer))
    if event.attendee and with_attendee:
        entry.add("ATTENDEE", _address(event.attendee))
    entry.add("STATUS", status.value)
    _add_link(entry, "URL", event.url)
    _add_link(entry, "CONFERENCE", event.conference, VALUE="URI", FEATURE="VIDEO")
    entry.add("X-MICROSOFT-CDO-BUSYSTATUS", _BUSY[status])
    return entry


def _time(wall: datetime, zone: str) -> vDatetime:
    """Write a wall time with our own VTIMEZONE, and in UTC where we have none for its zone."""
    if zone == HOME_ZONE:
        # Not by params: the library drops a TZID that its datetime does not carry itself.
        return vDatetime(wall.replace(tzinfo=zone_named(zone)))
    return vDatetime(local_to_utc(wall, zone))


def _add_text(entry: Component, name: str, text: str, language: str) -> None:
    cleaned = without_controls(text).strip()
    if cleaned:
        entry.add(name, _Text(cleaned, params={"LANGUAGE": language}))


def _add_link(entry: Component, name: str, address: str, **params: str) -> None:
    """Add a web address; anything else would only be a trap in somebody's calendar."""
    if address.lower().startswith(("https://", "http://")):
        # Spaces, line ends and the like become %XX, so that nothing leaves the line.
        safe = quote(without_controls(address), safe="%/:=&?~#+!$,;'@()*[]")
        entry.add(name, vUri(safe, params=params))


def _address(person: CalendarAddress) -> vCalAddress:
    params: dict[str, Any] = {}
    if isinstance(person, Attendee):
        params["CUTYPE"] = "INDIVIDUAL"
        params["ROLE"] = "REQ-PARTICIPANT"
        params["PARTSTAT"] = person.partstat.value
        params["RSVP"] = "TRUE" if person.rsvp else "FALSE"
    # Quotes can't be written in a parameter (RFC 5545 section 3.2), and the "^" escapes of
    # RFC 6868 are shown as they stand by Outlook: neither may be in a name.
    name = one_line(person.name.replace('"', "'").replace("^", " "), 100)
    if name:
        params["CN"] = name
    address = vCalAddress(f"mailto:{person.email}")
    address.params = _Quoted(params)
    return address


def _require_both_sides(event: CalendarEvent) -> None:
    if event.organizer is None or event.attendee is None:
        raise ValueError("mail to a calendar names its organizer and its one attendee")
