"""Telephone numbers as people type them: kept in one form where we understand them.

Forms and imports bring them into form, pages show them and make them ring. What we can't read is
kept as typed and never refused: "06 - 12345678 (after six)" is of use to a person. Pure.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

from eventsapp.core.text import one_line

HOME_REGION = "NL"
_ONLY_A_NUMBER = re.compile(r"[\d\s()+./‑–-]+")


def parse_phone(text: str) -> str:
    """Bring a number into the form in which we keep it: "06-12345678" becomes "+31612345678".

    A number without country is Dutch. What is not plainly one number stays as typed, on one line.
    """
    typed = one_line(text, 60)
    number = _read(typed) if _ONLY_A_NUMBER.fullmatch(typed) else None
    return _written(number, PhoneNumberFormat.E164) if number else typed


@lru_cache(maxsize=4096)
def show_phone(kept: str) -> str:
    """Write a number as people read it: Dutch ones in the Dutch way, others with their country."""
    number = _read(kept) if _ONLY_A_NUMBER.fullmatch(kept) else None
    if number is None:
        return kept
    is_dutch = number.country_code == phonenumbers.country_code_for_region(HOME_REGION)
    form = PhoneNumberFormat.NATIONAL if is_dutch else PhoneNumberFormat.INTERNATIONAL
    return _written(number, form)


@lru_cache(maxsize=4096)
def tel_link(text: str) -> str:
    """Give the address that makes a telephone ring ("tel:+31…") for the first number in a text.

    "" when there is none.
    """
    found = phonenumbers.PhoneNumberMatcher(
        one_line(text), HOME_REGION, leniency=phonenumbers.Leniency.POSSIBLE
    )
    number = _read(text) or next((match.number for match in found), None)
    return f"tel:{_written(number, PhoneNumberFormat.E164)}" if number else ""


def _read(text: str) -> PhoneNumber | None:
    """Read one number that could be dialled, whether or not it has been given out."""
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    return number if reason == ValidationResult.IS_POSSIBLE else None


def _written(number: PhoneNumber, form: int) -> str:
    plain = PhoneNumber(country_code=number.country_code, national_number=number.national_number)
    return phonenumbers.format_number(plain, form)
