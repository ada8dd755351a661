"""Links of an edition that are counted: totals only, and leading only where the edition leads."""

import pytest

from eventsapp.newsletters import clicks
from eventsapp.newsletters.clicks import followed
from eventsapp.newsletters.models import LinkClicks, Newsletter
from tests.archived import article, block, frozen_blocks, make_sent_edition

GUIDE = "https://gids.example/eten?a=1&b=2"
LINKED = '<p>Zie <a href="https://gids.example/eten?a=1&amp;b=2" rel="noopener">de gids</a>.</p>'


@pytest.fixture
def edition(transaction):
    followed.forget()
    with transaction():
        return make_sent_edition(
            block("text", html=LINKED),
            block("publication", title="Gids", url="https://gids.example/boek"),
            article(),
        )


@pytest.fixture
def clicked(transaction, edition):
    """`clicked()` writes down what was counted and gives it by number."""

    def act():
        with transaction() as session:
            followed.write()
            session.flush()
            rows = session.query(LinkClicks).filter_by(edition_id=edition.id)
            return {row.number: row.clicks for row in rows}

    return act


def test_a_counted_link_leads_on_and_is_counted_once(client, edition, clicked):
    response = client.get(f"/l/{edition.id}/1")
    assert (response.status_code, response.location) == (302, "https://gids.example/eten")
    assert clicked() == {1: 1}
    assert clicked() == {1: 1}


@pytest.mark.parametrize("number", [0, 2, 99, 2**40])
def test_another_number_leads_nowhere(client, edition, number):
    assert client.get(f"/l/{edition.id}/{number}").status_code == 404
    assert client.get(f"/l/{number + 1000}/1").status_code == 404


@pytest.mark.parametrize(
    ("method", "headers"),
    [("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch"}), ("GET", {"Purpose": "preview"})],
)
def test_what_nobody_pressed_is_not_counted(client, edition, clicked, method, headers):
    assert client.open(f"/l/{edition.id}/1", method=method, headers=headers).status_code == 302
    assert clicked() == {1: 0}


def test_once_it_is_switched_off_links_lead_on_uncounted(client, edition, clicked, transaction):
    with transaction() as session:
        session.get(Newsletter, edition.newsletter_id).counts_clicks = False
    assert client.get(f"/l/{edition.id}/1").status_code == 302
    assert clicked() == {1: 0}


def test_every_web_address_of_an_edition_has_a_number(edition, transaction):
    with transaction() as session:
        kept = session.merge(edition)
        numbers = clicks.number_links(kept, frozen_blocks(kept))
    assert numbers == {GUIDE: 1, "https://gids.example/boek": 2}


def test_a_newsletter_that_does_not_count_numbers_nothing(edition, transaction):
    with transaction() as session:
        kept = session.merge(edition)
        kept.newsletter.counts_clicks = False
        assert clicks.number_links(kept, frozen_blocks(kept)) == {}
        assert clicks.totals(kept.id) == []


def test_only_numbered_links_go_by_way_of_us(app):
    with app.app_context():
        html = LINKED + '<a href="mailto:info@raad.example">mail</a><img src="https://x.example/">'
        made = clicks.counted(html, 7, {GUIDE: 3})
    assert '/l/7/3" rel="noopener">de gids' in made
    assert made.count("/l/7/") == 1
    assert "mailto:info@raad.example" in made
