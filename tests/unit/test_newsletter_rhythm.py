"""When the next edition leaves, what is due before it, and nights in which clocks are changed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.newsletters import rhythm
from eventsapp.newsletters.rhythm import Lead, Oddity, Punctuality

ZONE = "Europe/Amsterdam"
LEAD = Lead(opens=42, contributions=21, review=10, sign_off=3)
DAYS = st.dates(date(2026, 1, 1), date(2060, 12, 31))


def wall(*parts):
    return datetime(*parts)  # noqa: DTZ001 - a wall time has no zone


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2027, 1, 12), 2, date(2027, 3, 9)),  # the second Tuesday
        (date(2027, 11, 2), 2, date(2028, 1, 4)),  # the first Tuesday, in the next year
        (date(2027, 6, 29), 1, date(2027, 7, 27)),  # the fifth Tuesday becomes the last
        (date(2028, 2, 29), 12, date(2029, 2, 27)),
        (date(2027, 1, 1), 1, date(2027, 2, 5)),
    ],
)
def test_the_next_edition_comes_on_the_same_weekday_of_a_later_month(day, months, later):
    assert rhythm.following(day, months) == later


@given(DAYS, st.sampled_from(rhythm.MONTHS))
def test_the_rhythm_never_skips_a_month_nor_changes_its_weekday(day, months):
    later = rhythm.following(day, months)
    assert later.weekday() == day.weekday()
    assert (later.year - day.year) * 12 + later.month - day.month == months


@pytest.mark.parametrize("months", [0, -2, 25, 10_000])
def test_a_rhythm_out_of_reason_is_refused(months):
    with pytest.raises(ValueError, match="one to twenty-four"):
        rhythm.following(date(2027, 1, 12), months)


def test_after_a_long_silence_the_rhythm_goes_on_from_today():
    first = date(2025, 1, 14)
    assert rhythm.following_after(first, 2, date(2027, 1, 12)) == date(2027, 3, 9)
    assert rhythm.following_after(first, 2, date(2025, 1, 13)) == first


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        (date(2027, 3, 9), date(2027, 3, 9), date(2027, 3, 9)),
        (date(2027, 3, 13), date(2027, 3, 12), date(2027, 3, 15)),  # a Saturday
        (date(2027, 3, 28), date(2027, 3, 25), date(2027, 3, 30)),  # Easter, after Good Friday
        (date(2027, 4, 27), date(2027, 4, 26), date(2027, 4, 28)),  # King's Day
    ],
)
def test_nothing_is_due_on_a_day_off(day, before, after):
    assert rhythm.working_day_until(day) == before
    assert rhythm.working_day_from(day) == after


def test_the_due_days_of_an_ordinary_edition():
    days = rhythm.due_days(date(2027, 3, 9), LEAD, opened_on=date(2027, 1, 26))
    assert days.contributions_on == date(2027, 2, 16)
    assert days.review_on == date(2027, 2, 26)  # 27 February is a Saturday
    assert days.sign_off_on == date(2027, 3, 5)  # 6 March too
    assert rhythm.opens_on(date(2027, 3, 9), LEAD) == date(2027, 1, 26)


def test_an_edition_that_was_opened_late_has_the_days_that_are_left():
    days = rhythm.due_days(date(2027, 3, 9), LEAD, opened_on=date(2027, 3, 1))
    assert days.contributions_on == days.review_on == date(2027, 3, 1)
    assert days.sign_off_on == date(2027, 3, 5)


@given(DAYS, st.integers(0, 90), st.lists(st.integers(0, 60), min_size=3, max_size=3))
def test_due_days_stand_in_their_order_whatever_was_filled_in(send_on, opens, days):
    opened_on = send_on - timedelta(days=opens)
    found = rhythm.due_days(send_on, Lead(opens, *days), opened_on)
    assert opened_on <= found.contributions_on <= found.review_on <= found.sign_off_on <= send_on
    assert found.send_on == send_on


def test_a_time_in_the_hour_that_the_clocks_skip_goes_as_much_later():
    found = rhythm.planned(wall(2027, 3, 28, 2, 30), ZONE)
    assert found.oddity is Oddity.SKIPPED
    assert found.wall == wall(2027, 3, 28, 3, 30)
    assert found.moment == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_counts_the_first_time():
    found = rhythm.planned(wall(2027, 10, 31, 2, 30), ZONE)
    assert found.oddity is Oddity.REPEATED
    assert found.wall == wall(2027, 10, 31, 2, 30)
    assert found.moment == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("month", "hour"), [(1, 8), (7, 7)])
def test_nine_in_the_morning_stays_nine_in_summer_and_in_winter(month, hour):
    found = rhythm.planned(wall(2027, month, 12, 9), ZONE)
    assert found.oddity is Oddity.NONE
    assert found.moment == datetime(2027, month, 12, hour, tzinfo=UTC)


@given(st.datetimes(wall(2026, 1, 1), wall(2050, 1, 1)))
def test_every_wall_time_has_a_moment_that_the_clocks_show(moment):
    found = rhythm.planned(moment.replace(microsecond=0), ZONE)
    assert rhythm.planned(found.wall, ZONE).moment == found.moment
    assert timedelta(0) <= found.wall - moment.replace(microsecond=0) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("minutes", "verdict"),
    [
        (-1, Punctuality.EARLY),
        (0, Punctuality.DUE),
        (24 * 60, Punctuality.DUE),
        (24 * 60 + 1, Punctuality.LATE),
        (10**6, Punctuality.LATE),
    ],
)
def test_a_sending_is_late_beyond_the_limit_only(minutes, verdict):
    moment = datetime(2027, 3, 9, 8, tzinfo=UTC)
    assert rhythm.punctuality(moment, moment + timedelta(minutes=minutes), 24) is verdict


def test_without_any_limit_the_clock_may_still_be_some_minutes_late():
    moment = datetime(2027, 3, 9, 8, tzinfo=UTC)
    assert rhythm.punctuality(moment, moment + timedelta(minutes=15), 0) is Punctuality.DUE
    assert rhythm.punctuality(moment, moment + timedelta(minutes=16), 0) is Punctuality.LATE
