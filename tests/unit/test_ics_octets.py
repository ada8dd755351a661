"""What our calendars look like on the wire, and what they never hold."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from eventsapp.calendars import ics
from eventsapp.calendars.event import Attendee, PartStat, Status
from tests.calendar_readers import EVENT


def lines_of(octets: bytes) -> list[str]:
    return octets.replace(b"\r\n ", b"").decode().split("\r\n")


def test_a_request_holds_the_whole_invitation():
    lines = lines_of(ics.request(EVENT))

    assert lines[4] == "METHOD:REQUEST"
    for line in [
        "UID:6f1d0c2a9be84d06@eventsapp.example",
        "SEQUENCE:2",
        "DTSTAMP:20270104T090000Z",
        "DTSTART;TZID=Europe/Amsterdam:20270112T133000",
        "DTEND;TZID=Europe/Amsterdam:20270112T160000",
        "SUMMARY;LANGUAGE=nl:Netwerkbijeenkomst Achterhoek",
        "LOCATION;LANGUAGE=nl:Raadhuis\\, Zutphen",
        'ORGANIZER;CN="Anna de Boer":mailto:anna@eventsapp.example',
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE;"
        'CN="Petra van der Berg":mailto:petra@council.example',
        "STATUS:CONFIRMED",
        "URL:https://eventsapp.example/bijeenkomst/12",
        "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example/1",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
        "X-MICROSOFT-DISALLOW-COUNTER:TRUE",
    ]:
        assert lines.count(line) == 1, line


def test_the_time_zone_is_told_by_yearly_rules():
    written = ics.request(EVENT)

    assert b"RDATE" not in written
    assert b"DTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n" in written
    assert b"DTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n" in written


def test_a_cancel_is_about_the_same_entry_and_says_cancelled():
    lines = lines_of(ics.cancel(replace(EVENT, sequence=3)))

    assert "METHOD:CANCEL" in lines
    assert "STATUS:CANCELLED" in lines
    assert "SEQUENCE:3" in lines
    assert f"UID:{EVENT.uid}" in lines
    assert "X-MICROSOFT-CDO-BUSYSTATUS:FREE" in lines


def test_a_request_of_somebody_on_the_waiting_list_is_tentative():
    lines = lines_of(ics.request(replace(EVENT, status=Status.TENTATIVE)))

    assert "STATUS:TENTATIVE" in lines
    assert "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE" in lines


def test_an_update_carries_the_answer_as_it_stands():
    attendee = Attendee("P", "petra@council.example", PartStat.ACCEPTED, rsvp=True)

    written = ics.request(replace(EVENT, attendee=attendee))

    assert [line for line in lines_of(written) if "PARTSTAT=ACCEPTED;RSVP=TRUE" in line]


def test_a_download_never_tells_who_is_invited():
    lines = lines_of(ics.publish([EVENT]))

    assert "METHOD:PUBLISH" in lines
    assert not [line for line in lines if line.startswith("ATTENDEE")]
    assert not [line for line in lines if line.startswith(("NAME", "X-WR-CALNAME"))]


def test_a_calendar_without_organizers_has_no_method():
    events = [replace(EVENT, organizer=None, uid=f"{number}@x.example") for number in range(2)]

    lines = lines_of(ics.publish(events, "Bijeenkomsten, Gelderland"))

    assert not [line for line in lines if line.startswith(("METHOD", "ORGANIZER"))]
    assert lines.count("BEGIN:VEVENT") == 2
    assert lines.count("BEGIN:VTIMEZONE") == 1
    assert "NAME:Bijeenkomsten\\, Gelderland" in lines


def test_nothing_empty_is_written():
    bare = replace(EVENT, description=" \n", location="", url="", conference="")
    lines = lines_of(ics.request(bare))

    names = {line.partition(":")[0].partition(";")[0] for line in lines}
    assert not names & {"DESCRIPTION", "LOCATION", "URL", "CONFERENCE", "BEGIN:VALARM"}
    assert all(line.partition(":")[2] for line in lines if line)


def test_the_same_event_gives_the_same_octets():
    assert ics.request(EVENT) == ics.request(replace(EVENT))


def test_another_zone_is_written_in_utc():
    lines = lines_of(ics.request(replace(EVENT, timezone="America/Paramaribo")))

    assert "DTSTART:20270112T163000Z" in lines
    assert "BEGIN:VTIMEZONE" not in lines


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "meet.example"])
def test_only_web_addresses_become_links(link):
    written = ics.request(replace(EVENT, url=link, conference=link))

    assert b"\r\nURL" not in written
    assert b"CONFERENCE" not in written


@pytest.mark.parametrize(
    "email",
    [
        "petra",
        "petra@council.example\r\nX-EVIL:1",
        "a b@council.example",
        'p"@council.example',
        "",
        "p@council.example,q@council.example",
        "p@q@council.example",
    ],
)
def test_an_address_that_could_leave_its_line_is_refused(email):
    with pytest.raises(ValueError, match="plain e-mail address"):
        Attendee("Petra", email)


@pytest.mark.parametrize(
    "fault",
    [{"organizer": None}, {"attendee": None}, {"status": Status.CANCELLED}],
)
def test_a_request_that_no_calendar_would_understand_is_not_written(fault):
    with pytest.raises(ValueError, match="."):
        ics.request(replace(EVENT, **fault))


@pytest.mark.parametrize(
    "fault",
    [
        {"starts": datetime(2027, 1, 12, tzinfo=UTC)},
        {"ends": datetime(2027, 1, 12, tzinfo=UTC)},
        {"dtstamp": datetime(2027, 1, 12)},
    ],
)
def test_wall_times_and_moments_are_kept_apart(fault):
    with pytest.raises(ValueError, match="zone"):
        replace(EVENT, **fault)
