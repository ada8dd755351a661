"""Blocks on the screen: chosen, filled in, kept while one types, moved, taken away, two at once."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.newsletters.composing import MOST_BLOCKS
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition
from tests.checks import check_page
from tests.factories import make_cast, make_theme
from tests.newsletters import make_block, make_edition

PART = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def story(transaction):
    with transaction():
        cast = make_cast()
        edition = make_edition()
        blocks = [
            make_block(edition, BlockKind.HEADING, text="Uit de regio"),
            make_block(edition, BlockKind.ARTICLE, title="Vervoer", html="<p>Lang</p>"),
            make_block(edition, BlockKind.TEXT, html="<p>Tot slot</p>"),
        ]
        return SimpleNamespace(
            **vars(cast), edition=edition, theme=make_theme(), heading=blocks[0].id,
            article=blocks[1].id, text=blocks[2].id,
        )  # fmt: skip


@pytest.fixture
def ilse(client, story, sign_in):
    return sign_in(client, story.ilse)


@pytest.fixture
def kees(app, story, sign_in):
    return sign_in(app.test_client(), story.kees)


@pytest.fixture
def read(transaction):
    """Read a block as it is kept."""

    def read(number):
        with transaction() as session:
            session.expire_all()
            return session.get(Block, number)

    return read


def _typed(number, **values):
    """What a form sends: each name begins with its block."""
    values.setdefault("version", "1")
    return {f"b{number}-{name}": value for name, value in values.items()}


def _arrange(client, story, **values):
    path = f"/manage/editions/{story.edition.id}/blocks"
    return client.post(path, data=values, headers=JSON)


def _order(client, story):
    page = check_page(client.get(f"/manage/editions/{story.edition.id}"))
    marks = {f'id="block-{one}"': one for one in (story.heading, story.article, story.text)}
    found = sorted((page.index(mark), one) for mark, one in marks.items() if mark in page)
    return [one for _, one in found]


@pytest.mark.parametrize("kind", list(BlockKind))
def test_a_block_of_each_kind_is_chosen_and_opens(ilse, story, kind):
    path = f"/manage/editions/{story.edition.id}/add"
    assert kind.value in check_page(ilse.get(path))
    answer = ilse.post(path, data={"kind": kind.value, "after": story.heading})
    page = check_page(ilse.get(answer.location))
    assert ("data-first" in page) == (kind is not BlockKind.DIVIDER)


def test_a_block_can_come_beneath_another(ilse, story, transaction):
    path = f"/manage/editions/{story.edition.id}/add"
    ilse.post(path, data={"kind": "divider", "after": story.heading})
    with transaction() as session:
        wanted = select(Block.kind).where(Block.edition_id == story.edition.id)
        kinds = session.scalars(wanted.order_by(Block.position)).all()
    assert kinds == ["heading", "divider", "article", "text"]


def test_a_block_beneath_one_that_was_taken_away_comes_at_the_end(ilse, story, transaction):
    _arrange(ilse, story, drop=story.heading)
    path = f"/manage/editions/{story.edition.id}/add"
    assert ilse.post(path, data={"kind": "divider", "after": story.heading}).status_code == 303
    with transaction() as session:
        edition = session.get(Edition, story.edition.id)
        assert [one.kind for one in edition.blocks] == ["article", "text", "divider"]


def test_a_kind_that_does_not_exist_is_asked_again(ilse, story):
    path = f"/manage/editions/{story.edition.id}/add"
    assert ilse.post(path, data={"kind": "<script>"}).location.startswith(path)


def test_a_block_is_filled_in_without_script(ilse, story, read):
    check_page(ilse.get(f"/manage/editions/{story.edition.id}?open={story.article}"))
    path = f"/manage/blocks/{story.article}"
    data = _typed(story.article, title="Vervoer op maat", html="<p onclick=x()>Dag</p><script>")
    answer = ilse.post(path, data=data)
    assert answer.location.endswith(f"#block-{story.article}")
    assert "Vervoer op maat" in check_page(ilse.get(answer.location.partition("#")[0]))
    assert read(story.article).data["html"] == "<p>Dag</p>"


def test_a_script_gets_the_form_and_the_card_alone(ilse, story):
    path = f"/manage/blocks/{story.article}"
    opened = ilse.get(path, headers=PART).text
    assert opened.lstrip().startswith("<li")
    assert "data-autosave" in opened
    closed = ilse.post(path, data=_typed(story.article, title="Nieuw"), headers=PART).text
    assert "Nieuw" in closed
    assert "data-autosave" not in closed


def test_the_address_of_a_block_leads_to_its_edition(ilse, story):
    location = ilse.get(f"/manage/blocks/{story.article}").location
    assert (
        location
        == f"/manage/editions/{story.edition.id}?open={story.article}#block-{story.article}"
    )


def test_what_is_typed_is_kept_by_itself(ilse, story, read):
    path = f"/manage/blocks/{story.article}/autosave"
    answer = ilse.post(path, data=_typed(story.article, title="Half een z", url="htt"))
    assert answer.json["words"].startswith("Bewaard om")
    assert answer.json["version"] == "2"
    assert read(story.article).data["title"] == "Half een z"


def test_what_can_not_be_kept_yet_waits_and_is_named(ilse, story, transaction, read):
    with transaction() as session:
        number = make_block(
            session.get(Edition, story.edition.id), BlockKind.LITERATURE, title="Boek"
        ).id
    path = f"/manage/blocks/{number}/autosave"
    answer = ilse.post(path, data=_typed(number, title="Beter boek", url="javascript:x()"))
    assert "Link" in answer.json["words"]
    assert read(number).data["title"] == "Beter boek"
    assert read(number).data["url"] == ""


def test_a_dangerous_link_is_refused_beside_its_field_and_nothing_typed_is_lost(
    ilse, story, transaction, read
):
    with transaction() as session:
        number = make_block(session.get(Edition, story.edition.id), BlockKind.LITERATURE).id
    data = _typed(number, title="Boek", url="javascript:alert(1)")
    page = check_page(ilse.post(f"/manage/blocks/{number}", data=data), 422)
    assert "begint met https://" in page
    assert 'value="Boek"' in page
    assert read(number).data["title"] == ""


def test_two_editors_are_told_and_the_second_chooses(ilse, kees, story, read):
    path = f"/manage/blocks/{story.article}"
    kees.post(path, data=_typed(story.article, title="Van Kees", html="<p>Kees</p>"))
    mine = _typed(story.article, title="Van Ilse", html="<p>Ilse</p>")
    answer = ilse.post(f"{path}/autosave", data=mine)
    assert answer.status_code == 409
    assert "Kees Smit" in answer.json["words"]
    page = check_page(ilse.post(path, data=mine), 409)
    assert "Kees Smit wijzigde dit onderdeel" in page
    assert "Van Kees" in page
    assert 'value="Van Ilse"' in page
    part = ilse.post(path, data=mine, headers=PART)
    assert part.status_code == 422  # else htmx would not show it
    assert read(story.article).data["title"] == "Van Kees"
    ilse.post(path, data={**mine, f"b{story.article}-version": "2"})
    assert read(story.article).data["title"] == "Van Ilse"


def test_who_opens_a_block_sees_who_else_is_at_work_in_it(ilse, kees, story):
    path = f"/manage/blocks/{story.article}"
    kees.post(path, data=_typed(story.article, title="Van Kees"))
    assert "Kees Smit wijzigde dit om" in ilse.get(path, headers=PART).text
    page = check_page(ilse.get(f"/manage/editions/{story.edition.id}?open={story.article}"))
    assert "Kees Smit wijzigde dit om" in page
    assert "wijzigde dit om" not in kees.get(path, headers=PART).text


def test_a_conflict_tells_for_whom_a_block_is_now(ilse, kees, story):
    path = f"/manage/blocks/{story.article}"
    kees.post(path, data=_typed(story.article, regions=[story.noord.id]))
    page = check_page(ilse.post(path, data=_typed(story.article, title="Vervoer!")), 409)
    assert "Voor wie het is, zoals het er nu staat" in page


def test_who_never_heard_that_it_was_kept_meets_no_conflict_with_oneself(ilse, story, read):
    path = f"/manage/blocks/{story.article}/autosave"
    for words in ("Een", "Een twee", "Een twee drie"):  # no answer came back: the same version
        data = _typed(story.article, title=words, pen="mijn-formulier")
        assert ilse.post(path, data=data).status_code == 200
    assert read(story.article).data["title"] == "Een twee drie"


def test_words_typed_in_a_block_that_was_taken_away_can_be_put_back(ilse, kees, story, read):
    _arrange(kees, story, drop=story.article)
    path = f"/manage/blocks/{story.article}"
    mine = _typed(story.article, title="Van Ilse")
    assert ilse.post(f"{path}/autosave", data=mine).status_code == 409
    page = check_page(ilse.post(path, data=mine), 409)
    assert "Kees Smit haalde dit onderdeel weg" in page
    assert 'value="Van Ilse"' in page
    ilse.post(path, data={**mine, "back": "1"})
    assert read(story.article).data["title"] == "Van Ilse"
    assert _order(ilse, story) == [story.heading, story.article, story.text]


def test_a_block_is_limited_to_regions_themes_and_a_language(ilse, story, read):
    data = _typed(
        story.article, regions=[story.noord.id, 99999], themes=[story.theme.id], languages=["en"]
    )
    answer = ilse.post(f"/manage/blocks/{story.article}", data=data)
    page = check_page(ilse.get(answer.location.partition("#")[0]))
    assert "Alleen voor: Noord, een regio die niet meer bestaat · Vervoer · English" in page
    assert read(story.article).limits["themes"] == [story.theme.id]


def test_a_limit_to_a_region_that_is_no_more_is_not_lost_unseen(ilse, story, transaction, read):
    with transaction() as session:
        block = session.get(Block, story.article)
        block.limits = {"regions": [9999], "themes": [9999], "languages": []}
    form = ilse.get(f"/manage/blocks/{story.article}", headers=PART).text
    assert form.count("niet meer bestaat") >= 2
    version = str(read(story.article).version)
    data = _typed(story.article, title="Nieuw", regions=[9999], themes=[9999], version=version)
    ilse.post(f"/manage/blocks/{story.article}", data=data)
    assert read(story.article).limits["regions"] == [9999]


def test_blocks_are_moved_by_buttons_without_script(ilse, story):
    path = f"/manage/editions/{story.edition.id}/blocks"
    ilse.post(path, data={"up": story.text})
    assert _order(ilse, story) == [story.heading, story.text, story.article]
    ilse.post(path, data={"down": story.heading})
    assert _order(ilse, story) == [story.text, story.heading, story.article]


def test_a_dragged_block_goes_after_another(ilse, story):
    answer = _arrange(ilse, story, move=story.text, after=story.heading)
    assert "plaats 2 van 3" in answer.json["words"]
    _arrange(ilse, story, move=story.article, after=0)
    assert _order(ilse, story) == [story.article, story.heading, story.text]


def test_a_block_is_taken_away_and_put_back(ilse, story):
    assert "Terugzetten" in _arrange(ilse, story, drop=story.heading).json["html"]
    page = check_page(ilse.get(f"/manage/editions/{story.edition.id}"))
    assert "Weggehaald" in page
    assert _order(ilse, story) == [story.article, story.text]
    assert "Uit de regio" in _arrange(ilse, story, back=story.heading).json["html"]
    assert _order(ilse, story) == [story.heading, story.article, story.text]


def test_a_block_is_copied(ilse, story, transaction):
    assert "Vervoer" in _arrange(ilse, story, copy=story.article).json["html"]
    with transaction() as session:
        wanted = select(Block).where(Block.kind == "article")
        assert len(session.scalars(wanted).all()) == 2


def test_a_block_of_another_edition_is_not_moved_here(ilse, story, transaction):
    with transaction():
        other = make_block(make_edition(title="Andere"), BlockKind.TEXT).id
    for act in ("move", "up", "copy", "drop", "back"):
        assert _arrange(ilse, story, **{act: other}).status_code == 404


def test_an_advisor_of_another_region_moves_nothing(app, story, sign_in):
    bram = sign_in(app.test_client(), story.bram)
    assert _arrange(bram, story, drop=story.article).status_code == 403
    assert bram.get(f"/manage/blocks/{story.article}").status_code == 403


@pytest.mark.parametrize(
    "words",
    ["x" * 10_000, "<script>alert(1)</script>", "😀" * 50, "a\r\nb"],
    ids=["long", "html", "emoji", "lines"],
)
def test_odd_words_break_no_page(ilse, story, words):
    data = _typed(story.article, title=words, html=words, intro=words)
    answer = ilse.post(f"/manage/blocks/{story.article}", data=data)
    assert answer.status_code in (303, 422)
    check_page(ilse.get(f"/manage/editions/{story.edition.id}?open={story.article}"))


def test_a_full_edition_stays_a_small_page(ilse, story, transaction, statements):
    with transaction() as session:
        edition = session.get(Edition, story.edition.id)
        for number in range(MOST_BLOCKS - 3):
            make_block(
                edition, BlockKind.ARTICLE, title=f"Artikel {number}",
                intro="Een inleiding van een paar regels. " * 8, html="<p>woord </p>" * 5000,
                limits={"regions": [story.noord.id]},
            )  # fmt: skip
    with statements() as asked:
        # As many blocks as can be, each with all that a card can show.
        check_page(ilse.get(f"/manage/editions/{story.edition.id}"))
    assert len(asked) <= 15
