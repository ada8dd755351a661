"""The grammar of a contact list: what may be asked and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.contacts.rules import FIELDS, Ask, Condition, Criteria, parse, stored
from eventsapp.core.errors import InputError


def test_came_twice_since_january_in_twente_is_read() -> None:
    criteria = parse(
        {"all": [{"kind": "attended", "at_least": "2", "since": "2026-01-01", "region": "7"}]}
    )
    asked = Condition(Ask.ATTENDED, at_least=2, since=date(2026, 1, 1), region=7)
    assert criteria == Criteria(((asked,),))


def test_any_makes_a_group_of_which_one_is_enough() -> None:
    leaves = [{"kind": "role_kind", "word": "chair"}, {"kind": "role_kind", "word": "secretary"}]
    assert [len(group) for group in parse({"all": [{"any": leaves}]}).groups] == [2]


@pytest.mark.parametrize("nothing", [None, {}, {"all": []}])
def test_no_conditions_ask_for_nobody(nothing: dict[str, object] | None) -> None:
    assert parse(nothing).is_empty


@pytest.mark.parametrize(
    "leaf",
    [
        {"kind": "votes_for"},
        {"kind": "attended", "at_least": "0"},
        {"kind": "attended", "at_least": "a few"},
        {"kind": "attended", "since": "2026-13-01"},
        {"kind": "attended", "since": "2026-02-01", "until": "2026-01-01"},
        {"kind": "not_attended_for", "months": "500"},
        {"kind": "in_region"},
        "attended",
        None,
    ],
)
def test_what_makes_no_sense_is_refused(leaf: object) -> None:
    with pytest.raises(InputError):
        parse({"all": [leaf]})


def test_more_than_twenty_conditions_are_refused() -> None:
    with pytest.raises(InputError):
        parse({"all": [{"kind": "attended"}] * 21})


def test_fields_of_other_conditions_are_left_out() -> None:
    criteria = parse({"all": [{"kind": "language", "word": "nl", "region": 3, "at_least": 9}]})
    assert stored(criteria) == {"all": [{"kind": "language", "word": "nl"}]}


numbers = st.integers(1, 99)
conditions = st.builds(
    lambda ask, at_least, number, day, is_not: Condition(
        ask,
        is_not=is_not,
        **{
            name: value
            for name, value in {
                "at_least": at_least,
                "months": at_least,
                "since": day,
                "region": number,
                "municipality": number,
                "network": number,
                "theme": number,
                "word": "chair",
            }.items()
            if name in FIELDS[ask]
        },
    ),
    st.sampled_from(list(Ask)),
    numbers,
    numbers,
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.booleans(),
)


@given(st.lists(st.lists(conditions, min_size=1, max_size=3), max_size=5))
def test_what_is_kept_is_read_back_the_same(groups: list[list[Condition]]) -> None:
    criteria = Criteria(tuple(tuple(group) for group in groups))
    assert parse(stored(criteria)) == criteria
