"""Lists as people keep them, read from bytes."""

import io

import pytest
from openpyxl import Workbook

from eventsapp.core.errors import InputError
from eventsapp.directory import tables
from eventsapp.directory.columns import Column, header_index, match

NAMES = [("Naam", "E-mail"), ("Désirée Müller", "des@raad.example")]


def cells(data):
    return [row.cells for row in tables.read_rows(data)]


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_a_list_is_read_whatever_its_separator_and_encoding(mark, encoding):
    text = "\r\n".join(mark.join(line) for line in NAMES)
    if encoding == "utf-16-be":
        text = "\ufeff" + text
    assert cells(text.encode(encoding)) == NAMES


def excel(*rows, **sheet):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for name, value in sheet.items():
        book.active[name] = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_an_excel_sheet_is_read_with_whole_numbers_and_plain_days():
    import datetime

    data = excel(*NAMES, (17.0, datetime.datetime(2027, 1, 31), True, None))  # noqa: DTZ001
    assert cells(data) == [*NAMES, ("17", "2027-01-31", "ja")]


def test_a_formula_is_never_carried_out_nor_shown():
    assert cells(excel(("Naam", "x"), ("Riet", "=1+1")))[1] == ("Riet", "")


def test_a_formula_in_a_csv_is_plain_text():
    assert cells(b"Naam;E-mail\n=HYPERLINK(1);a@b.example")[1][0] == "=HYPERLINK(1)"


def test_lines_keep_the_number_that_excel_shows():
    rows = tables.read_rows(b'Naam;Plaats\n\n"Riet\nBos";Zwolle\nAd;Ede\n')
    assert [row.number for row in rows] == [1, 3, 4]


def test_a_quotation_mark_that_stays_open_costs_one_line_only():
    rows = tables.read_rows(b'Naam;Plaats\nAd;"Ede\nRiet;Zwolle\n')
    assert [(row.number, bool(row.fault)) for row in rows] == [(1, False), (2, True), (3, False)]


def test_the_first_line_that_excel_writes_about_separators_is_no_data():
    assert cells(b"sep=;\nNaam;Plaats\nAd, Bos;Ede")[0] == ("Naam", "Plaats")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf \r\n",
        b"%PDF-1.7 \x00\x01",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\xd0\xcf\x11\xe0old excel",
        b"PK\x03\x04 no real archive",
        b"\x00" * 5000,
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_reason(data):
    with pytest.raises(InputError) as refused:
        tables.read_rows(data)
    assert refused.value.field == "file"


def test_a_word_document_is_no_table():
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(InputError, match="Excel"):
        tables.read_rows(made.getvalue())


def test_an_archive_that_unpacks_endlessly_is_refused():
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\x00" * (tables.MOST_UNPACKED + 1))
    with pytest.raises(InputError, match="too large"):
        tables.read_rows(made.getvalue())


def test_a_list_that_is_too_long_is_refused_before_it_is_kept():
    with pytest.raises(InputError, match="Split"):
        tables.read_rows(b"Naam;x\n" * (tables.MOST_LINES + 2))


def test_columns_are_known_by_dutch_and_english_names():
    headers = ["Voornaam", "Tussen-voegsel", "Surname", "E-MAIL ADRES", "06", "Kleur", "E-mail"]
    assert match(headers) == [
        Column.GIVEN_NAME,
        None,
        Column.FAMILY_NAME,
        Column.EMAIL,
        Column.PHONE,
        None,
        None,
    ]


def test_the_names_of_the_columns_may_stand_below_a_title():
    lines = [["Leden van de raad, 2027"], [], ["Naam", "E-mail", "Functie"], ["Ad", "a@b.example"]]
    assert header_index(lines) == 2


def test_a_list_without_known_names_begins_at_its_first_line():
    assert header_index([["Ad", "Ede"], ["Riet", "Zwolle"]]) == 0
