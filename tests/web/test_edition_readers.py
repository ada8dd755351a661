"""An edition for some of the readers: limited by conditions, counted, left out at the sending."""

from types import SimpleNamespace

import pytest

from eventsapp.newsletters import conditions
from eventsapp.newsletters.models import Edition
from tests.checks import check_page
from tests.factories import make_cast, make_person
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader

ENGLISH = {"c-0-ask": "language", "c-0-word": "en", "act": "keep"}


@pytest.fixture
def story(transaction):
    with transaction():
        cast = make_cast()
        newsletter = make_newsletter()
        edition = make_edition(newsletter, subject="Samen eten")
        make_block(edition, html="<p>Dag</p>")
        for number, language in enumerate(("nl", "nl", "en")):
            person = make_person("Lezer", email=f"lezer{number}@lezers.example", language=language)
            make_reader(person, newsletter.id)
        path = f"/manage/editions/{edition.id}"
        mark = conditions.mark_of(edition)
        return SimpleNamespace(**vars(cast), edition=edition.id, path=path, mark=mark)


@pytest.fixture
def ilse(client, story, sign_in):
    return sign_in(client, story.ilse)


def _limit(client, story, **values):
    data = {**ENGLISH, "version": story.mark, **values}
    return client.post(f"{story.path}/readers", data=data)


def test_an_editor_limits_an_edition_and_sees_how_many_are_left(ilse, story):
    assert "Elke lezer van Nieuwsbrief" in check_page(ilse.get(story.path))
    page = check_page(ilse.get(f"{story.path}/readers"))
    assert "Nu krijgen 3 lezers hem" in page
    page = check_page(_limit(ilse, story, act="count"))
    assert "1 van de 3 lezers" in page
    _limit(ilse, story)
    assert "Engels" in check_page(ilse.get(story.path))


def test_the_sending_page_tells_who_is_left_out_by_it(ilse, story):
    _limit(ilse, story)
    page = check_page(ilse.get(f"{story.path}/sending"))
    assert "1 lezer krijgt deze nieuwsbrief" in page
    assert "Ze passen niet bij de gekozen lezers van deze nieuwsbrief" in page


def test_limiting_an_edition_needs_a_new_sign_off(ilse, story, transaction):
    with transaction() as session:
        before = session.get(Edition, story.edition).content_version
    _limit(ilse, story)
    _limit(ilse, story)  # the same again changes nothing
    with transaction() as session:
        session.expire_all()
        assert session.get(Edition, story.edition).content_version == before + 1


def test_the_second_of_two_is_told(ilse, story, transaction):
    _limit(ilse, story)
    page = check_page(_limit(ilse, story, **{"c-0-word": "nl"}), 409)
    assert "Iemand anders wijzigde intussen" in page


def test_conditions_that_make_no_sense_are_told(ilse, story):
    assert _limit(ilse, story, **{"c-0-ask": "in_region"}).status_code == 422


def test_what_was_signed_off_is_limited_no_more(ilse, story, transaction):
    with transaction() as session:
        session.get(Edition, story.edition).status = "signed_off"
    assert _limit(ilse, story).status_code == 409
    assert "Beperken" not in check_page(ilse.get(story.path))


def test_an_advisor_of_another_region_limits_nothing(app, story, sign_in):
    bram = sign_in(app.test_client(), story.bram)
    assert bram.get(f"{story.path}/readers").status_code == 403
    assert _limit(bram, story).status_code == 403
