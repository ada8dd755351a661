"""What is right about a meeting's times, and what its changes mean."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from eventsapp.core.errors import InputError
from eventsapp.meetings import rules
from eventsapp.meetings.kinds import PlannedMail
from eventsapp.meetings.rules import Change, MeetingFacts

FACTS = MeetingFacts(
    starts=datetime(2027, 1, 12, 13, 30),
    ends=datetime(2027, 1, 12, 16, 0),
    timezone="Europe/Amsterdam",
    place=("Raadhuis", "Markt 1", "7201 AB Zutphen"),
    title="Netwerkbijeenkomst",
    description="<p>Welkom</p>",
    agenda=("13.30 Opening",),
)


@pytest.mark.parametrize(
    ("changed", "classes"),
    [
        ({}, set()),
        ({"starts": datetime(2027, 1, 12, 14, 0)}, {Change.TIME}),
        ({"ends": datetime(2027, 1, 12, 16, 30)}, {Change.TIME}),
        ({"timezone": "Europe/London"}, {Change.TIME}),
        ({"place": ("Raadhuis", "Markt 2", "7201 AB Zutphen")}, {Change.PLACE}),
        ({"place": ("Raadhuis ", "", "Markt  1", "7201 AB Zutphen")}, set()),
        ({"online_url": "https://meet.example/1"}, {Change.ONLINE}),
        ({"status": "cancelled"}, {Change.STATUS}),
        ({"title": "Themabijeenkomst"}, {Change.TEXT}),
        ({"description": "<p>Dag</p>"}, {Change.TEXT}),
        ({"agenda": ()}, {Change.TEXT}),
        ({"title": "X", "place": ()}, {Change.TEXT, Change.PLACE}),
    ],
)
def test_a_change_is_told_by_its_kind(changed, classes):
    assert rules.changes_between(FACTS, replace(FACTS, **changed)) == classes


def test_calendars_ask_again_for_all_but_a_new_text():
    after = replace(FACTS, title="X", place=(), status="cancelled")

    assert rules.changes_that_ask_again(FACTS, after) == {Change.PLACE, Change.STATUS}


def test_only_another_time_puts_given_answers_in_doubt():
    assert rules.asks_for_a_new_answer({Change.TIME, Change.TEXT})
    assert not rules.asks_for_a_new_answer({Change.PLACE, Change.ONLINE, Change.STATUS})


def test_ordinary_times_are_right():
    rules.check_times(FACTS.starts, FACTS.ends)
    rules.check_times(FACTS.starts, FACTS.starts + timedelta(days=31))


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        ("2027-01-12 13:30", "2027-01-12 13:30", "ends"),
        ("2027-01-12 13:30", "2027-01-12 12:00", "ends"),
        ("2027-01-12 13:30", "2027-02-12 13:31", "ends"),
        ("2027-03-28 02:30", "2027-03-28 12:00", "starts"),
        ("2027-10-31 02:30", "2027-10-31 12:00", "starts"),
        ("2027-03-27 22:00", "2027-03-28 02:30", "ends"),
        ("0027-01-12 13:30", "0027-01-12 16:00", "starts"),
        ("2027-01-12 13:30", "9999-12-31 23:59", "ends"),
    ],
)
def test_times_at_which_no_meeting_can_be_are_refused(starts, ends, field):
    with pytest.raises(InputError) as refused:
        rules.check_times(datetime.fromisoformat(starts), datetime.fromisoformat(ends))

    assert refused.value.field == field


def test_a_meeting_over_the_spring_change_is_measured_in_real_time():
    starts = datetime(2027, 3, 28, 1, 30)

    rules.check_times(starts, starts.replace(hour=3, minute=15))
    with pytest.raises(InputError):
        rules.check_times(starts, starts.replace(hour=3, minute=0) - timedelta(minutes=30))


def test_the_day_to_answer_by_is_not_after_the_meeting():
    rules.check_answer_by(None, FACTS.starts)
    rules.check_answer_by(date(2027, 1, 12), FACTS.starts)
    with pytest.raises(InputError):
        rules.check_answer_by(date(2027, 1, 13), FACTS.starts)


def test_the_day_to_answer_by_ends_at_midnight_where_the_meeting_is():
    day = date(2027, 1, 5)

    assert not rules.answer_deadline_passed(day, datetime(2027, 1, 5, 22, 59, tzinfo=UTC))
    assert rules.answer_deadline_passed(day, datetime(2027, 1, 5, 23, 0, tzinfo=UTC))
    assert not rules.answer_deadline_passed(None, datetime(2030, 1, 1, tzinfo=UTC))


def test_a_mail_is_planned_until_somebody_switches_it_off():
    assert rules.is_planned({}, PlannedMail.REMINDER_DAY)
    assert not rules.is_planned({"reminder_day": False}, PlannedMail.REMINDER_DAY)
