"""Telephone numbers as typed, kept, shown and rung."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.core import phones


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06-12345678", "+31612345678"),
        (" 06 12 34 56 78 ", "+31612345678"),
        ("0031 6 12345678", "+31612345678"),
        ("+31 (0)70 000 00 01", "+31700000001"),
        ("030‑1234567", "+31301234567"),
        ("+32 2 555 12 12", "+3225551212"),
        ("0800 1351", "+318001351"),
        ("06-12345678 of 030-1234567", "06-12345678 of 030-1234567"),
        ("030 1234567 tst 12", "030 1234567 tst 12"),
        ("bel Riet", "bel Riet"),
        ("12", "12"),
        ("", ""),
        ("030\r\nX: 1", "030 X: 1"),
    ],
)
def test_a_number_is_kept_in_one_form_or_as_typed(typed, kept):
    assert phones.parse_phone(typed) == kept


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("+31612345678", "06 12345678"),
        ("+31301234567", "030 123 4567"),
        ("+3225551212", "+32 2 555 12 12"),
        ("bel Riet", "bel Riet"),
        ("", ""),
    ],
)
def test_a_number_is_shown_as_people_read_it(kept, shown):
    assert phones.show_phone(kept) == shown


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("+31612345678", "tel:+31612345678"),
        ("070 000 00 01", "tel:+31700000001"),
        ("030-1234567 (na zes uur)", "tel:+31301234567"),
        ("06-12345678 of 030-1234567", "tel:+31612345678"),
        ("bel Riet", ""),
        ("", ""),
    ],
)
def test_the_first_number_can_be_rung(text, link):
    assert phones.tel_link(text) == link


@given(st.text(st.characters(codec=None), max_size=80) | st.from_regex(r"[-+0-9 ()/.]{0,20}"))
def test_no_typed_text_is_refused_or_lost(typed):
    kept = phones.parse_phone(typed)

    assert phones.parse_phone(kept) == kept
    assert re.fullmatch(r"(tel:\+\d+)?", phones.tel_link(typed))
    assert phones.show_phone(kept) or not kept
