"""Reading in readers: with proof, first on trial, and never against anybody's word."""

import io

import pytest
from sqlalchemy import func, select

from eventsapp.background.jobs import read_in_readers
from eventsapp.contacts import consent
from eventsapp.contacts.models import Consent, Subscription
from eventsapp.contacts.subscriptions import leave
from eventsapp.core.actor import SYSTEM
from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import utc_to_local
from eventsapp.core.db import db
from eventsapp.directory.models import AddressImport, Person, PersonAddress
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Message
from tests import factories as make
from tests.checks import check_page
from tests.newsletters import make_newsletter, make_reader
from tests.web.test_import_pages import names_and_choices

HOME = "/manage/subscribers/import/"
PROOF = "Formulier van de vorige website"
LIST = (
    "E-mail;Naam;Soort;Gemeente;Regio;Thema;Datum toestemming;Bron\r\n"
    "riet@post.example;Riet van der Berg;Wmo-raad;Noordwolde;Zuid;Vervoer;2-3-2019;Beurs\r\n"
    "info@raad.example;;;;;;;\r\n"
    "geen adres;Ad Bos;;;;;;\r\n"
)


@pytest.fixture
def letter(transaction, cast):
    with transaction() as session:
        make.make_municipality("Noordwolde", session.merge(cast.noord))
        make.make_theme("Vervoer")
        return make_newsletter("Nieuwsbrief Samen")


@pytest.fixture
def kees(client, sign_in, cast, letter):
    return sign_in(client, cast.kees)


def upload(client, text=LIST, name="lezers.csv", **values):
    data = {"file": (io.BytesIO(text.encode()), name), "proof": PROOF, **values}
    return client.post(HOME, data=data)


def look(client, text=LIST, **values):
    """Walk up to the page that shows what would happen; give its address and its text."""
    place = upload(client, text, **values).location
    client.post(f"{place}/columns", data=names_and_choices(client.get(place).text))
    return place, check_page(client.get(place))


def read_in(client, text=LIST, **values):
    place, page = look(client, text, **values)
    found = page.partition('name="result" value="')[2].partition('"')[0]
    client.post(f"{place}/apply", data={"result": found})
    return place


def readers(transaction):
    with transaction() as session:
        found = session.scalars(select(Subscription).order_by(Subscription.id)).all()
        for one in found:
            _ = one.person.name, one.address, one.regions, one.themes, one.person.addresses
        return found


def test_a_list_is_looked_at_first_and_then_read_in(kees, transaction):
    check_page(kees.get(HOME))
    place, page = look(kees)
    assert "Wordt lezer" in page
    assert "Dit is geen e-mailadres" in page
    assert PROOF in page
    assert readers(transaction) == []
    result = page.split('name="result" value="')[1].split('"')[0]
    assert kees.post(f"{place}/apply", data={"result": result}).status_code == 303
    assert "De lijst is ingelezen." in check_page(kees.get(place))
    riet, info = readers(transaction)
    assert riet.person.name == "Riet van der Berg"
    assert riet.reader_kind == "social_council"
    assert [one.name for one in riet.regions] == ["Zuid"]
    assert [one.name_nl for one in riet.themes] == ["Vervoer"]
    assert riet.person.municipality_id is not None
    assert (info.person.name, info.address.email) == ("info@raad.example", "info@raad.example")


def test_each_reader_has_a_line_of_proof_in_the_log(kees, transaction, letter, cast):
    read_in(kees, words="Ja, stuur mij nieuws.")
    with transaction() as session:
        riet, info = session.scalars(select(Consent).order_by(Consent.id)).all()
        assert riet.proof == f"2019-03-02 · Beurs · {PROOF}"
        assert info.proof == PROOF
        assert {one.words for one in (riet, info)} == {"Ja, stuur mij nieuws."}
        assert (riet.how, riet.newsletter_id) == ("import", letter.id)
        assert riet.by_person_id == cast.kees.person_id
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "subscribers.read_in")
        ).one()
        assert entry.detail["people"] == 2


def test_a_reader_began_on_the_day_of_agreeing(kees, transaction):
    read_in(kees)
    began = utc_to_local(readers(transaction)[0].started_at, "Europe/Amsterdam")
    assert (began.year, began.month, began.day) == (2019, 3, 2)


def test_nobody_gets_mail_because_of_it(kees, transaction):
    read_in(kees)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


@pytest.mark.parametrize("proof", ["", "   ", "\t\n"])
def test_without_proof_nothing_is_taken_in(kees, transaction, proof):
    page = check_page(upload(kees, proof=proof), 422)
    assert 'id="proof-error"' in page
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(AddressImport)) == 0


@pytest.mark.parametrize("text", ["", "%PDF-1.7", "E-mail;Naam\r\n"])
def test_a_file_that_is_no_list_is_explained(kees, text):
    page = check_page(upload(kees, text), 422)
    assert 'id="file-error"' in page


def test_who_left_stays_away_whatever_the_list_says(kees, transaction, letter):
    read_in(kees)
    with transaction() as session:
        leave(SYSTEM, session.scalars(select(Subscription)).first(), how="link")
    _, page = look(kees)
    assert "Heeft zich eerder uitgeschreven" in page
    assert "Er is niemand toe te voegen" in page


def test_an_opt_out_holds_for_another_name_at_the_address(kees, transaction):
    with transaction():
        other = make.make_person("Truus Roos", email="riet@post.example")
        consent.record(SYSTEM, other.id, Purpose.NEWSLETTER, is_given=False, how="telephone")
    read_in(kees)
    assert [one.person.name for one in readers(transaction)] == ["info@raad.example"]


def test_an_opt_out_outlives_an_erasure(kees, transaction):
    with transaction():
        suppression.withhold_address("riet@post.example", Purpose.NEWSLETTER, consent.OPTED_OUT)
    _, page = look(kees)
    assert "Heeft zich eerder uitgeschreven" in page


def test_an_address_that_fails_is_not_written_to_again(kees, transaction):
    with transaction():
        suppression.withhold_address("riet@post.example", None, "bounced")
    _, page = look(kees)
    assert "Mail aan dit adres komt niet aan." in page


def test_who_reads_it_already_keeps_the_own_choices(kees, transaction, letter):
    with transaction():
        riet = make.make_person("Riet van der Berg", email="riet@post.example")
        make_reader(riet, letter.id, reader_kind="official")
    read_in(kees)
    assert [one.reader_kind for one in readers(transaction)] == ["official", ""]


def test_somebody_of_the_address_book_becomes_a_reader_as_the_same_person(kees, transaction):
    with transaction():
        riet = make.make_person("Riet van der Berg", email="riet@post.example")
    read_in(kees)
    assert readers(transaction)[0].person_id == riet.id
    with transaction() as session:
        assert session.get(Person, riet.id).municipality_id is not None


def test_a_shared_address_with_another_name_is_somebody_else(kees, transaction):
    with transaction():
        truus = make.make_person("Truus Roos", email="riet@post.example")
    read_in(kees)
    assert readers(transaction)[0].person_id != truus.id


def test_without_a_name_the_only_one_at_an_address_is_meant(kees, transaction):
    with transaction():
        ans = make.make_person("Ans Bos", email="info@raad.example")
    read_in(kees)
    assert readers(transaction)[1].person_id == ans.id


def test_the_same_list_twice_changes_nothing(kees, transaction):
    read_in(kees)
    _, page = look(kees)
    assert "Leest de nieuwsbrief al" in page
    assert "Er is niemand toe te voegen" in page
    assert len(readers(transaction)) == 2


def test_an_address_that_stands_there_twice_becomes_one_reader(kees, transaction):
    text = "E-mail\r\na@post.example\r\nA@POST.example\r\n"
    _, page = look(kees, text)
    assert "Dit adres staat al in regel 2." in page
    read_in(kees, text)
    assert len(readers(transaction)) == 1


def test_one_person_with_two_addresses_becomes_one_reader(kees, transaction):
    with transaction() as session:
        riet = make.make_person("Riet Bos", email="a@post.example")
        session.add(PersonAddress(person=riet, email="b@post.example", position=1))
    read_in(kees, "E-mail;Naam\r\na@post.example;Riet Bos\r\nb@post.example;Riet Bos\r\n")
    assert [one.person_id for one in readers(transaction)] == [riet.id]


def test_what_changed_since_the_look_is_shown_anew(kees, transaction, letter):
    place, page = look(kees)
    result = page.split('name="result" value="')[1].split('"')[0]
    with transaction():
        make_reader(make.make_person("Riet", email="riet@post.example"), letter.id)
    kees.post(f"{place}/apply", data={"result": result})
    assert "Er is iets veranderd sinds je keek" in check_page(kees.get(place))
    assert len(readers(transaction)) == 1


def test_pressing_twice_reads_in_once(kees, transaction):
    place, page = look(kees)
    result = page.split('name="result" value="')[1].split('"')[0]
    for _ in range(2):
        assert kees.post(f"{place}/apply", data={"result": result}).status_code == 303
    assert len(readers(transaction)) == 2


def test_without_a_column_for_the_address_nothing_goes_on(kees):
    place = upload(kees).location
    choices = {**names_and_choices(kees.get(place).text), "column-0": ""}
    page = check_page(kees.post(f"{place}/columns", data=choices), 422)
    assert "Kies de kolom waarin het e-mailadres staat." in page


def test_a_list_of_readers_is_no_list_of_addresses(kees):
    place = upload(kees).location
    number = place.rpartition("/")[2]
    assert kees.get(f"/manage/import/{number}").status_code == 404
    assert "lezers.csv" not in check_page(kees.get("/manage/import/"))
    assert "lezers.csv" in check_page(kees.get(HOME))


@pytest.mark.parametrize("who", ["anna", "ilse"])
def test_only_a_coordinator_reads_readers_in(app, sign_in, cast, letter, who):
    client = sign_in(app.test_client(), getattr(cast, who))
    assert client.get(HOME).status_code == 403
    assert upload(client).status_code == 403


def test_a_list_can_be_thrown_away(kees, transaction):
    place = upload(kees).location
    assert kees.post(f"{place}/drop").status_code == 303
    check_page(kees.get(place))
    assert readers(transaction) == []


def test_markup_and_formulas_in_a_list_are_shown_as_text(kees):
    text = "E-mail;Naam;Thema\r\nx@post.example;<script>alert(1)</script>;<b>y</b>\r\n"
    _, page = look(kees, text, proof="<script>proof</script>")
    assert "<script>alert" not in page
    assert "<script>proof" not in page


def test_a_long_list_is_worked_off_by_the_job(kees, app, transaction):
    text = "E-mail;Naam\r\n" + "".join(
        f"n{number}@post.example;Naam {number}\r\n" for number in range(600)
    )
    place = upload(kees, text).location
    kees.post(f"{place}/columns", data=names_and_choices(kees.get(place).text))
    assert "data-live-progress" in check_page(kees.get(place))
    for _ in range(2):
        with app.app_context():
            read_in_readers()
            db.session.commit()
        page = kees.get(place).text
        result = page.partition('name="result" value="')[2].partition('"')[0]
        kees.post(f"{place}/apply", data={"result": result})
    assert kees.get(f"{place}/progress.json").json["finished"] is True
    assert len(readers(transaction)) == 600


def test_who_was_erased_and_shared_the_address_is_not_read_in_again(kees, transaction):
    with transaction():
        suppression.keep_out(suppression.identity_of("truus@post.example", "Truus Bos"), None)
    read_in(kees, "E-mail;Naam\ntruus@post.example;Truus Bos\nwim@post.example;Wim Bos\n")
    assert [one.person.name for one in readers(transaction)] == ["Wim Bos"]
