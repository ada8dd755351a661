"""Reading in a list, as an advisor walks through it."""

import io
import re

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from eventsapp.background.jobs import read_in_addresses
from eventsapp.core.db import db
from eventsapp.directory.models import AddressImport, AddressImportPart, Person
from tests import factories as make
from tests.checks import check_page

LIST = (
    "Voornaam;Achternaam;E-mail;Organisatie;Functie;Gemeente;Kleur\r\n"
    "Désirée;Müller;des@raad.example;Adviesraad Noordwolde;Voorzitter;Noordwolde;rood\r\n"
    "Ad;Bos;geen adres;Adviesraad Noordwolde;Lid;Noordwolde;\r\n"
)


@pytest.fixture
def anna(client, sign_in, cast, transaction):
    with transaction() as session:
        make.make_municipality("Noordwolde", session.merge(cast.noord))
    return sign_in(client, cast.anna)


def upload(client, data, name="leden.csv", **values):
    file = (io.BytesIO(data), name)
    return client.post("/manage/import/", data={"file": file, **values})


def names_and_choices(page):
    """Give what is chosen for each column, as the page shows it."""
    found = re.findall(r'name="(column-\d+)"(.*?)</select>', page, re.DOTALL)
    picked = {name: re.search(r'selected value="(\w*)"', options) for name, options in found}
    return {name: match[1] if match else "" for name, match in picked.items()}


def people(transaction):
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Person))


def test_a_list_is_read_in_step_by_step(anna, transaction):
    check_page(anna.get("/manage/import/"))
    before = people(transaction)
    answer = upload(anna, LIST.encode("cp1252"))
    assert answer.status_code == 303
    place = answer.location
    page = check_page(anna.get(place))
    assert "Désirée" in page
    choices = names_and_choices(page)
    assert list(choices.values()) == [
        *("given_name", "family_name", "email", "organisation", "role", "municipality", "")
    ]
    assert anna.post(f"{place}/columns", data=choices).status_code == 303
    page = check_page(anna.get(place))
    assert "Wat er gaat gebeuren" in page or "Wat er gebeurt" in page
    assert "Dit is geen e-mailadres" in page
    assert people(transaction) == before
    result = page.split('name="result" value="')[1].split('"')[0]
    assert anna.post(f"{place}/apply", data={"result": result}).status_code == 303
    assert "De lijst is ingelezen." in check_page(anna.get(place))
    assert people(transaction) == before + 1
    assert "Désirée Müller" in check_page(anna.get("/manage/people/?q=muller"))


def test_pressing_twice_reads_in_once(anna, transaction):
    place = upload(anna, LIST.encode()).location
    anna.post(f"{place}/columns", data=names_and_choices(anna.get(place).text))
    result = anna.get(place).text.split('name="result" value="')[1].split('"')[0]
    before = people(transaction)
    for _ in range(2):
        assert anna.post(f"{place}/apply", data={"result": result}).status_code == 303
    assert people(transaction) == before + 1


def test_columns_can_be_changed_after_a_look(anna):
    place = upload(anna, LIST.encode()).location
    choices = names_and_choices(anna.get(place).text)
    anna.post(f"{place}/columns", data={**choices, "column-2": ""})
    page = check_page(anna.get(f"{place}?columns=1"))
    assert names_and_choices(page)["column-2"] == ""
    anna.post(f"{place}/columns", data=choices)
    assert "Dit is geen e-mailadres" in check_page(anna.get(place))


def test_a_meaning_chosen_twice_is_told_beside_the_column(anna):
    place = upload(anna, LIST.encode()).location
    choices = names_and_choices(anna.get(place).text)
    page = check_page(anna.post(f"{place}/columns", data={**choices, "column-6": "email"}), 422)
    assert 'id="column-6-error"' in page


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "leeg.csv"),
        (b"%PDF-1.7 \x00", "leden.pdf"),
        (b"\x89PNG\r\n\x1a\n\x00", "leden.csv"),
        (b"PK\x03\x04kapot", "leden.xlsx"),
        (b"Naam;E-mail\r\n", "kop.csv"),
        (b"\xd0\xcf\x11\xe0", "oud.xls"),
    ],
)
def test_a_file_that_can_not_be_read_is_explained_and_nothing_is_kept(
    anna, data, name, transaction
):
    page = check_page(upload(anna, data, name), 422)
    assert 'id="file-error"' in page
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(AddressImport)) == 0


def test_without_a_file_the_form_says_so(anna):
    page = check_page(anna.post("/manage/import/", data={}), 422)
    assert "Kies een bestand." in page


def test_a_file_of_fifty_megabytes_is_refused(anna):
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="groot.csv"\r\n\r\n'
    body = head + b"Naam;x\n" * 7_500_000 + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    page = check_page(anna.post("/manage/import/", data=body, content_type=kind), 413)
    assert "10 MB" in page


def test_an_excel_list_is_read_too(anna):
    book = Workbook()
    book.active.append(("Naam", "Organisatie"))
    book.active.append(("Riet van der Berg", "Adviesraad Noordwolde"))
    made = io.BytesIO()
    book.save(made)
    place = upload(anna, made.getvalue(), "leden.xlsx").location
    assert "Riet van der Berg" in check_page(anna.get(place))


def test_markup_in_a_list_is_shown_as_text(anna):
    data = b"Naam;E-mail\r\n<script>alert(1)</script>;x@post.example\r\n"
    place = upload(anna, data, "<b>x</b>.csv").location
    page = check_page(anna.get(place))
    assert "<script>alert" not in page
    anna.post(f"{place}/columns", data=names_and_choices(page))
    assert "<script>alert" not in check_page(anna.get(place))


def test_somebody_else_sees_nothing_of_a_list(anna, app, sign_in, cast):
    place = upload(anna, LIST.encode()).location
    kees = sign_in(app.test_client(), cast.kees)
    for path in (place, f"{place}/progress.json"):
        assert kees.get(path).status_code == 404
    assert kees.post(f"{place}/drop").status_code == 404


def test_a_list_can_be_thrown_away(anna, transaction):
    before = people(transaction)
    place = upload(anna, LIST.encode()).location
    assert anna.post(f"{place}/drop").status_code == 303
    check_page(anna.get(place))
    assert people(transaction) == before


def test_a_long_list_shows_how_far_it_is_and_is_worked_off_by_the_job(anna, app, transaction):
    data = "Naam;E-mail\r\n" + "".join(
        f"Naam {number};n{number}@post.example\r\n" for number in range(700)
    )
    place = upload(anna, data.encode()).location
    anna.post(f"{place}/columns", data=names_and_choices(anna.get(place).text))
    assert "data-live-progress" in check_page(anna.get(place))
    assert anna.get(f"{place}/progress.json").json["finished"] is False
    with app.app_context():
        read_in_addresses()
        told = db.session.scalar(
            select(AddressImportPart.content).where(AddressImportPart.name == "progress")
        )
        db.session.commit()
    assert told == b"[600, 700]\n", "whoever waited saw it move"
    assert anna.get(f"{place}/progress.json").json["finished"] is True
    page = check_page(anna.get(f"{place}?doing=added&start=650"))
    assert "Naam 699" in page


@pytest.mark.parametrize("start", ["²", "-1", "x", "9" * 5000])
def test_a_place_that_is_no_number_shows_the_outcome_from_its_start(anna, start):
    place = upload(anna, b"Achternaam;E-mail\nMuller;muller@raad.example\n").location
    anna.post(f"{place}/columns", data=names_and_choices(anna.get(place).text))
    assert "Muller" in check_page(anna.get(place, query_string={"start": start}))


def test_lines_that_cannot_be_read_come_back_with_the_reason(anna):
    place = upload(anna, LIST.encode()).location
    choices = names_and_choices(check_page(anna.get(place)))
    anna.post(f"{place}/columns", data=choices)
    assert "Download deze regel met de reden" in check_page(anna.get(place))
    answer = anna.post(f"{place}/refused")
    assert "leden-verbeteren.xlsx" in answer.headers["Content-Disposition"]
    head, *rows = load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)
    assert head[-2:] == ("Kleur", "Wat er niet klopt")
    assert [row[:3] for row in rows] == [("Ad", "Bos", "geen adres")]
    assert "geen e-mailadres" in rows[0][-1]


def test_of_a_list_that_is_gone_no_lines_come_back(anna):
    place = upload(anna, LIST.encode()).location
    anna.post(f"{place}/drop")
    assert anna.post(f"{place}/refused").status_code == 409
