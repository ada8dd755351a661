"""Own links of readers: places in an edition that each mail fills."""

from eventsapp.newsletters import own_links
from eventsapp.newsletters.own_links import LEAVE, PERSONAL, survey

WORDS = f'<a href="{LEAVE}">uit</a> of <a href="{PERSONAL}">kies</a> of {survey(12)}.'


def test_each_place_has_a_name():
    assert own_links.names_in(WORDS) == {"leave", "choices", "survey/12"}


def test_a_text_is_taken_apart_and_nothing_is_lost():
    chunks = own_links.split(WORDS)
    assert chunks[1::2] == ["leave", "choices", "survey/12"]
    assert own_links.put_in(WORDS, lambda name: "") == "".join(chunks[::2])


def test_each_place_gets_the_link_of_its_name():
    made = own_links.put_in(WORDS, lambda name: f"/eigen/{name}")
    assert made == '<a href="/eigen/leave">uit</a> of <a href="/eigen/choices">kies</a> of ' + (
        "/eigen/survey/12."
    )


def test_for_everybody_all_places_lead_to_one_page():
    made = own_links.for_everybody(WORDS, "/nieuws")
    assert own_links.names_in(made) == set()
    assert made.count("/nieuws") == 3


def test_a_survey_is_known_by_its_number():
    assert own_links.survey_of("survey/12") == 12
    assert own_links.survey_of("leave") is None
    assert own_links.is_own(survey(3))
    assert not own_links.is_own("https://own.invalid.example/leave")
