"""The address book on a desk and on a phone: every page accessible, a list read in by pressing."""

import pytest

from eventsapp.accounts.sessions import open_session
from tests import factories as make
from tests.browsing import arrive, visit
from tests.signing_in import COOKIE

LIST = (
    "Voornaam;Achternaam;E-mail;Organisatie;Functie;Gemeente\n"
    "Désirée;Müller;des@raad.example;Adviesraad Noordwolde;Voorzitter;Noordwolde\n"
    "Ad;Bos;geen adres;;;\n"
)


@pytest.fixture
def story(transaction, live_server):
    """A council of Noord with a chair and a network, and Anna's session in `secret`."""
    with transaction():
        cast = make.make_cast()
        town = make.make_municipality("Noordwolde", cast.noord)
        raad = make.make_organisation("Adviesraad Noordwolde", town, email="raad@post.example")
        riet = make.make_person("Riet van der Berg", phone="+31612345678")
        role = make.make_role(riet, raad)
        network = make.make_network(region=cast.noord, organisations=[raad], cadence_weeks=12)
        meeting = make.make_meeting(cast.anna.person, cast.noord, days=-7, network_id=network.id)
        make.make_invitation(meeting, riet, organisation=raad, reply="accepted")
        cast.secret = open_session(cast.anna.id, "Chromium")
        cast.pages = (
            "/manage/people/?q=riet",
            "/manage/people/new",
            f"/manage/people/{riet.id}",
            f"/manage/people/{riet.id}/edit",
            f"/manage/people/{riet.id}/mail",
            f"/manage/people/{riet.id}/functions/new?organisation={raad.id}",
            f"/manage/functions/{role.id}/end",
            f"/manage/functions/{role.id}/succeed?q=anna",
            "/manage/organisations/",
            f"/manage/organisations/{raad.id}",
            f"/manage/organisations/{raad.id}/edit",
            f"/manage/organisations/{raad.id}/end?q=raad",
            "/manage/networks/",
            f"/manage/networks/{network.id}?q=raad",
            "/manage/networks/new",
            "/manage/regions/",
            f"/manage/regions/municipalities/{town.id}",
            "/manage/search/?q=noord",
        )
    return cast


@pytest.fixture(params=["page", "phone"])
def anna(request, story, live_server):
    page = request.getfixturevalue(request.param)
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    return page


def test_every_page_of_the_address_book_is_accessible(anna, story, axe):
    for address in story.pages:
        visit(anna, address)
        axe(anna)


def test_on_a_phone_a_function_stands_beside_its_label(story, phone, live_server):
    phone.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    visit(phone, "/manage/people/?q=riet")
    cell = phone.get_by_role("cell", name="Adviesraad Noordwolde")
    left = cell.evaluate("e => e.getBoundingClientRect().left")
    link = cell.get_by_role("link").evaluate("e => e.getBoundingClientRect().left")
    assert link - left > 100


def test_a_file_that_is_far_too_large_is_refused_in_words(anna, axe, tmp_path):
    large = tmp_path / "groot.csv"
    with large.open("wb") as file:
        file.truncate(50_000_000)
    visit(anna, "/manage/import/")
    anna.set_input_files("input[type=file]", large)
    anna.get_by_role("button", name="Volgende").click()
    arrive(anna, "Dat is te groot")
    anna.get_by_text("ga terug en kies een kleiner bestand").wait_for()
    axe(anna)


def test_a_list_is_read_in_by_pressing_three_buttons(anna, axe):
    visit(anna, "/manage/import/")
    axe(anna)
    file = {"name": "leden.csv", "mimeType": "text/csv", "buffer": LIST.encode("cp1252")}
    anna.set_input_files("input[type=file]", files=[file])
    anna.get_by_role("button", name="Volgende").click()
    arrive(anna, "Wat staat er in welke kolom?")
    axe(anna)
    anna.get_by_role("button", name="Laat zien wat er zou gebeuren").click()
    arrive(anna, "Wat er gebeurt")
    axe(anna)
    anna.get_by_role("button", name="Eén regel inlezen").click()
    arrive(anna, "Wat er is gebeurd")
    visit(anna, "/manage/search/?q=muller")
    anna.get_by_role("link", name="Désirée Müller").click()
    arrive(anna, "Désirée Müller")
    anna.get_by_text("Adviesraad Noordwolde").wait_for()
