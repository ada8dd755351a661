"""A reader in Chromium: subscribing, the own page, leaving; on a desk and on a phone, for all."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from eventsapp.contacts import subscriptions
from eventsapp.contacts.models import Subscription
from eventsapp.contacts.subscriptions import Choices
from eventsapp.core.actor import SYSTEM
from eventsapp.core.links import unsubscribe_link
from eventsapp.mail import outbox
from eventsapp.mail.compose import compose
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Message
from eventsapp.newsletters.models import Newsletter
from tests.browsing import visit
from tests.factories import make_municipality, make_person, make_region, make_theme

pytestmark = pytest.mark.databases("sqlite")

NAMES = ("Achterhoek", "Drechtsteden", "Flevoland", "Gooi en Vechtstreek", "Haaglanden", "Twente")
THEMES = ("Jeugd", "Wonen met zorg", "Vervoer", "Geldzorgen", "Eenzaamheid", "Mantelzorg")
SIZES = ("page", "phone")


@pytest.fixture
def newsletter(product, transaction):
    with transaction() as session:
        made = Newsletter(
            name="Nieuwsbrief Samen Verder",
            slug="samen-verder",
            about="Zes keer per jaar: wat adviesraden bij u in de buurt doen.",
        )
        session.add(made)
        for number, name in enumerate(NAMES):
            make_municipality(f"Gemeente {name}", make_region(name))
            make_theme(THEMES[number], position=number)
        session.flush()
        return made


@pytest.fixture
def riet(newsletter, transaction):
    """The paths of Riet's own page and of leaving."""
    with transaction() as session:
        person = make_person("Riet van der Berg", email="riet@raad.example")
        made = subscriptions.subscribe(
            SYSTEM, newsletter.id, person, how="page", words="Ja", choices=Choices()
        )
        mailing = outbox.open_mailing(
            kind=MailingKind.EDITION, purpose=Purpose.NEWSLETTER, reference="edition:1",
            title="Nieuwsbrief van maart", by=None, data={"newsletter_id": newsletter.id},
        )  # fmt: skip
        letter = outbox.Letter(
            "maart", "riet@raad.example", "Riet", "nl", "letter", person_id=person.id
        )
        number = outbox.enqueue(mailing, [letter])[0]
        session.flush()
        own = subscriptions.link_for(made)
        return {"own": _path(own), "leave": _path(unsubscribe_link(number)), "id": made.id}


def _path(link):
    return re.sub(r"^https?://[^/]+", "", link)


def mailed(transaction):
    with transaction() as session:
        newest = session.scalars(select(Message).order_by(Message.id.desc())).first()
        return re.search(r"https?://\S+", compose(newest).text)[0]


def unfold(window):
    """Open what is folded, for axe."""
    window.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize("size", SIZES)
def test_somebody_subscribes_confirms_and_chooses(request, size, newsletter, axe, transaction):
    window = request.getfixturevalue(size)
    visit(window, "/subscribe")
    unfold(window)
    axe(window)
    window.get_by_label("Uw e-mailadres").fill("truus@gmial.com")
    window.get_by_role("button", name="Schrijf mij in").click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("kijk in uw mail")
    axe(window)
    window.get_by_role("button", name="Ja, stuur de mail daarheen").click()
    expect(window.locator(".said[role=status]")).to_contain_text("truus@gmail.com")
    visit(window, mailed(transaction))
    axe(window)
    window.get_by_role("button", name="Ja, schrijf mij in").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("U bent ingeschreven")
    axe(window)
    window.get_by_label("Jeugd").check()
    window.get_by_role("button", name="Mijn keuzes bewaren").click()
    expect(window.get_by_text("Uw keuzes zijn bewaard")).to_be_visible()
    with transaction() as session:
        made = session.scalars(select(Subscription)).one()
        assert [one.name_nl for one in made.themes] == ["Jeugd"]


@pytest.mark.parametrize("size", SIZES)
def test_a_mistyped_address_is_told_beside_the_field(request, size, newsletter, axe):
    window = request.getfixturevalue(size)
    visit(window, "/subscribe")
    window.get_by_label("Uw e-mailadres").fill("truus.post.example")
    window.get_by_role("button", name="Schrijf mij in").click()
    expect(window.get_by_role("alert")).to_contain_text("Dit is geen e-mailadres")
    axe(window)


@pytest.mark.parametrize("size", SIZES)
def test_the_own_page_is_for_everybody(request, size, riet, axe):
    window = request.getfixturevalue(size)
    visit(window, riet["own"])
    unfold(window)
    axe(window)
    window.get_by_label("Vier maanden").check()
    window.get_by_role("button", name="De nieuwsbrief pauzeren").click()
    expect(window.get_by_text("U krijgt geen nieuwsbrief tot")).to_be_visible()
    axe(window)
    window.get_by_role("button", name="Laat de nieuwsbrief nu weer komen").click()
    expect(window.get_by_text("De nieuwsbrief komt weer.")).to_be_visible()
    window.get_by_role("button", name="Schrijf mij uit").click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("niet meer")
    axe(window)
    window.get_by_role("button", name="Schrijf mij weer in").click()
    expect(window.get_by_text("U bent weer ingeschreven")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_leaving_by_the_link_of_a_mail_is_for_everybody(request, size, riet, axe):
    window = request.getfixturevalue(size)
    visit(window, riet["leave"])
    axe(window)
    window.get_by_role("button", name="Ja, stuur mij geen nieuwsbrief meer").click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("niet meer")
    axe(window)
    window.get_by_label("Ik krijg te veel mail").check()
    window.get_by_role("button", name="Laat het ons weten").click()
    expect(window.get_by_text("Dank u wel")).to_be_visible()
    window.get_by_role("button", name="Schrijf mij weer in").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("U bent weer ingeschreven")
    axe(window)


@pytest.mark.parametrize("size", SIZES)
def test_links_that_do_not_work_are_for_everybody(request, size, newsletter, axe):
    window = request.getfixturevalue(size)
    for path in ("/r/niets", "/subscribe/confirm/niets"):
        visit(window, path, 404)
        axe(window)
    visit(window, "/subscribe/link")
    axe(window)
    window.get_by_label("Uw e-mailadres").fill("iemand@post.example")
    window.get_by_role("button", name="Mail mij die link").click()
    expect(window.get_by_text("Kijk nu in uw mail")).to_be_visible()
    axe(window)


def test_without_script_everything_works_too(browser, live_server, newsletter, transaction):
    context = browser.new_context(base_url=live_server, java_script_enabled=False)
    window = context.new_page()
    window.goto("/subscribe")
    window.get_by_label("Uw e-mailadres").fill("truus@post.example")
    window.get_by_label("Uw naam").fill("Truus Vos")
    window.get_by_role("button", name="Schrijf mij in").click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("kijk in uw mail")
    window.goto(mailed(transaction))
    window.get_by_role("button", name="Ja, schrijf mij in").click()
    window.get_by_role("button", name="Schrijf mij uit").click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("niet meer")
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_what_we_keep_is_for_everybody(request, size, riet, axe, transaction):
    window = request.getfixturevalue(size)
    visit(window, riet["own"])
    window.get_by_role("button", name="Mail mij de link naar mijn gegevens").click()
    expect(window.get_by_text("Wij hebben een mail met een link gestuurd")).to_be_visible()
    visit(window, mailed(transaction))
    expect(window.get_by_role("heading", level=1)).to_have_text("Wat wij van u bewaren")
    unfold(window)
    axe(window)
    window.get_by_role("button", name="Ja, wis alles wat u van mij bewaart").click()
    expect(window.get_by_text("U hebt ons gevraagd alles te wissen")).to_be_visible()
    axe(window)
    visit(window, "/mine/niets", 404)
    axe(window)


def test_a_new_link_is_on_its_way_for_everybody(phone, riet, axe):
    visit(phone, riet["own"])
    phone.get_by_text("Heeft iemand anders deze link gekregen?").click()
    phone.get_by_role("button", name="Mail mij een nieuwe link").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Uw nieuwe link is onderweg")
    axe(phone)
    visit(phone, riet["own"], 410)
    axe(phone)
