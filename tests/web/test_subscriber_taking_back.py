"""A list of readers that was read in by mistake is taken back, without touching who spoke since."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from eventsapp.background.jobs import read_in_readers, tidy
from eventsapp.contacts.models import Consent, Subscription
from eventsapp.contacts.subscriptions import Choices, change, leave
from eventsapp.core.actor import SYSTEM
from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.directory.models import Person, PersonAddress
from eventsapp.newsletters import joining
from tests import factories as make
from tests.checks import check_page
from tests.newsletters import make_newsletter, make_reader
from tests.web.test_subscriber_import import PROOF, look, read_in, readers

BUTTON = "Neem deze lijst terug"


@pytest.fixture
def letter(transaction, cast):
    with transaction() as session:
        make.make_municipality("Noordwolde", session.merge(cast.noord))
        make.make_theme("Vervoer")
        return make_newsletter("Nieuwsbrief Samen")


@pytest.fixture
def kees(client, sign_in, cast, letter):
    return sign_in(client, cast.kees)


def take_back(client, place):
    assert client.post(f"{place}/take-back").status_code == 303
    return check_page(client.get(place))


def emails(transaction):
    with transaction() as session:
        return set(session.scalars(select(PersonAddress.email)))


def test_a_wrong_list_is_taken_back_whole(kees, transaction):
    before = emails(transaction)
    place = read_in(kees)
    page = check_page(kees.get(place))
    assert BUTTON in page
    assert "2 lezers gaan weer van de nieuwsbrief af" in page
    page = take_back(kees, place)
    assert "De lijst is teruggenomen." in page
    assert "2 lezers van deze lijst krijgen de nieuwsbrief niet meer." in page
    assert BUTTON not in page
    assert readers(transaction) == []
    assert emails(transaction) == before


def test_the_log_of_consent_only_grows_and_says_so_without_names(kees, transaction, cast):
    place = read_in(kees)
    take_back(kees, place)
    with transaction() as session:
        lines = session.scalars(select(Consent).order_by(Consent.id)).all()
        assert [(one.how, one.is_given) for one in lines] == [
            ("import", True), ("import", True), ("taken_back", False), ("taken_back", False)
        ]  # fmt: skip
        assert lines[0].proof == PROOF
        riet = session.get_one(Person, lines[0].person_id)
        assert (riet.family_name, riet.search_key) == ("", "")
        assert riet.erased_at is not None


def test_the_log_of_work_tells_it(kees, transaction, letter):
    take_back(kees, read_in(kees))
    with transaction() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "subscribers.taken_back")
        ).one()
        assert (entry.object_id, entry.detail["people"]) == (letter.id, 2)


def test_the_right_list_can_be_read_in_afterwards(kees, transaction):
    take_back(kees, read_in(kees))
    _, page = look(kees)
    assert "Wordt lezer" in page
    read_in(kees)
    assert len(readers(transaction)) == 2


def test_the_clock_brings_nobody_back(kees, transaction):
    take_back(kees, read_in(kees))
    with transaction():
        assert joining.take_in() == 0


def test_who_changed_something_stays(kees, transaction):
    place = read_in(kees)
    with transaction() as session:
        riet = session.scalars(select(Subscription).order_by(Subscription.id)).first()
        change(SYSTEM, riet, Choices(reader_kind="official"), riet.version)
    page = check_page(kees.get(place))
    assert "Eén blijft zoals het is" in page
    page = take_back(kees, place)
    assert "Eén is gebleven" in page
    assert [one.reader_kind for one in readers(transaction)] == ["official"]


def test_who_left_since_stays_away_for_ever(kees, transaction):
    place = read_in(kees)
    with transaction() as session:
        leave(SYSTEM, session.scalars(select(Subscription)).first(), how="link")
    take_back(kees, place)
    _, page = look(kees)
    assert "Heeft zich eerder uitgeschreven" in page


def test_who_was_in_the_book_stays_there_as_before(kees, transaction):
    with transaction():
        number = make.make_person("Riet van der Berg", email="riet@post.example").id
    take_back(kees, read_in(kees))
    with transaction() as session:
        riet = session.get_one(Person, number)
        assert (riet.name, riet.municipality_id, riet.erased_at) == (
            "Riet van der Berg",
            None,
            None,
        )


def test_who_is_known_by_more_since_stays_in_the_book(kees, transaction):
    place = read_in(kees)
    with transaction() as session:
        person = session.scalars(select(Subscription).order_by(Subscription.id)).first().person
        make.make_role(person, make.make_organisation("Adviesraad"))
    page = take_back(kees, place)
    assert "Eén mens was alleen door deze lijst bekend" in page
    assert readers(transaction) == []
    assert "riet@post.example" in emails(transaction)


def test_who_reads_another_newsletter_goes_on_reading_it(kees, transaction):
    with transaction():
        other = make_newsletter("Nieuws voor raden")
        riet = make.make_person("Riet van der Berg", email="riet@post.example")
        make_reader(riet, other.id)
        number = other.id
    take_back(kees, read_in(kees))
    assert [one.newsletter_id for one in readers(transaction)] == [number]
    with transaction() as session:
        line = session.scalars(
            select(Consent).where(Consent.how == "taken_back", Consent.newsletter_id.is_not(None))
        ).one()
        assert line.newsletter_id != number


def test_pressing_twice_is_pressing_once(kees, transaction):
    place = read_in(kees)
    take_back(kees, place)
    take_back(kees, place)
    with transaction() as session:
        asked = select(AuditEntry).where(AuditEntry.action == "subscribers.taken_back")
        assert len(session.scalars(asked).all()) == 1


def test_after_a_week_it_is_too_late(kees, transaction, sign_in, cast):
    place = read_in(kees)
    with time_machine.travel(now() + timedelta(days=8), tick=False):
        with transaction():
            tidy()
        sign_in(kees, cast.kees)
        assert BUTTON not in check_page(kees.get(place))
        assert kees.post(f"{place}/take-back").status_code == 409
    assert len(readers(transaction)) == 2


def test_a_day_later_it_still_can_be_taken_back(kees, transaction, sign_in, cast):
    place = read_in(kees)
    with time_machine.travel(now() + timedelta(days=2), tick=False):
        with transaction():
            tidy()
        sign_in(kees, cast.kees)
        take_back(kees, place)
    assert readers(transaction) == []


def test_a_long_list_is_taken_back_by_the_job(kees, app, transaction):
    text = "E-mail\r\n" + "".join(f"n{number}@post.example\r\n" for number in range(600))
    place, _ = look(kees, text)
    work(app)
    result = kees.get(place).text.partition('name="result" value="')[2].partition('"')[0]
    kees.post(f"{place}/apply", data={"result": result})
    work(app)
    assert len(readers(transaction)) == 600
    assert "De lijst wordt teruggenomen" in take_back(kees, place)
    work(app)
    assert "600 lezers van deze lijst" in check_page(kees.get(place))
    assert readers(transaction) == []


def work(app):
    with app.app_context():
        read_in_readers()
        db.session.commit()


@pytest.mark.parametrize("who", ["anna", "ilse"])
def test_only_who_read_it_in_takes_it_back(app, kees, sign_in, cast, transaction, who):
    place = read_in(kees)
    other = sign_in(app.test_client(), getattr(cast, who))
    assert other.post(f"{place}/take-back").status_code == 403
    assert len(readers(transaction)) == 2
