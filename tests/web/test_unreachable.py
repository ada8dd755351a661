"""Addresses that do not work: who is told, what to do, and how it is settled."""

import pytest
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.directory.models import PersonAddress, Role
from eventsapp.mail import intake, suppression
from eventsapp.mail.intake import IntakeFault
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Suppression
from tests import factories as make
from tests.checks import check_page

HOME = "/manage/"
WITHHELD = "/manage/mail/withheld/"
pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def monday(freeze):
    freeze("2027-01-11 09:00")


@pytest.fixture
def raad(cast, transaction):
    """A council in Noord whose contact is Riet, at an address where nobody is."""
    with transaction() as session:
        town = make.make_municipality("Noordwolde", session.merge(cast.noord))
        raad = make.make_organisation("Adviesraad Noordwolde", town, email="raad@post.example")
        riet = make.make_person("Riet van der Berg", "riet@raad.example")
        make.make_role(riet, raad)
        withhold("riet@raad.example", riet.id)
        return raad


def withhold(email, person_id, reason="no_such_user", purpose=None):
    suppression.withhold_address(
        email, purpose, reason, evidence="550 5.1.1 <b>User unknown</b>", person_id=person_id
    )


@pytest.fixture
def visit(app, sign_in, cast):
    """`visit("anna", "/manage/")` gives the page as somebody sees it."""

    def act(who, place):
        return check_page(sign_in(app.test_client(), getattr(cast, who)).get(place))

    return act


def page_of(raad):
    return f"/manage/organisations/{raad.id}"


def test_the_page_of_the_organisation_asks_who_succeeds(visit, raad):
    page = visit("anna", page_of(raad))
    assert "Riet van der Berg komt niet aan sinds maandag 11 januari 2027" in page
    assert "Dit adres bestaat niet." in page
    assert "/succeed" in page


def test_an_advisor_of_another_region_sees_it_and_has_nothing_to_press(visit, raad):
    page = visit("bram", page_of(raad))
    assert "Riet van der Berg komt niet aan" in page
    assert "/succeed" not in page


def test_it_is_settled_when_somebody_else_is_the_contact(visit, raad, transaction):
    with transaction() as session:
        session.scalars(select(Role)).one().is_contact = False
        make.make_role(make.make_person("Wim Bos", "wim@raad.example"), session.merge(raad))
    assert "komt niet aan" not in visit("anna", page_of(raad))
    assert "Adviesraad Noordwolde" not in visit("anna", HOME)


def test_it_is_settled_when_the_address_is_another_one(visit, raad, transaction):
    with transaction() as session:
        address = select(PersonAddress).where(PersonAddress.email == "riet@raad.example")
        session.scalars(address).one().email = "riet@elders.example"
    assert "komt niet aan" not in visit("anna", page_of(raad))
    assert "Adviesraad Noordwolde" not in visit("anna", HOME)


@pytest.mark.parametrize(("who", "is_told"), [("anna", True), ("kees", True), ("bram", False)])
def test_today_tells_the_advisor_of_the_region(visit, raad, who, is_told):
    page = visit(who, HOME)
    assert ("Adviesraad Noordwolde" in page) is is_told
    assert ("mail aan Riet van der Berg komt niet aan" in page.replace("Mail", "mail")) is is_told


def test_a_general_mailbox_that_does_not_work_is_told_as_well(visit, raad, transaction):
    with transaction() as session:
        session.delete(session.scalars(select(Role)).one())
        mailbox = make.make_person("Adviesraad", "raad@post.example")
        withhold("raad@post.example", mailbox.id)
    assert "algemene mailbox komt niet aan" in visit("anna", page_of(raad))
    assert "algemene mailbox komt niet aan" in visit("anna", HOME)


def test_the_page_of_the_person_says_which_address_does_not_work(visit, raad, transaction):
    with transaction() as session:
        riet = session.scalars(select(Role)).one().person_id
    page = visit("anna", f"/manage/people/{riet}")
    assert "werkt niet sinds ma 11 jan 2027" in page


def test_the_list_shows_the_address_the_reason_and_what_the_server_said(visit, raad):
    page = visit("kees", WITHHELD)
    assert "riet@raad.example" in page
    assert "Riet van der Berg" in page
    assert "Dit adres bestaat niet." in page
    assert "550 5.1.1 &lt;b&gt;User unknown&lt;/b&gt;" in page


def test_the_list_forgets_an_address_that_nobody_has_any_more(visit, raad, transaction):
    with transaction() as session:
        address = select(PersonAddress).where(PersonAddress.email == "riet@raad.example")
        session.delete(session.scalars(address).one())
    page = visit("kees", WITHHELD)
    assert "adres niet meer bekend" in page
    assert "Riet van der Berg" not in page


def test_only_the_coordinator_releases(app, sign_in, cast, raad, transaction):
    with transaction() as session:
        number = session.scalars(select(Suppression.id)).one()
    place = f"{WITHHELD}{number}/release"
    assert sign_in(app.test_client(), cast.anna).post(place).status_code == 403
    assert sign_in(app.test_client(), cast.kees).post(place).status_code == 303
    with transaction() as session:
        row = session.get(Suppression, number)
        assert (row.released_at, row.released_by) == (now(), cast.kees.person_id)
        assert not suppression.withheld([], ["riet@raad.example"], Purpose.MEETINGS)


def test_the_rows_of_a_page_cost_no_questions_each(app, sign_in, cast, transaction, statements):
    kees = sign_in(app.test_client(), cast.kees)

    def fill(some):
        with transaction():
            for number in some:
                person = make.make_person(f"Lid {number}", f"lid{number}@raad.example")
                withhold(f"lid{number}@raad.example", person.id)

    def asked():
        with statements() as found:
            check_page(kees.get(WITHHELD))
        return len(found)

    fill(range(2))
    few = asked()
    fill(range(2, 40))
    assert asked() == few


def test_a_complaint_is_shown_with_the_mail_that_it_ends(visit, transaction, cast):
    with transaction():
        withhold("petra@post.example", None, "complained", Purpose.NEWSLETTER)
    page = visit("kees", WITHHELD)
    assert "als ongewenst gemeld" in page
    assert "Nieuwsbrief" in page


def test_a_mailbox_that_refuses_us_is_told_to_the_coordinator(visit, cast, transaction):
    with transaction():
        intake.note_fault("mailbox", IntakeFault.PASSWORD, "no")
    assert "weigert onze naam of ons wachtwoord" in visit("kees", HOME)
    assert "weigert onze naam" not in visit("anna", HOME)


def test_a_mailbox_that_works_again_is_no_longer_told(visit, cast, transaction):
    for note in (lambda: intake.note_fault("mailbox", IntakeFault.AWAY, ""), lambda: None):
        with transaction():
            note()
    with transaction():
        intake.note_success("mailbox")
    assert "niet te bereiken" not in visit("kees", HOME)
