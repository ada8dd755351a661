"""What a list would add, change and leave, decided in memory."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.core.actor import Actor, Level
from eventsapp.core.errors import InputError
from eventsapp.directory import wording
from eventsapp.directory.book import Book, Card, Held, Towns
from eventsapp.directory.columns import Column
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.lines import read_line
from eventsapp.directory.matching import Doing, refused, take_line

TODAY = date(2027, 1, 12)
NOORD, ZUID = 1, 2
TOWNS = Towns([(10, "Noordwolde", ""), (20, "Zuidhorn", "Zuid Horn"), (30, "Bergen (L.)", "")])
ANNA = Actor(Level.ADVISOR, person_id=1, regions=frozenset({NOORD}))
KEES = Actor(Level.COORDINATOR, person_id=2)


@pytest.fixture
def book():
    book = Book(TODAY)
    book.regions_of_town = {10: {NOORD}, 20: {ZUID}}
    book.regions_of_organisation = {5: {NOORD}, 6: {ZUID}}
    for key, name, town in ((5, "Adviesraad Noordwolde", 10), (6, "Adviesraad Zuidhorn", 20)):
        fields = {"name": name, "kind": "social_council", "municipality_id": town}
        book.put_organisation(Card(key, fields))
    riet = {
        "given_name": "Riet",
        "prefix": "van der",
        "family_name": "Berg",
        "phone": "+31612345678",
    }
    book.put_person(Card(7, riet, ["riet@raad.example"]))
    book.put_role(Held(7, 5, "chair", date(2024, 1, 1), id=1))
    return book


def take(book, *lines, actor=ANNA):
    outcomes = []
    for number, cells in enumerate(lines, start=2):
        cells = {Column(name): text for name, text in cells.items()}
        try:
            outcomes.append(take_line(book, actor, number, read_line(cells, TOWNS.named)))
        except InputError as fault:
            outcomes.append(refused(number, "", fault))
    return outcomes


def doings(outcomes):
    return [outcome.doing for outcome in outcomes]


def said(outcome):
    return [
        remark.sentence % {**remark.values, **remark.terms}
        if remark.values or remark.terms
        else remark.sentence
        for remark in outcome.remarks
    ]


def riet(**cells):
    return {"name": "Riet van der Berg", "email": "riet@raad.example", **cells}


def test_a_known_person_is_recognised_by_address_and_name(book):
    assert doings(take(book, {"name": "RIET VAN DER BERG", "email": "Riet@Raad.example"})) in (
        [Doing.LEFT],
        [Doing.CHANGED],
    )
    assert len(book.people) == 1


def test_a_known_person_without_news_stays(book):
    assert doings(take(book, riet(organisation="Adviesraad Noordwolde", role="Voorzitter"))) == [
        Doing.LEFT
    ]


def test_a_shared_address_with_another_name_is_another_person(book):
    (outcome,) = take(book, {"name": "Ad Bos", "email": "riet@raad.example"})
    assert outcome.doing is Doing.ADDED
    assert len(book.people) == 2


def test_an_outside_number_goes_before_everything(book):
    book.people[7].fields["external_id"] = "17"
    book.put_number("person", book.people[7])
    take(book, {"name": "Riet de Wit", "email": "nieuw@raad.example", "external_id": "17"})
    assert book.people[7].name() == "Riet de Wit"
    assert book.people[7].emails == ["nieuw@raad.example", "riet@raad.example"]


def test_an_empty_cell_wipes_nothing(book):
    take(book, riet(phone=""))
    assert book.people[7].fields["phone"] == "+31612345678"


def test_of_two_lines_that_disagree_the_first_is_kept(book):
    outcomes = take(book, riet(phone="06-11111111"), riet(phone="06-22222222"))
    assert doings(outcomes) == [Doing.CHANGED, Doing.LEFT]
    assert book.people[7].fields["phone"] == "+31611111111"
    assert "line 2" in said(outcomes[1])[0]


def test_a_person_an_organisation_and_a_function_come_from_one_line(book):
    (outcome,) = take(
        book,
        {
            "given_name": "Ad",
            "family_name": "Bos",
            "organisation": "Seniorenraad Noordwolde",
            "municipality": "gemeente Noordwolde",
            "role": "secretaris",
        },
    )
    assert outcome.doing is Doing.ADDED
    assert said(outcome) == [
        "New organisation: Seniorenraad Noordwolde",
        "New person",
        "New function: Secretary at Seniorenraad Noordwolde",
    ]
    new = next(card for card in book.organisations.values() if card.is_new)
    assert new.fields["kind"] is OrganisationKind.SENIOR_COUNCIL


def test_a_line_about_another_region_stays_whole(book):
    cells = {"name": "Ad Bos", "organisation": "Adviesraad Zuidhorn", "phone": "06-11111111"}
    assert doings(take(book, cells)) == [Doing.LEFT]
    assert len(book.people) == 1
    assert doings(take(book, cells, actor=KEES)) == [Doing.ADDED]


def test_a_new_organisation_in_another_region_is_left(book):
    cells = {"organisation": "Wmo-raad", "municipality": "Zuid Horn"}
    assert doings(take(book, cells)) == [Doing.LEFT]


def test_a_function_that_ended_is_not_begun_again(book):
    book.roles[0].valid_until = date(2026, 1, 1)
    outcomes = take(book, riet(organisation="Adviesraad Noordwolde", role="voorzitter"))
    assert doings(outcomes) == [Doing.LEFT]
    assert "2026-01-01" in said(outcomes[0])[0]


def test_a_function_that_a_list_says_began_later_is_a_new_one(book):
    book.roles[0].valid_until = date(2026, 1, 1)
    cells = riet(organisation="Adviesraad Noordwolde", role="voorzitter", valid_from="1-6-2026")
    assert doings(take(book, cells)) == [Doing.CHANGED]
    assert book.roles[-1].valid_from == date(2026, 6, 1)


def test_a_list_can_end_a_function(book):
    cells = riet(organisation="Adviesraad Noordwolde", role="voorzitter", valid_until="1 mei 2026")
    assert doings(take(book, cells)) == [Doing.CHANGED]
    assert book.roles[0].valid_until == date(2026, 5, 1)


def test_two_organisations_of_one_name_ask_for_the_municipality(book):
    for key, town in ((8, 10), (9, 20)):
        book.put_organisation(Card(key, {"name": "Wmo-raad", "municipality_id": town}))
    assert doings(take(book, {"organisation": "Wmo-raad", "phone": "1"})) == [Doing.FAULT]
    assert doings(take(book, {"organisation": "Wmo-raad", "municipality": "Noordwolde"})) == [
        Doing.LEFT
    ]


def test_an_organisation_that_ended_gives_way_to_one_that_lives(book):
    book.put_organisation(Card(8, {"name": "Wmo-raad", "ended_on": date(2025, 1, 1)}))
    book.put_organisation(Card(9, {"name": "Wmo-raad"}))
    take(book, {"name": "Ad Bos", "organisation": "Wmo-raad"})
    assert book.roles[-1].organisation == 9


def test_an_unknown_municipality_is_told_and_left_out(book):
    (outcome,) = take(book, {"name": "Ad Bos", "municipality": "Nergenshuizen"})
    assert outcome.doing is Doing.ADDED
    assert "Nergenshuizen" in said(outcome)[-1]


def test_a_list_of_organisations_fills_their_mailbox(book):
    take(book, {"organisation": "Adviesraad Noordwolde", "email": "info@noordwolde.example"})
    assert book.organisations[5].fields["email"] == "info@noordwolde.example"
    assert len(book.people) == 1


def test_only_one_contact_comes_of_a_list(book):
    line = {"organisation": "Adviesraad Noordwolde", "role": "lid", "is_contact": "ja"}
    take(book, {"name": "Ad Bos", **line}, {"name": "Bea Vos", **line})
    assert [role.is_contact for role in book.roles[1:]] == [True, False]


def test_a_greeting_of_our_own_follows_a_change_of_name(book):
    card = book.people[7]
    card.fields |= {"external_id": "17", "salutation": "Beste Riet"}
    book.put_number("person", card)
    take(book, {"name": "Maria van der Berg", "external_id": "17"})
    assert card.fields["salutation"] == "Beste Maria"


def test_a_remark_is_added_once_and_replaces_none(book):
    book.people[7].fields["note"] = "Belt liever"
    take(book, riet(note="Slechtziend"), riet(note="Slechtziend"))
    assert book.people[7].fields["note"] == "Belt liever\n\nSlechtziend"


@pytest.mark.parametrize(
    "cells",
    [
        {"phone": "06-12345678"},
        {"name": "x" * 10_000},
        {"name": "Ad Bos", "email": "no address"},
        {"name": "Ad Bos", "valid_from": "31-02-2027"},
        {"name": "Ad Bos", "valid_from": "gisteren"},
        {"organisation": "x" * 300},
        {"name": "Ad Bos", "external_id": "mailbox:5"},
    ],
)
def test_a_line_that_can_not_be_kept_is_refused_whole(book, cells):
    assert doings(take(book, cells)) == [Doing.FAULT]
    assert len(book.people) == 1
    assert len(book.organisations) == 2


NAMES = st.sampled_from(["Ad Bos", "Bea Vos", "Riet van der Berg", ""])
LINE = st.fixed_dictionaries(
    {
        "name": NAMES,
        "email": st.sampled_from(["", "a@x.example", "b@x.example", "riet@raad.example"]),
        "external_id": st.booleans(),
        "phone": st.sampled_from(["", "06-11111111", "06-22222222"]),
        "organisation": st.sampled_from(["", "Adviesraad Noordwolde", "Nieuwe raad"]),
        "role": st.sampled_from(["", "voorzitter", "lid", "Iets anders"]),
        "municipality": st.sampled_from(["", "Noordwolde"]),
        "note": st.sampled_from(["", "Let op"]),
        "valid_until": st.sampled_from(["", "", "1-2-2027", "1-2-2026"]),
    }
)


@given(st.lists(LINE, max_size=8))
def test_the_same_list_twice_changes_nothing(lines):
    for line in lines:
        # A list that gives one number to two names is refused by the line, not tried here.
        line["external_id"] = line["name"] if line["external_id"] else ""
    book = book_of()
    take(book, *lines, actor=KEES)
    for card in (*book.people.values(), *book.organisations.values()):
        card.said = {}
    again = take(book, *lines, actor=KEES)
    assert {outcome.doing for outcome in again} <= {Doing.LEFT, Doing.FAULT}, [
        (outcome.number, said(outcome)) for outcome in again
    ]


def book_of():
    book = Book(TODAY)
    book.regions_of_town = {10: {NOORD}}
    book.put_organisation(Card(5, {"name": "Adviesraad Noordwolde", "kind": "social_council"}))
    return book


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("31-12-2026", date(2026, 12, 31)),
        ("1/2/26", date(2026, 2, 1)),
        ("2026-02-01 00:00:00", date(2026, 2, 1)),
        ("1 mrt 2026", date(2026, 3, 1)),
        ("1 maart 2026", date(2026, 3, 1)),
        ("2021", date(2021, 1, 1)),
        ("", None),
    ],
)
def test_days_are_read_as_people_write_them(typed, wanted):
    assert wording.day(typed, "valid_from") == wanted


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Voorzitter", (RoleKind.CHAIR, "")),
        ("Voorzitter a.i.", (RoleKind.CHAIR, "Voorzitter a.i.")),
        ("chair", (RoleKind.CHAIR, "")),
        ("Toverfee", (RoleKind.OTHER, "Toverfee")),
        ("", (None, "")),
    ],
)
def test_functions_are_read_as_people_write_them(typed, wanted):
    assert wording.role_kind(typed) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Adviesraad Sociaal Domein Ede", OrganisationKind.SOCIAL_COUNCIL),
        ("Cliëntenraad Werk en Inkomen", OrganisationKind.WORK_COUNCIL),
        ("Gemeente Ede", OrganisationKind.MUNICIPALITY),
        ("De Zonnebloem", OrganisationKind.OTHER),
    ],
)
def test_a_name_tells_what_an_organisation_is(name, wanted):
    assert wording.kind_by_name(name) is wanted


def test_a_name_that_two_municipalities_share_means_neither():
    towns = Towns([(1, "Bergen (L.)", "Bergen Limburg"), (2, "Bergen (NH.)", "")])
    assert towns.named("Bergen") is None
    assert towns.named("bergen limburg") == 1
    assert towns.named("Bergen (NH)") == 2
