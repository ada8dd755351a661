"""Days on which few people come: public holidays and school holidays."""

from datetime import date

import pytest

from eventsapp.meetings.holidays import holidays_on, school_region


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2027, 1, 1), "Nieuwjaarsdag"),
        (date(2027, 3, 29), "Tweede paasdag"),
        (date(2027, 4, 27), "Koningsdag"),
        (date(2027, 5, 5), "Bevrijdingsdag"),
        (date(2027, 5, 6), "Hemelvaartsdag"),
        (date(2045, 12, 25), "Eerste kerstdag"),
    ],
)
def test_public_holidays_are_named_in_dutch(day, name):
    assert holidays_on(day, None, "nl") == [name]


def test_holidays_are_named_in_english():
    assert holidays_on(date(2027, 5, 6), None, "en") == ["Ascension Day"]
    assert holidays_on(date(2027, 2, 23), "middle", "en_GB") == ["Spring Break"]


def test_school_holidays_differ_by_region():
    day = date(2027, 2, 16)

    assert holidays_on(day, "south", "nl") == ["Voorjaarsvakantie"]
    assert holidays_on(day, "north", "nl") == holidays_on(day, None, "nl") == []


def test_a_public_holiday_in_a_school_holiday_gives_both():
    assert holidays_on(date(2027, 4, 27), "north", "nl") == ["Koningsdag", "Meivakantie"]


@pytest.mark.parametrize("day", [date(1990, 8, 1), date(2035, 8, 1), date(2099, 8, 1)])
def test_a_year_without_known_school_holidays_gives_no_warning_and_no_fault(day):
    assert holidays_on(day, "north", "nl") == []


def test_every_province_lies_in_a_school_region():
    regions = {school_region(f"PV{number}") for number in range(20, 32)}

    assert regions == {"north", "middle", "south"}
    assert school_region("PV99") is None
