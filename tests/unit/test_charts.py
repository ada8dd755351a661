"""Where the lines and bars of a chart lie."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.manage.charts import bars, line_chart, scale

JANUARY = date(2026, 1, 1)


def test_the_line_goes_from_the_left_edge_to_the_right():
    chart = line_chart([(JANUARY, 10), (date(2026, 7, 2), 20), (date(2026, 12, 31), 40)])
    assert chart.line == "M0.00 75.00 L50.00 50.00 L100.00 0.00"
    assert chart.area == "M0.00 75.00 L50.00 50.00 L100.00 0.00 L100.00 100 L0.00 100 Z"
    assert chart.last == "M100.00 0.00 h0"


def test_the_scale_begins_at_nothing_so_that_growth_is_not_made_larger():
    assert line_chart([(JANUARY, 95), (date(2026, 2, 1), 99)]).levels[-1] == 0


@pytest.mark.parametrize(
    ("greatest", "levels"),
    [
        (40, (40, 30, 20, 10, 0)),
        (34.5, (40, 30, 20, 10, 0)),
        (4500, (6000, 4000, 2000, 0)),
        (1, (1, 0.75, 0.5, 0.25, 0)),
        (7, (8, 6, 4, 2, 0)),
        (0, (1, 0)),
    ],
)
def test_the_levels_are_round(greatest, levels):
    assert scale(greatest) == levels


def test_a_share_never_has_a_scale_beyond_all():
    assert scale(0.97, most=1.0) == (1.0, 0.75, 0.5, 0.25, 0.0)


def test_a_single_day_is_a_dot_at_the_right():
    chart = line_chart([(JANUARY, 3)])
    assert chart.last.startswith("M100.00 ")
    assert chart.days == (JANUARY,)


def test_below_a_long_line_stands_the_middle_too():
    later = JANUARY + timedelta(days=700)
    assert line_chart([(JANUARY, 1), (later, 2)]).days == (
        JANUARY,
        JANUARY + timedelta(days=350),
        later,
    )


@pytest.mark.parametrize(
    ("values", "lengths"), [([1, 2, 4], [25, 50, 100]), ([0, 0], [0, 0]), ([], [])]
)
def test_the_longest_bar_is_as_long_as_the_box(values, lengths):
    assert bars(values) == lengths


@given(st.floats(min_value=0.001, max_value=1e9))
def test_every_value_stays_within_its_scale(greatest):
    levels = scale(greatest)
    assert levels[0] >= greatest * (1 - 1e-9)
    assert 2 <= len(levels) <= 9
