"""Who gets a newsletter: all readers, or those who answer to conditions when it is sent."""

import pytest

from eventsapp.contacts import rules, subscriber_segments
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import today
from eventsapp.newsletters.models import Newsletter
from tests import factories as make
from tests.checks import check_page
from tests.newsletters import make_newsletter, make_reader

HOME = "/manage/subscribers/conditions/"


@pytest.fixture
def story(transaction, cast):
    """Petra came to a meeting, Riet chose Zuid and a theme, Joop lives in Noord."""
    with transaction() as session:
        noord, zuid = session.merge(cast.noord), session.merge(cast.zuid)
        letter = make_newsletter()
        town = make.make_municipality("Noordwolde", noord)
        theme = make.make_theme("Vervoer")
        petra = session.merge(cast.petra)
        make.make_attendance(make.make_meeting(cast.anna.person, noord, days=-9), petra)
        make_reader(petra, letter.id)
        make_reader(make.make_person("Riet Bos"), letter.id, regions=[zuid], themes=[theme])
        joop = make.make_person("Joop Visser", municipality_id=town.id, language="en")
        make_reader(joop, letter.id)
        make.make_person("Wim de Vos", municipality_id=town.id)
    return {"letter": letter, "noord": noord, "zuid": zuid, "theme": theme}


@pytest.fixture
def kees(client, sign_in, cast):
    return sign_in(client, cast.kees)


def count(story, *leaves):
    criteria = rules.parse({"all": list(leaves)})
    return subscriber_segments.count(criteria, story["letter"].id, SYSTEM, today())


def test_conditions_find_readers_as_they_find_people(story, transaction):
    with transaction():
        assert count(story) == 3
        assert count(story, {"kind": "attended"}) == 1
        assert count(story, {"kind": "language", "word": "en"}) == 1
        assert count(story, {"kind": "attended", "not": True}) == 2


def test_what_a_reader_chose_counts_too(story, transaction):
    with transaction():
        assert count(story, {"kind": "in_region", "region": story["zuid"].id}) == 1
        assert count(story, {"kind": "in_region", "region": story["noord"].id}) == 1
        assert count(story, {"kind": "theme", "theme": story["theme"].id}) == 1
        assert count(story, {"kind": "theme", "theme": story["theme"].id, "not": True}) == 2


def test_what_somebody_chose_for_another_newsletter_does_not_count(story, transaction, cast):
    with transaction() as session:
        other = make_newsletter("Ander bericht")
        petra = session.merge(cast.petra)
        make_reader(petra, other.id, themes=[session.merge(story["theme"])])
    with transaction():
        assert count(story, {"kind": "theme", "theme": story["theme"].id}) == 1


def form(page):
    version = page.split('name="version" type="hidden" value="')[1].split('"')[0]
    return {"version": version, "c-0-ask": "language", "c-0-word": "en"}


def test_conditions_are_set_step_by_step(kees, story, transaction):
    page = check_page(kees.get(HOME))
    assert "3 lezers voldoen hier nu aan." in page
    data = {**form(page), "c-0-word": ""}
    page = check_page(kees.post(HOME, data={**data, "act": "add", "ask": "attended"}))
    assert page.count('<li class="condition">') == 2
    page = check_page(kees.post(HOME, data={**form(page), "act": "count"}))
    assert "1 lezer voldoet hier nu aan." in page
    assert kees.post(HOME, data={**form(page), "act": "keep"}).status_code == 303
    with transaction() as session:
        kept = session.get(Newsletter, story["letter"].id).criteria
    assert kept == {"all": [{"kind": "language", "word": "en"}]}


def test_without_conditions_everybody_gets_it_again(kees, story, transaction):
    page = check_page(kees.get(HOME))
    kees.post(HOME, data={**form(page), "act": "keep"})
    page = check_page(kees.get(HOME))
    kees.post(HOME, data={"version": form(page)["version"], "act": "keep"})
    with transaction() as session:
        assert session.get(Newsletter, story["letter"].id).criteria == {}


def test_a_condition_that_says_nothing_is_refused_in_words(kees, story):
    data = {**form(check_page(kees.get(HOME))), "c-0-word": "", "act": "keep"}
    page = check_page(kees.post(HOME, data=data), 422)
    assert "Vul in waar" in page


def test_of_two_at_once_the_second_is_told_and_loses_nothing(kees, story):
    data = {**form(check_page(kees.get(HOME))), "act": "keep"}
    assert kees.post(HOME, data=data).status_code == 303
    page = check_page(kees.post(HOME, data={**data, "c-0-not": "1"}), 409)
    assert "Iemand anders heeft deze nieuwsbrief intussen gewijzigd" in page
    assert 'name="c-0-not" value="1" checked' in page
    assert kees.post(HOME, data={**form(page), "act": "keep"}).status_code == 303


@pytest.mark.parametrize("who", ["anna", "ilse"])
def test_only_a_coordinator_sets_them(app, sign_in, cast, story, who):
    client = sign_in(app.test_client(), getattr(cast, who))
    assert client.get(HOME).status_code == 403
    assert client.post(HOME, data={"act": "keep"}).status_code == 403


def test_without_a_newsletter_there_is_nothing_to_set(kees):
    assert "Er is nog geen nieuwsbrief" in check_page(kees.get(HOME))
