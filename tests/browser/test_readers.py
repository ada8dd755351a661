"""The readers of the newsletter on a desk and on a phone: each page accessible, a list read in."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from eventsapp.accounts.sessions import open_session
from eventsapp.contacts.models import ReachSnapshot
from eventsapp.core.dates import now, today
from tests import factories as make
from tests.browsing import arrive, visit
from tests.newsletters import make_newsletter, make_reader
from tests.signing_in import COOKIE

LIST = (
    "E-mail;Naam;Soort;Datum toestemming\n"
    "des@raad.example;Désirée Müller;Wmo-raad;2-3-2019\n"
    "geen adres;Ad Bos;;\n"
)
PAGES = (
    "/manage/subscribers/",
    "/manage/subscribers/all?state=all",
    "/manage/subscribers/all?q=niemand",
    "/manage/subscribers/municipalities?sort=readers",
    "/manage/subscribers/conditions/",
)


@pytest.fixture
def story(transaction, live_server):
    """Readers of each state, the reach of three months, and Kees's session in `secret`."""
    with transaction() as session:
        cast = make.make_cast()
        town = make.make_municipality("Noordwolde", cast.noord)
        make.make_municipality("Zuidhorn", cast.zuid)
        letter = make_newsletter()
        for name, values in (
            ("Riet van der Berg", {"reader_kind": "social_council", "how": "import"}),
            ("Joop Visser", {"paused_until": today() + timedelta(days=9)}),
            ("Wim Bos", {"ended_at": now()}),
        ):
            make_reader(make.make_person(name, municipality_id=town.id), letter.id, **values)
        for months in (1, 2, 3):
            day = today() - timedelta(days=31 * months)
            session.add(
                ReachSnapshot(
                    newsletter_id=letter.id, on=day, readers=9, municipalities=1,
                    of_municipalities=2 + months,
                )
            )  # fmt: skip
        cast.secret = open_session(cast.kees.id, "Chromium")
    return cast


@pytest.fixture(params=["page", "phone"])
def kees(request, story, live_server):
    page = request.getfixturevalue(request.param)
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    return page


def test_every_page_about_readers_is_accessible(kees, axe):
    for address in PAGES:
        visit(kees, address)
        axe(kees)


def test_a_figure_leads_to_its_readers(kees, axe):
    visit(kees, "/manage/subscribers/")
    kees.get_by_role("link", name="pauzeren").click()
    arrive(kees, "Alle lezers")
    kees.get_by_role("link", name="Joop Visser").wait_for()
    expect(kees.get_by_role("link", name="Riet van der Berg")).to_have_count(0)


def test_a_list_of_readers_is_read_in_by_pressing_three_buttons(kees, axe):
    visit(kees, "/manage/subscribers/import/")
    axe(kees)
    file = {"name": "lezers.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    kees.set_input_files("input[type=file]", files=[file])
    kees.get_by_label("Hoe gaven deze mensen toestemming?").fill("Formulier van de website")
    kees.get_by_role("button", name="Volgende").click()
    arrive(kees, "Wat staat er in welke kolom?")
    axe(kees)
    kees.get_by_role("button", name="Laat zien wat er zou gebeuren").click()
    arrive(kees, "Wat er gebeurt")
    axe(kees)
    kees.get_by_role("button", name="Eén lezer toevoegen").click()
    arrive(kees, "Wat er is gebeurd")
    visit(kees, "/manage/subscribers/all?q=muller")
    kees.get_by_role("link", name="Désirée Müller").wait_for()
