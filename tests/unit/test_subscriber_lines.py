"""What a line of a list of readers says."""

from datetime import date

import pytest

from eventsapp.contacts.reader_kinds import ReaderKind
from eventsapp.contacts.subscriber_columns import Column, header_index, match
from eventsapp.contacts.subscriber_lines import _KINDS, Vocabulary, read_line
from eventsapp.core.errors import InputError

KNOWN = Vocabulary(
    town_named={"Zwolle": 5}.get,
    regions={"twente": 1, "zaanstreek waterland": 2},
    themes={"vervoer": 7, "wonen en zorg": 8},
    today=date(2026, 11, 22),
)


def read(**cells):
    found = {Column(name): value for name, value in cells.items()}
    return read_line({Column.EMAIL: "petra@post.example", **found}, KNOWN)


def told(line):
    return [remark.values["name"] for remark in line.remarks]


def test_an_address_is_enough():
    line = read(email=" Petra@Post.EXAMPLE ")
    assert (line.email, line.name, line.language) == ("petra@post.example", "", "nl")


def test_a_name_in_one_cell_is_split():
    line = read(name="Berg, Riet van der")
    assert (line.given_name, line.prefix, line.family_name) == ("Riet", "van der", "Berg")


@pytest.mark.parametrize("email", ["", "petra", "a@b@c", "x" * 300 + "@post.example"])
def test_without_an_address_nobody_can_be_added(email):
    with pytest.raises(InputError):
        read(email=email)


def test_several_regions_and_themes_stand_in_one_cell():
    line = read(regions="Twente; Zaanstreek/Waterland", themes="Vervoer, wonen en zorg, vervoer")
    assert line.theme_ids == [7, 8]
    assert line.region_ids == [1]
    assert told(line) == ["Zaanstreek", "Waterland"]


def test_a_name_that_holds_a_separator_itself_stays_whole():
    assert read(regions="Zaanstreek/Waterland").region_ids == [2]


def test_words_that_we_do_not_know_are_told_and_left_out():
    line = read(kind="Marsbewoner", municipality="Nergenshuizen", themes="Ruimtevaart")
    assert told(line) == ["Marsbewoner", "Nergenshuizen", "Ruimtevaart"]
    assert (line.kind, line.municipality_id, line.theme_ids) == ("", None, [])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Wmo-raad", ReaderKind.SOCIAL_COUNCIL),
        ("CLIËNTENRAAD", ReaderKind.WORK_COUNCIL),
        ("Ambtenaar", ReaderKind.OFFICIAL),
        ("seniors", ReaderKind.SENIORS),
        ("social_council", ReaderKind.SOCIAL_COUNCIL),
    ],
)
def test_a_kind_is_known_by_what_people_call_it(text, kind):
    assert read(kind=text).kind == kind


def test_every_kind_has_words_of_its_own():
    assert set(_KINDS) == set(ReaderKind)
    words = [word.strip() for names in _KINDS.values() for word in names.split(",")]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("text", ["2019-03-02", "2-3-2019", "2019-03-02 14:05:11"])
def test_the_day_of_agreeing_is_read_as_programs_write_it(text):
    assert read(agreed_on=text).agreed_on == date(2019, 3, 2)


@pytest.mark.parametrize("text", ["2027-01-01", "1889-01-01", "gisteren", "31-2-2020"])
def test_a_day_that_can_not_be_right_refuses_the_line(text):
    with pytest.raises(InputError):
        read(agreed_on=text)


def test_columns_are_known_by_their_usual_names():
    headers = ["Email Address", "Voornaam", "Achternaam", "Doelgroep", "OPTIN_TIME", "Bron", "X"]
    assert match(headers) == [
        *(Column.EMAIL, Column.GIVEN_NAME, Column.FAMILY_NAME, Column.KIND),
        *(Column.AGREED_ON, Column.PROOF, None),
    ]


def test_a_title_above_the_columns_is_passed_over():
    assert header_index([["Lezers 2026"], ["E-mail", "Naam"], ["a@post.example", "A"]]) == 1
    assert header_index([["E-mail"], ["a@post.example"]]) == 0
