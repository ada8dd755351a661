"""Two calendar readers that are not ours: libical (Debian's libical3) and ical.js (on nodejs).

The tests give them what `eventsapp.calendars.ics` wrote. A reader that is missing is a failure,
never a skip: `make test` installs both.
"""

import base64
import ctypes
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eventsapp.calendars.event import Attendee, CalendarAddress, CalendarEvent

HERE = Path(__file__).parent

EVENT = CalendarEvent(
    uid="6f1d0c2a9be84d06@eventsapp.example",
    sequence=2,
    dtstamp=datetime(2027, 1, 4, 9, 0, tzinfo=UTC),
    starts=datetime(2027, 1, 12, 13, 30),
    ends=datetime(2027, 1, 12, 16, 0),
    summary="Netwerkbijeenkomst Achterhoek",
    description="Online meedoen: https://meet.example/1\n\nProgramma volgt.",
    location="Raadhuis, Zutphen",
    organizer=CalendarAddress("Anna de Boer", "anna@eventsapp.example"),
    attendee=Attendee("Petra van der Berg", "petra@council.example"),
    url="https://eventsapp.example/bijeenkomst/12",
    conference="https://meet.example/1",
)


class _Time(ctypes.Structure):
    """`struct icaltimetype` of libical 3."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    ]


class Libical:
    """Reads a calendar with libical and tells what it objects to."""

    def __init__(self) -> None:
        self.c = ctypes.CDLL("libical.so.3")
        self.c.icalerror_set_errors_are_fatal(0)
        for name in (
            "icalparser_parse_string",
            "icalcomponent_get_first_component",
            "icalcomponent_get_first_property",
            "icalcomponent_get_next_property",
        ):
            getattr(self.c, name).restype = ctypes.c_void_p
        for name in (
            "icalcomponent_get_summary",
            "icalcomponent_get_description",
            "icalcomponent_get_location",
            "icalcomponent_get_uid",
            "icalproperty_get_property_name",
            "icalproperty_get_parameter_as_string",
            "icalproperty_get_value_as_string",
            "icalproperty_as_ical_string",
        ):
            getattr(self.c, name).restype = ctypes.c_char_p
        for name in ("icalcomponent_get_dtstart", "icalcomponent_get_dtend"):
            getattr(self.c, name).restype = _Time
        self.c.icaltime_as_timet_with_zone.restype = ctypes.c_long
        self.c.icaltime_as_timet_with_zone.argtypes = [_Time, ctypes.c_void_p]

    def read(self, octets: bytes) -> dict[str, Any]:
        """Give what libical understood of the first event, and its objections (RFC 5546 too)."""
        root = ctypes.c_void_p(self.c.icalparser_parse_string(octets))
        assert root.value, "libical can't read this at all"
        try:
            kept = self.c.icalrestriction_check(root)
            return {
                "errors": self.c.icalcomponent_count_errors(root),
                "keeps_itip": bool(kept),
                **self._event(root),
            }
        finally:
            self.c.icalcomponent_free(root)

    def _event(self, root: ctypes.c_void_p) -> dict[str, Any]:
        kind = self.c.icalcomponent_string_to_kind(b"VEVENT")
        event = ctypes.c_void_p(self.c.icalcomponent_get_first_component(root, kind))
        texts = {
            name: (getattr(self.c, f"icalcomponent_get_{name}")(event) or b"").decode()
            for name in ("summary", "description", "location", "uid")
        }
        starts, ends = (self._moment(event, edge) for edge in ("dtstart", "dtend"))
        return {**texts, "starts": starts, "ends": ends, "properties": self._properties(event)}

    def _moment(self, event: ctypes.c_void_p, edge: str) -> int:
        time = getattr(self.c, f"icalcomponent_get_{edge}")(event)
        moment: int = self.c.icaltime_as_timet_with_zone(time, time.zone)
        return moment

    def _properties(self, event: ctypes.c_void_p) -> list[tuple[str, str, str]]:
        """Name, value and CN of each property of the event."""
        every = 0  # ICAL_ANY_PROPERTY
        found = []
        here = self.c.icalcomponent_get_first_property(event, every)
        while here:
            one = ctypes.c_void_p(here)
            name = self.c.icalproperty_get_property_name(one).decode()
            value = (self.c.icalproperty_get_value_as_string(one) or b"").decode()
            common_name = self.c.icalproperty_get_parameter_as_string(one, b"CN") or b""
            found.append((name, value, common_name.decode()))
            here = self.c.icalcomponent_get_next_property(event, every)
        return found


class IcalJs:
    """Reads calendars with ical.js in one long-lived process."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def read(self, octets: bytes) -> dict[str, Any]:
        """Give what ical.js understood, or {"fault": …}."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        stdin.write(base64.b64encode(octets) + b"\n")
        stdin.flush()
        answer: dict[str, Any] = json.loads(stdout.readline())
        return answer


@contextmanager
def ical_js() -> Iterator[IcalJs]:
    """Run ical.js for as long as the tests of one file need it."""
    with subprocess.Popen(
        ["node", str(HERE / "calendar_reader.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield IcalJs(process)
        assert process.stdin
        process.stdin.close()
        process.wait(timeout=120)
