"""The preview of an edition: as any sort of reader gets it, and what that reader does not get."""

import pytest
from sqlalchemy import select

from eventsapp.newsletters.editions import touch
from eventsapp.newsletters.models import Edition
from tests.checks import check_page
from tests.factories import actor_of, make_cast, make_meeting, make_theme
from tests.rendering import WORDS, make_edition


@pytest.fixture
def story(transaction):
    """An edition with a block for Noord, one about youth, and one in English."""
    with transaction():
        cast = make_cast()
        cast.youth = make_theme("Jeugd")
        make_meeting(cast.anna.person, cast.zuid, is_public=True, title="Overleg in Zuid")
        edition = make_edition(
            ("text", {"html": "<p>Voor iedereen</p>"}),
            ("text", {"html": "<p>Alleen Noord</p>", "limits": {"regions": [cast.noord.id]}}),
            ("article", {"title": "Over jeugd", "limits": {"themes": [cast.youth.id]}}),
            ("text", {"html": "<p>In English</p>", "limits": {"languages": ["en"]}}),
            ("meetings", {}),
            subject="Samen eten",
            preview_line="En meer",
        )
        cast.at = f"/manage/editions/{edition.id}/preview"
    return cast


@pytest.fixture
def ilse(story, client, sign_in):
    """The editor's browser."""
    return sign_in(client, story.ilse)


def test_the_page_shows_how_the_mail_stands_among_others(ilse, story):
    page = check_page(ilse.get(story.at))
    assert "Samen eten" in page
    assert "En meer" in page
    assert "staan niet in deze mail" not in page


def test_everything_is_shown_where_no_reader_was_chosen(ilse, story):
    mail = ilse.get(f"{story.at}/mail").text
    for words in ("Voor iedereen", "Alleen Noord", "Over jeugd", "In English", "Overleg in Zuid"):
        assert words in mail


def test_a_reader_in_zuid_gets_the_own_blocks_and_meetings(ilse, story):
    mail = ilse.get(f"{story.at}/mail?region={story.zuid.id}&language=nl").text
    assert "Alleen Noord" not in mail
    assert "In English" not in mail
    assert "Overleg in Zuid" in mail


def test_the_page_tells_which_blocks_a_reader_does_not_get(ilse, story):
    page = ilse.get(f"{story.at}?region={story.noord.id}&language=en").text
    assert "1 onderdeel staat niet in deze mail" in page
    assert "er zijn geen bijeenkomsten voor deze lezer" in page


def test_an_english_reader_is_spoken_to_in_english(ilse, story):
    mail = ilse.get(f"{story.at}/mail?region={story.noord.id}&language=en").text
    assert '<html lang="en"' in mail
    assert "Unsubscribe" in mail


def test_the_mail_can_be_read_as_text(ilse, story):
    page = check_page(ilse.get(f"{story.at}?view=text"))
    assert "Alleen Noord" in page
    assert "<iframe" not in page


def test_the_mail_can_be_seen_in_the_dark(ilse, story):
    assert "@media all" in ilse.get(f"{story.at}/mail?dark=1").text
    assert "prefers-color-scheme" in ilse.get(f"{story.at}/mail").text


def test_the_mail_runs_nothing_and_leads_nowhere(ilse, story):
    answer = ilse.get(f"{story.at}/mail")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "own.invalid" not in answer.text


@pytest.mark.parametrize(
    "asked", ["region=x&theme=y&language=z&view=w", "region=-1", "region=99999999999", "theme=0"]
)
def test_a_choice_that_does_not_exist_is_as_none(ilse, story, asked):
    assert "Voor iedereen" in ilse.get(f"{story.at}/mail?{asked}").text
    assert ilse.get(f"{story.at}?{asked}").status_code == 200


def test_an_open_page_shows_what_was_changed_meanwhile(ilse, story, transaction):
    with transaction() as session:
        edition = session.scalars(select(Edition)).one()
        known = edition.content_version
        assert ilse.get(f"{story.at}?known={known}").status_code == 204
        touch(actor_of(story.ilse), edition)
    assert 'id="seen"' in ilse.get(f"{story.at}?known={known}").text


def test_an_edition_that_is_not_there_is_not_found(ilse, story):
    assert ilse.get("/manage/editions/999999/preview").status_code == 404


def test_the_page_asks_few_questions_of_the_database(ilse, story, statements):
    with statements() as asked:
        ilse.get(story.at)
    assert len(asked) < 30


def test_whatever_stands_in_an_edition_can_be_looked_at(transaction, story, ilse):
    with transaction():
        nasty = "<b>x</b>" * 1200 + "🎉"
        blocks = [(kind, dict.fromkeys(WORDS[kind], nasty)) for kind in WORDS]
        edition = make_edition(*blocks, slug="raar", title=nasty[:160], newsletter="raar")
    assert ilse.get(f"/manage/editions/{edition.id}/preview").status_code == 200
    assert ilse.get(f"/manage/editions/{edition.id}/checks").status_code == 200
