"""Telephone numbers as people type them: kept in one form where we understand them.

Forms and imports bring them into form, pages show them and make them ring. What we can't read is
kept as typed and never refused: "06 - 12345678 (after six)" is of use to a person. Pure.

The library is loaded with the first number: a worker that sends newsletters sees none.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from eventsapp.core.text import one_line

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

HOME_REGION, HOME_CODE = "NL", 31
_ONLY_A_NUMBER = re.compile(r"[\d\s()+./‑–-]+")


def parse_phone(text: str) -> str:
    """Bring a number into the form in which we keep it: "06-12345678" becomes "+31612345678".

    A number without country is Dutch. What is not plainly one number stays as typed, on one line.
    """
    typed = one_line(text, 60)
    number = _read(typed) if _ONLY_A_NUMBER.fullmatch(typed) else None
    return _written(number, "E164") if number else typed


@lru_cache(maxsize=4096)
def show_phone(kept: str) -> str:
    """Write a number as people read it: Dutch ones in the Dutch way, others with their country."""
    number = _read(kept) if _ONLY_A_NUMBER.fullmatch(kept) else None
    if number is None:
        return kept
    return _written(number, "NATIONAL" if number.country_code == HOME_CODE else "INTERNATIONAL")


@lru_cache(maxsize=4096)
def tel_link(text: str) -> str:
    """Give the address that makes a telephone ring ("tel:+31…") for the first number in a text.

    "" when there is none.
    """
    from phonenumbers import Leniency, PhoneNumberMatcher

    found = PhoneNumberMatcher(one_line(text), HOME_REGION, leniency=Leniency.POSSIBLE)
    number = _read(text) or next((match.number for match in found), None)
    return f"tel:{_written(number, 'E164')}" if number else ""


def _read(text: str) -> PhoneNumber | None:
    """Read one number that could be dialled, whether or not it has been given out."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    return number if reason == phonenumbers.ValidationResult.IS_POSSIBLE else None


def _written(number: PhoneNumber, form: str) -> str:
    from phonenumbers import PhoneNumber, PhoneNumberFormat, format_number

    plain = PhoneNumber(country_code=number.country_code, national_number=number.national_number)
    written: str = format_number(plain, getattr(PhoneNumberFormat, form))
    return written
