"""The clock, wall time against UTC, and dates in words."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.core import dates
from eventsapp.core.errors import InputError

HOME = dates.HOME_ZONE


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_now_is_aware_and_in_utc():
    with time_machine.travel(datetime(2027, 1, 12, 12, 0, tzinfo=UTC), tick=False):
        assert dates.now() == datetime(2027, 1, 12, 12, 0, tzinfo=UTC)
        assert dates.now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2027-01-12 13:30", "2027-01-12 12:30"),
        ("2027-07-12 13:30", "2027-07-12 11:30"),
        ("2027-03-28 01:59", "2027-03-28 00:59"),
        ("2027-03-28 03:00", "2027-03-28 01:00"),
        ("2027-10-31 01:59", "2027-10-30 23:59"),
        ("2027-10-31 03:00", "2027-10-31 02:00"),
    ],
)
def test_a_wall_time_becomes_utc_in_summer_and_winter(local, utc):
    assert dates.local_to_utc(wall(local), HOME) == wall(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("local", ["2027-03-28 02:00", "2027-03-28 02:30", "2027-03-28 02:59"])
def test_a_time_that_the_clocks_skip_is_refused(local):
    with pytest.raises(InputError) as refused:
        dates.local_to_utc(wall(local), HOME)

    assert refused.value.field == "starts"


def test_a_time_that_comes_twice_is_taken_as_the_first():
    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)

    assert dates.local_to_utc(wall("2027-10-31 02:30"), HOME) == first


@pytest.mark.parametrize("local", ["2027-03-28 02:30", "2027-10-31 02:00", "2027-10-31 02:59"])
def test_a_meeting_may_not_start_in_the_hour_of_the_change(local):
    with pytest.raises(InputError):
        dates.check_start(wall(local), HOME)


@pytest.mark.parametrize("local", ["2027-03-28 03:00", "2027-10-31 03:00", "2027-10-31 01:59"])
def test_a_meeting_may_start_right_beside_the_change(local):
    dates.check_start(wall(local), HOME)


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd", "Europe", "x" * 10_000, "a\0b"])
def test_an_unknown_zone_is_a_fault_of_input(name):
    with pytest.raises(InputError) as refused:
        dates.zone_named(name)

    assert refused.value.field == "timezone"


def test_moments_and_wall_times_are_never_mixed_up():
    with pytest.raises(ValueError, match="no zone"):
        dates.local_to_utc(datetime(2027, 1, 1, tzinfo=UTC), HOME)
    with pytest.raises(ValueError, match="aware"):
        dates.utc_to_local(wall("2027-01-01"), HOME)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))
def test_every_time_that_exists_comes_back_from_utc(local):
    try:
        moment = dates.local_to_utc(local, HOME)
    except InputError:
        assert local.hour == 2
    else:
        assert dates.utc_to_local(moment, HOME) == local


def test_a_night_over_the_change_lasts_as_long_as_it_lasts():
    nights = [("2027-03-27 22:00", "2027-03-28 08:00"), ("2027-10-30 22:00", "2027-10-31 08:00")]

    hours = [dates.duration(wall(start), wall(end), HOME) for start, end in nights]

    assert hours == [timedelta(hours=9), timedelta(hours=11)]


def test_dates_read_as_people_write_them():
    start, end = wall("2027-01-12 13:30"), wall("2027-01-12 16:00")

    assert dates.long_date(start, "nl") == "dinsdag 12 januari 2027"
    assert dates.long_date(date(2027, 1, 12), "en_GB") == "Tuesday 12 January 2027"
    assert dates.short_date(start, "nl_NL") == "di 12 jan 2027"
    assert dates.time_of_day(start, "nl") == "13.30 uur"
    assert dates.time_range(start, end, "nl") == "13.30 tot 16.00 uur"
    assert dates.time_range(start, end, "en") == "13:30 to 16:00"


def test_one_line_tells_from_when_to_when():
    start, end = wall("2027-01-12 09:05"), wall("2027-01-13 16:00")

    assert dates.when(start, end, "nl") == (
        "dinsdag 12 januari 2027, 09.05 uur tot woensdag 13 januari 2027, 16.00 uur"
    )
    assert dates.when(start, start.replace(hour=12), "en") == (
        "Tuesday 12 January 2027, 09:05 to 12:05"
    )
