"""People and functions over time, decided without a database."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.core.errors import InputError
from eventsapp.directory import rules
from eventsapp.directory.facts import (
    AddressFacts,
    OrganisationFacts,
    PersonFacts,
    RoleFacts,
    website,
)


@dataclass
class Period:
    valid_from: date
    valid_until: date | None = None


def day(number):
    return date(2027, 1, number)


def test_a_function_is_held_from_its_first_day_until_before_its_last():
    role = Period(day(5), day(8))
    assert [rules.current(role, day(n)) for n in (4, 5, 7, 8)] == [False, True, True, False]


def test_a_function_without_end_goes_on():
    assert rules.current(Period(day(5)), date(2099, 1, 1))


def test_periods_that_touch_do_not_overlap():
    assert not rules.overlaps(Period(day(1), day(5)), day(5), None)
    assert rules.overlaps(Period(day(1), day(6)), day(5), None)
    assert not rules.overlaps(Period(day(5)), day(1), day(5))


def test_functions_decide_the_regions_before_the_own_municipality():
    assert rules.regions_of([{1}, {2}], {9}) == {1, 2}
    assert rules.regions_of([set()], {9}) == {9}
    assert rules.regions_of([], ()) == frozenset()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (("Riet", "van der", "Berg"), "Beste Riet"),
        (("", "van der", "Berg"), "Geachte heer of mevrouw Van der Berg"),
        (("R.", "", "Bos"), "Geachte heer of mevrouw Bos"),
        (("M.J.", "", "Bos"), "Geachte heer of mevrouw Bos"),
        (("", "", ""), "Goedendag"),
    ],
)
def test_a_salutation_is_proposed_from_what_is_known(name, wanted):
    assert rules.proposed_salutation(*name) == wanted


def test_an_english_reader_is_greeted_in_english():
    assert rules.proposed_salutation("Ann", "", "Lee", "en") == "Dear Ann"


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("Riet van der Berg", ("Riet", "van der", "Berg")),
        ("Berg, Riet van der", ("Riet", "van der", "Berg")),
        ("Jan Willem de Wit", ("Jan Willem", "de", "Wit")),
        ("Anne-Marie Jansen-Bos", ("Anne-Marie", "", "Jansen-Bos")),
        ("Bakker", ("", "", "Bakker")),
        ("Inge in 't Veld", ("Inge", "in 't", "Veld")),
        ("", ("", "", "")),
    ],
)
def test_a_name_in_one_cell_is_split_as_the_dutch_write_it(cell, parts):
    assert rules.split_name(cell) == parts


@given(st.text(max_size=80))
def test_splitting_any_name_never_fails_nor_loses_a_word(name):
    given_name, prefix, family = rules.split_name(name)
    kept = sorted(f"{given_name} {prefix} {family}".split())
    assert kept == sorted(name.replace(",", " ", 1).split())


def test_the_search_key_holds_each_word_once_and_never_half_a_word():
    assert rules.search_key("Den Haag", "'s-Gravenhage, Den Haag") == "den haag s gravenhage"
    assert rules.search_key("aaaa bbbb", limit=7) == "aaaa"


def test_people_are_sorted_by_family_name_without_prefix():
    berg, bos = ("Riet", "van der", "Berg"), ("Ad", "", "Bos")
    assert rules.sort_key(*berg) < rules.sort_key(*bos)


def test_facts_of_a_person_are_brought_into_one_form():
    facts = PersonFacts(
        given_name=" Riet\r\nBcc: x@y.example ",
        family_name="Berg",
        phone="06-12345678",
        addresses=(
            AddressFacts("RIET@Raad.example"),
            AddressFacts(""),
            AddressFacts("riet@raad.example"),
        ),
    ).tidied()
    assert facts.given_name == "Riet Bcc: x@y.example"
    assert facts.phone == "+31612345678"
    assert [address.email for address in facts.addresses] == ["riet@raad.example"]


def test_a_phone_that_we_can_not_read_is_kept_as_typed():
    assert PersonFacts(family_name="Bos", phone="vraag naar Jan").tidied().phone == "vraag naar Jan"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (PersonFacts(), "family_name"),
        (PersonFacts(family_name="x" * 10_000), "family_name"),
        (PersonFacts(given_name="x" * 101), "given_name"),
        (
            PersonFacts(family_name="Bos", addresses=(AddressFacts("no address"),)),
            "addresses-0-email",
        ),
        (OrganisationFacts(name=" "), "name"),
        (OrganisationFacts(name="Raad", kind="club"), "kind"),
        (OrganisationFacts(name="Raad", website="javascript://x.example"), "website"),
        (RoleFacts(kind="king", valid_from=day(1)), "kind"),
        (RoleFacts(kind="chair", valid_from=day(2), valid_until=day(1)), "valid_until"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(facts, field):
    with pytest.raises(InputError) as refused:
        facts.tidied()
    assert refused.value.field == field


def test_a_website_is_kept_with_https():
    assert website("www.raad.example") == "https://www.raad.example"
    assert website("http://raad.example") == "http://raad.example"
