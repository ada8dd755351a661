"""What visitors without account or invitation find, and in which language."""

import pytest

from eventsapp.core.language import COOKIE
from tests.checks import check_page
from tests.factories import make_meeting


@pytest.fixture
def plan(cast, transaction):
    def plan(**values):
        with transaction():
            return make_meeting(cast.anna.person, cast.noord, **{"is_public": True, **values})

    return plan


def test_the_start_page_leads_to_the_meetings_that_are_open_to_all(client, plan):
    held = plan(title="Themamiddag vervoer", town="Noordwolde")
    html = check_page(client.get("/"))
    assert f'href="/meetings/{held.id}"' in html
    assert "Dorpshuis De Linde, Noordwolde" in html
    assert check_page(client.get(f"/meetings/{held.id}"))


@pytest.mark.parametrize(
    "values",
    [
        {"is_public": False},
        {"is_confidential": True},
        {"status": "draft"},
        {"status": "cancelled"},
        {"days": -3},
    ],
)
def test_other_meetings_are_not_on_the_start_page(client, plan, values):
    plan(title="Themamiddag vervoer", **values)
    html = check_page(client.get("/"))
    assert "Themamiddag vervoer" not in html
    assert "geen bijeenkomsten gepland" in html


def test_an_advisor_who_is_signed_in_goes_on_from_the_start_page(client, cast, sign_in):
    assert 'href="/sign-in"' in check_page(client.get("/"))
    html = check_page(sign_in(client, cast.anna).get("/"))
    assert 'href="/manage/"' in html
    assert 'href="/sign-in"' not in html


def test_the_start_page_asks_little_of_the_database(client, plan, statements):
    for _ in range(5):
        plan()
    with statements() as asked:
        client.get("/")
    assert len([line for line in asked if line.startswith("SELECT")]) == 1


def test_a_visitor_chooses_a_language_and_keeps_it(client):
    response = client.post("/language", data={"language": "en", "back": "/privacy"})
    assert (response.status_code, response.location) == (303, "/privacy")
    html = check_page(client.get("/privacy"))
    assert 'lang="en"' in html
    assert "What we keep about you" in html


@pytest.mark.parametrize("chosen", ["fr", "", "<b>", "nl; Domain=evil.example"])
def test_a_language_that_we_do_not_speak_is_not_kept(client, chosen):
    client.post("/language", data={"language": chosen})
    assert client.get_cookie(COOKIE) is None


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "http://["]
)
def test_choosing_a_language_never_leads_to_another_site(client, back):
    assert client.post("/language", data={"language": "en", "back": back}).location == "/"


def test_who_has_a_personal_link_is_not_asked_for_a_language(invited):
    assert 'action="/language"' not in invited(language="en").page()


def test_the_credit_line_of_the_municipalities_stands_on_the_page_of_sources(client):
    assert "© CBS en Kadaster, bewerkt (CC BY 4.0)" in check_page(client.get("/about"))


def test_every_page_of_visitors_leads_to_what_we_keep(client, invited):
    assert 'href="/privacy"' in invited().page()
    assert "twee weken na de bijeenkomst" in check_page(client.get("/privacy")).lower()


def test_search_machines_keep_away_from_personal_links(client):
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    assert "Disallow: /a/" in response.text
