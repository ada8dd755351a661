"""The page of the checks: what was found in an edition, each with the way to its place."""

import pytest

from eventsapp.newsletters import dead_links
from eventsapp.newsletters.dead_links import Fate
from eventsapp.newsletters.inspection import largest, look_at
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.render import for_reader, pieces
from eventsapp.newsletters.sorts import sorts
from tests.checks import check_page
from tests.factories import make_cast, make_meeting, make_person
from tests.newsletters import make_reader
from tests.rendering import WORDS, make_edition, taken


@pytest.fixture
def story(transaction):
    with transaction():
        cast = make_cast()
        cast.edition = make_edition(
            ("article", {"title": "Een titel", "picture_id": 1, "alternative": ""}),
            ("text", {"html": "<p>Indien u komt.</p>", "limits": {"regions": [cast.noord.id]}}),
            ("call", {"survey_id": 99}),
            subject="Samen eten",
        )
        reader = make_person("Riet Bos", municipality_id=None)
        make_reader(reader, cast.edition.newsletter_id, regions=[cast.noord])
        cast.article = cast.edition.blocks[0].id
        cast.at = f"/manage/editions/{cast.edition.id}/checks"
    return cast


@pytest.fixture
def ilse(story, client, sign_in):
    """The editor's browser."""
    return sign_in(client, story.ilse)


def test_the_page_tells_what_is_wrong_and_where(ilse, story):
    page = check_page(ilse.get(story.at))
    assert "2 dingen moeten anders" in page
    assert f'?open={story.article}#block-{story.article}">Artikel: Een titel</a>' in page
    assert "Veel lezers kennen “Indien” niet. Eenvoudiger: als." in page


def test_what_is_wrong_with_a_block_stands_together(ilse, story, transaction):
    with transaction():
        empty = make_edition(("article", dict.fromkeys(WORDS["article"], "")), slug="leeg",
                             newsletter="leeg")  # fmt: skip
    page = ilse.get(f"/manage/editions/{empty.id}/checks").text
    assert page.count(f"#block-{empty.blocks[0].id}") == 1
    assert "Geef het een titel." in page
    assert "Schrijf de tekst." in page


def test_of_a_wrong_weekday_the_right_one_is_told(ilse, story, transaction):
    with transaction():
        wrong = make_edition(("text", {"html": "<p>Kom op dinsdag 14 april 2027.</p>"}),
                             slug="dag", newsletter="dag")  # fmt: skip
    page = ilse.get(f"/manage/editions/{wrong.id}/checks").text
    assert "een andere dag van de week: woensdag 14 april 2027." in page


def test_links_that_nobody_followed_are_not_said_to_work(ilse, story, transaction):
    with transaction():
        linked = make_edition(("literature", {}), slug="boek", newsletter="boek")
    assert "Nog niet gevolgd" in ilse.get(f"/manage/editions/{linked.id}/checks").text


def test_the_page_leads_to_the_mails_that_read_differently(ilse, story):
    page = ilse.get(story.at).text
    assert "2 soorten mail" in page
    assert f"/preview?region={story.noord.id}&amp;language=nl" in page
    assert "/preview?region=none&amp;language=nl" not in page


def test_a_survey_that_is_gone_is_told(ilse, story):
    assert "Deze vragenlijst is niet open" in ilse.get(story.at).text


@pytest.fixture
def with_meetings(story, transaction):
    """An edition with a meeting in Noord; people read about Noord, about Zuid and about both."""
    with transaction():
        make_meeting(story.anna.person, story.noord, is_public=True)
        edition = make_edition(("meetings", {"days": 60}), slug="dagen", newsletter="dagen")
        for name, regions in (
            ("Joop Smit", [story.noord]),
            ("Nel Bos", [story.zuid]),
            ("Wim Vos", [story.noord, story.zuid]),
        ):
            reader = make_person(name, municipality_id=None)
            make_reader(reader, edition.newsletter_id, regions=regions)
    return edition


MISSES = "Lezers in 1 regio vinden geen bijeenkomst van hun eigen regio: Zuid"


def test_readers_of_a_region_without_a_meeting_are_told_of(ilse, with_meetings):
    assert MISSES in check_page(ilse.get(f"/manage/editions/{with_meetings.id}/checks"))


def test_a_message_to_one_region_is_not_held_against_the_others(
    ilse, story, with_meetings, transaction
):
    with transaction() as session:
        edition = session.get(Edition, with_meetings.id)
        edition.kind, edition.region_id = "regional", story.noord.id
    page = check_page(ilse.get(f"/manage/editions/{with_meetings.id}/checks"))
    assert "eigen regio" not in page


def test_who_does_not_get_an_edition_misses_no_meeting_in_it(ilse, with_meetings, transaction):
    with transaction() as session:
        edition = session.get(Edition, with_meetings.id)
        edition.criteria = {"all": [{"kind": "language", "word": "en"}]}
    page = check_page(ilse.get(f"/manage/editions/{with_meetings.id}/checks"))
    assert "eigen regio" not in page


def test_an_edition_in_order_is_told_to_be(transaction, story, ilse):
    with transaction():
        fine = make_edition(
            ("text", {"html": "<p>Kom eten.</p>"}),
            subject="Samen eten",
            preview_line="En meer",
            slug="goed",
            newsletter="goed",
        )
    page = check_page(ilse.get(f"/manage/editions/{fine.id}/checks"))
    assert "Alles is in orde" in page


def test_the_largest_mail_is_measured_from_its_pieces(app, story, transaction):
    edition = taken()
    with app.app_context():
        found = sorts(edition["blocks"], ["nl"], [1, 2], [1])
        html, _text = for_reader(pieces(edition, "nl"), found[0].reader)
        octets, _heaviest = largest(edition, found)
        assert octets >= len("".join(html).encode())
        assert octets < len("".join(html).encode()) * 1.1


def test_the_block_that_takes_most_room_is_named(app):
    edition = taken(("text", {}), ("article", {"intro": "", "html": "<p>woord </p>" * 900}))
    with app.app_context():
        found = sorts(edition["blocks"], ["nl"], [1, 2], [1])
        octets, (key, own) = largest(edition, found)
    assert key == "1"
    assert octets / 2 < own < octets


def test_looking_asks_few_questions_of_the_database(story, transaction, statements):
    with transaction() as session:
        edition = session.merge(story.edition)
        with statements() as asked:
            look_at(edition)
    assert len(asked) < 20


LINKS = (
    ("text", {"html": '<p><a href="https://weg.example/x">De gids</a></p>'}),
    ("publication", {"url": "https://er.example/gids"}),
    ("text", {"html": '<p><a href="mailto:x@raad.example">Schrijf ons</a></p>'}),
    ("literature", {"url": "https://weg.example/x"}),
)


def test_links_that_lead_nowhere_are_found_and_each_page_is_asked_once(app):
    asked = []

    def fate_of(address):
        asked.append(address)
        return Fate.DEAD if "weg" in address else Fate.ALIVE

    with app.app_context():
        count, odd = dead_links.follow(taken(*LINKS), fate_of)
    assert sorted(asked) == ["https://er.example/gids", "https://weg.example/x"]
    assert (count, [(one.key, one.fate) for one in odd]) == (
        2,
        [("0", Fate.DEAD), ("3", Fate.DEAD)],
    )


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/x", "http://localhost:5000/x", "http://[::1]/", "http://169.254.169.254/",
     "http://10.0.0.1/", "http://0.0.0.0/", "http://[::ffff:10.0.0.1]/", "http://224.0.0.1/",
     "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://9.9.9.9:25/",
     "http://x.invalid/", "https:///x", "http://a:b/"],
)  # fmt: skip
def test_no_server_within_our_own_network_is_asked(address):
    assert dead_links._fate_of(address) is Fate.UNREACHED


@pytest.mark.parametrize(
    ("status", "fate"),
    [(200, Fate.ALIVE), (404, Fate.DEAD), (410, Fate.DEAD), (403, Fate.ALIVE), (500, Fate.UNCLEAR)],
)
def test_what_an_answer_means(status, fate):
    assert dead_links._judged(status) is fate


def test_following_the_links_shows_what_became_of_them(ilse, story):
    page = check_page(ilse.get(f"{story.at}?links=1"))
    assert "1 link is gevolgd" in page


def test_an_edition_without_links_is_said_to_have_none(transaction, story, ilse):
    with transaction():
        bare = make_edition(("text", {"html": "<p>Kom.</p>"}), slug="kaal", newsletter="kaal")
    page = check_page(ilse.get(f"/manage/editions/{bare.id}/checks?links=1"))
    assert "geen link in die naar een andere website gaat" in page
