"""Other people's calendar programs read what we write: libical, ical.js and icalendar."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from eventsapp.calendars import ics
from eventsapp.calendars.event import Attendee, CalendarAddress, CalendarEvent
from eventsapp.core.dates import HOME_ZONE, local_to_utc
from tests.calendar_readers import EVENT, IcalJs, Libical, ical_js

LIBICAL = Libical()
NASTY = [
    r"C:\Nieuw\nog een \, \; \\",
    "een\r\nBEGIN:VALARM\r\nEND:VEVENT",
    'Riet "de" Boer; a:b, c=d ^n ^^',
    "é" * 300 + "😀👩‍👩‍👧" * 40,
    "\x00\x07\x1b[31m\x7f\x85\u2028rood",
    "x" * 10_000,
    "<b>HTML</b> &amp;",
    " ",
    "ÅÄÖ \ufeff \u202eabc",
]
ANY_TEXT = st.text(st.characters(codec=None), max_size=120) | st.sampled_from(NASTY)
WRITERS = [ics.request, ics.cancel, lambda event: ics.publish([event], event.summary)]


@pytest.fixture(scope="module")
def script() -> Iterator[IcalJs]:
    with ical_js() as reader:
        yield reader


def filled_with(text: str) -> CalendarEvent:
    """Put a text in every field that a person can type into."""
    return replace(
        EVENT,
        summary=f"Overleg {text}",
        description=f"Tekst {text}",
        location=f"Plaats {text}",
        organizer=CalendarAddress(text, "anna@eventsapp.example"),
        attendee=Attendee(text, "petra@council.example"),
        url=f"https://eventsapp.example/{text}",
        conference=f"https://meet.example/?{text}",
    )


def kept(text: str) -> str:
    """Tell what may remain of a typed text: no controls, and each line end a plain one."""
    lines = re.sub("\r\n|[\r\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return re.sub("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "", lines).strip()


@pytest.mark.parametrize("write", WRITERS)
def test_libical_finds_no_fault(write):
    read = LIBICAL.read(write(EVENT))

    assert read["errors"] == 0
    assert read["keeps_itip"]
    assert ("CONFERENCE", "https://meet.example/1", "") in read["properties"]


def test_libical_would_have_found_a_fault():
    broken = ics.request(EVENT).replace(b"ORGANIZER", b"X-ORGANIZER")

    assert not LIBICAL.read(broken)["keeps_itip"]


@pytest.mark.parametrize("write", WRITERS)
def test_ical_js_finds_no_fault(write, script):
    [event] = script.read(write(EVENT))["events"]

    assert (event["uid"], event["summary"]) == (EVENT.uid, EVENT.summary)


@given(text=ANY_TEXT, write=st.sampled_from(WRITERS))
def test_any_text_in_any_field_comes_out_of_libical_as_it_went_in(text, write):
    read = LIBICAL.read(write(filled_with(text)))

    assert (read["errors"], read["keeps_itip"]) == (0, True)
    assert read["description"] == kept(f"Tekst {text}")
    assert read["location"] == kept(f"Plaats {text}")


@given(text=ANY_TEXT)
def test_any_text_in_any_field_comes_out_of_ical_js_as_it_went_in(text, script):
    [event] = script.read(ics.request(filled_with(text)))["events"]

    assert event["description"] == kept(f"Tekst {text}")
    assert [one["address"] for one in event["attendees"]] == ["mailto:petra@council.example"]
    assert '"' not in event["attendees"][0].get("cn", "")


@given(text=ANY_TEXT, write=st.sampled_from(WRITERS))
def test_no_text_can_add_a_line(text, write):
    plain, filled = (
        [
            line.partition(":")[0].partition(";")[0]
            for line in octets.decode().split("\r\n")
            if not line.startswith(" ")
        ]
        for octets in (write(EVENT), write(filled_with(text)))
    )

    assert filled == plain


@given(text=ANY_TEXT, write=st.sampled_from(WRITERS))
def test_lines_are_at_most_75_octets_and_break_between_characters(text, write):
    octets = write(filled_with(text))

    assert octets.endswith(b"END:VCALENDAR\r\n")
    for line in octets.split(b"\r\n"):
        assert len(line) <= 75
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line)
        line.decode()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\\"), max_size=80))
def test_icalendar_reads_its_own_product(text):
    [event] = Calendar.from_ical(ics.request(filled_with(text))).walk("VEVENT")

    assert str(event["DESCRIPTION"]) == kept(f"Tekst {text}")


CHANGES = [datetime(2027, 3, 28), datetime(2027, 10, 31), datetime(2037, 3, 29)]
BESIDE_THE_CHANGE = [
    change + timedelta(minutes=minutes)
    for change in CHANGES
    for minutes in (-1, 0, 90, 119, 180, 181, 240, 24 * 60)
]


@pytest.mark.parametrize("starts", BESIDE_THE_CHANGE)
def test_readers_agree_with_us_about_the_moment_beside_a_change_of_clocks(starts, script):
    octets = ics.request(replace(EVENT, starts=starts, ends=starts + timedelta(days=1)))
    moment = int(local_to_utc(starts, HOME_ZONE).timestamp())

    assert LIBICAL.read(octets)["starts"] == moment
    assert script.read(octets)["events"][0]["starts"] == moment


@settings(max_examples=60)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1)).map(
        lambda moment: moment.replace(hour=12, microsecond=0)
    )
)
def test_readers_agree_with_us_about_every_noon(starts):
    octets = ics.request(replace(EVENT, starts=starts, ends=starts + timedelta(hours=2)))

    assert LIBICAL.read(octets)["starts"] == int(local_to_utc(starts, HOME_ZONE).timestamp())
