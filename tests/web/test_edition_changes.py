"""What another editor changed meanwhile is told on the page, without loading it again."""

from types import SimpleNamespace

import pytest

from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition
from tests.factories import make_cast
from tests.newsletters import make_block, make_edition


@pytest.fixture
def story(transaction):
    with transaction():
        cast = make_cast()
        edition = make_edition()
        heading = make_block(edition, BlockKind.HEADING, text="Agenda").id
        text = make_block(edition, BlockKind.TEXT, html="<p>Dag</p>").id
        path = f"/manage/editions/{edition.id}"
        return SimpleNamespace(
            **vars(cast), edition=edition.id, heading=heading, text=text, path=path
        )


@pytest.fixture
def ilse(client, story, sign_in):
    return sign_in(client, story.ilse)


@pytest.fixture
def kees(app, story, sign_in):
    return sign_in(app.test_client(), story.kees)


def _ask(client, story, shown=None):
    shown = shown if shown is not None else f"{story.heading}:1,{story.text}:1"
    return client.get(f"{story.path}/changes.json", query_string={"shown": shown})


def _change(client, number, **values):
    data = {f"b{number}-{name}": value for name, value in {"version": "1", **values}.items()}
    assert client.post(f"/manage/blocks/{number}/autosave", data=data).status_code == 200


def test_where_nothing_changed_nothing_is_drawn(ilse, story, statements):
    with statements() as asked:
        told = _ask(ilse, story).json
    assert told["blocks"] == []
    assert told["order"] == [story.heading, story.text]
    assert len(asked) <= 5


def test_a_change_of_another_is_told_with_the_card(ilse, kees, story):
    _change(kees, story.heading, text="Agenda van mei")
    [told] = _ask(ilse, story).json["blocks"]
    assert told["id"] == story.heading
    assert not told["is_own"]
    assert told["text"].startswith("Kees Smit wijzigde “Agenda van mei” om")
    assert "Agenda van mei" in told["html"]
    assert _ask(ilse, story, f"{story.heading}:2,{story.text}:1").json["blocks"] == []


def test_what_one_changed_oneself_is_known_as_such(ilse, story):
    _change(ilse, story.heading, text="Agenda van mei")
    assert _ask(ilse, story).json["blocks"][0]["is_own"]


def test_a_block_that_another_added_or_took_away_is_told(ilse, kees, story):
    kees.post(f"{story.path}/add", data={"kind": "divider", "after": story.heading})
    kees.post(f"{story.path}/blocks", data={"drop": story.text})
    told = _ask(ilse, story).json
    texts = {one["id"]: one["text"] for one in told["blocks"]}
    assert "haalde" in texts.pop(story.text)
    [(added, words)] = texts.items()
    assert words.startswith("Kees Smit voegde")
    assert told["order"] == [story.heading, added]


def test_another_order_is_told_without_any_card(ilse, kees, story):
    kees.post(f"{story.path}/blocks", data={"up": story.text})
    told = _ask(ilse, story).json
    assert told["order"] == [story.text, story.heading]
    assert told["blocks"] == []


def test_the_subject_that_another_wrote_comes_along(ilse, story, transaction):
    with transaction() as session:
        session.get(Edition, story.edition).subject = "Samen eten"
    words = _ask(ilse, story).json["words"]
    assert words["subject"] == "Samen eten"
    assert words["version"] in ilse.get(story.path).text


def test_who_looks_on_is_told_when_an_edition_stands_fast(ilse, story, transaction):
    with transaction() as session:
        session.get(Edition, story.edition).status = "signed_off"
    assert "niet meer" in _ask(ilse, story).json["closed"]


@pytest.mark.parametrize("shown", ["", "x", "1", "1:", "99999999999999:1", ":,:,", "1:1" * 5000])
def test_odd_questions_are_answered(ilse, story, shown):
    assert _ask(ilse, story, shown).status_code == 200


def test_only_who_makes_an_edition_is_told(app, story, sign_in, transaction):
    bram = sign_in(app.test_client(), story.bram)
    assert _ask(bram, story).status_code == 403


def test_asking_changes_nothing(ilse, story, transaction):
    _ask(ilse, story)
    with transaction() as session:
        assert session.get(Block, story.heading).version == 1
