"""Editions as use cases: who makes them, what is kept, and two editors at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.newsletters import composing, editions
from eventsapp.newsletters.edition_words import EditionWords
from eventsapp.newsletters.kinds import BlockKind, EditionKind
from eventsapp.newsletters.models import Block, Edition
from tests.factories import Cast, actor_of, make_cast
from tests.newsletters import make_block, make_edition, make_newsletter

Begin = Callable[[], Any]


@pytest.fixture
def cast(transaction: Begin) -> Cast:
    with transaction():
        return make_cast()


@pytest.fixture
def ilse(transaction: Begin, cast: Cast) -> Actor:
    with transaction():
        return actor_of(cast.ilse)


@pytest.fixture
def march(transaction: Begin, cast: Cast) -> int:
    """An edition with a heading, an article and an English text."""
    with transaction():
        edition = make_edition(subject="Dit is er in maart")
        make_block(edition, BlockKind.HEADING, text="Uit de regio")
        make_block(edition, BlockKind.ARTICLE, title="Vervoer", limits={"regions": [cast.noord.id]})
        make_block(edition, BlockKind.TEXT, html="<p>Hello</p>", limits={"languages": ["en"]})
        return edition.id


def _names(edition: Edition) -> list[str]:
    return [block.kind for block in edition.blocks]


def test_an_advisor_makes_messages_to_own_regions_only(transaction: Begin, cast: Cast) -> None:
    with transaction():
        newsletter, anna = make_newsletter(), actor_of(cast.anna)
        editions.open_edition(
            anna, newsletter, "Noord", kind=EditionKind.REGIONAL, region_id=cast.noord.id
        )
        with pytest.raises(Forbidden):
            editions.open_edition(
                anna, newsletter, "Zuid", kind=EditionKind.REGIONAL, region_id=cast.zuid.id
            )
        with pytest.raises(Forbidden):
            editions.open_edition(anna, newsletter, "Nieuwsbrief van mei")


def test_editor_and_coordinator_make_editions(transaction: Begin, cast: Cast) -> None:
    with transaction():
        newsletter = make_newsletter()
        for account in (cast.ilse, cast.kees):
            editions.open_edition(actor_of(account), newsletter, "Nieuwsbrief van mei")
        assert {one.slug for one in db.session.query(Edition)} == {
            "nieuwsbrief-van-mei", "nieuwsbrief-van-mei-2",
        }  # fmt: skip


def test_the_next_edition_takes_the_shape_of_the_last(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        last = editions.edition_for(ilse, march)
        made = editions.open_edition(ilse, last.newsletter, "Nieuwsbrief van mei", like=last)
        assert _names(made) == ["heading", "article", "text"]
        assert [block.data.get("title", "") or block.data.get("text", "") for block in made.blocks]\
            == ["Uit de regio", "", ""]  # fmt: skip
        assert [block.limits for block in made.blocks] == [one.limits for one in last.blocks]


def test_a_copy_has_the_same_words(transaction: Begin, ilse: Actor, march: int) -> None:
    with transaction():
        copied = editions.copy_edition(ilse, editions.edition_for(ilse, march), "Nog eens")
        assert copied.subject == "Dit is er in maart"
        assert copied.blocks[1].data["title"] == "Vervoer"


def test_each_change_of_words_makes_a_new_version(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        before = edition.content_version
        block = edition.blocks[0]
        composing.change_block(ilse, block, version=block.version, data={"text": "Nieuws"})
        composing.change_block(ilse, block, version=block.version, data={"text": "Nieuws"})
        composing.step_block(ilse, edition, block.id, 1)
        composing.step_block(ilse, edition, block.id, 9)
        composing.step_block(ilse, edition, block.id, 1)
        assert edition.content_version == before + 3


def test_who_saw_an_older_version_overwrites_nothing(
    transaction: Begin, ilse: Actor, cast: Cast, march: int
) -> None:
    with transaction():
        block = editions.edition_for(ilse, march).blocks[0]
        seen = block.version
        composing.change_block(ilse, block, version=seen, data={"text": "Van Ilse"})
        with pytest.raises(Conflict):
            composing.change_block(actor_of(cast.kees), block, version=seen, data={"text": "Kees"})
        assert block.data["text"] == "Van Ilse"


def test_moving_a_block_does_not_disturb_who_types_in_it(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        block = edition.blocks[0]
        seen = block.version
        composing.move_block(ilse, edition, block.id, edition.blocks[2].id)
        assert _names(edition) == ["article", "text", "heading"]
        composing.change_block(ilse, block, version=seen, data={"text": "Nieuws"})
        assert block.data["text"] == "Nieuws"


def test_a_block_can_be_put_first_and_stays_at_the_edges(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        last = edition.blocks[2].id
        assert composing.move_block(ilse, edition, last, 0) == 1
        assert composing.step_block(ilse, edition, last, -1) == 1
        assert composing.step_block(ilse, edition, last, 9) == 3


def test_moving_after_a_block_that_is_gone_tells_so(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        first, second = edition.blocks[:2]
        composing.drop_block(ilse, second)
        with pytest.raises(Conflict):
            composing.move_block(ilse, edition, first.id, second.id)


def test_a_block_that_was_taken_away_can_be_put_back_where_it_stood(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        middle = edition.blocks[1]
        composing.drop_block(ilse, middle)
        assert _names(edition) == ["heading", "text"]
        with pytest.raises(NotFound):
            composing.block_for(ilse, middle.id)
        assert composing.dropped_blocks(edition) == [middle]
        composing.put_back(ilse, middle)
        assert _names(edition) == ["heading", "article", "text"]


def test_a_block_is_copied_with_its_limits(transaction: Begin, ilse: Actor, march: int) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        copied = composing.copy_block(ilse, edition.blocks[1])
        assert _names(edition) == ["heading", "article", "article", "text"]
        assert edition.blocks[2] is copied
        assert copied.limits == edition.blocks[1].limits
        assert copied.slug == "vervoer"


def test_two_articles_of_one_name_have_pages_of_their_own(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        made = [
            composing.add_block(ilse, edition, BlockKind.ARTICLE, data={"title": "Op de fiets"})
            for _ in range(2)
        ]
        assert [block.slug for block in made] == ["op-de-fiets", "op-de-fiets-2"]


def test_what_two_editors_do_at_the_same_moment_is_all_there(
    app: Flask, transaction: Begin, ilse: Actor, march: int
) -> None:
    start = Barrier(2, timeout=120)

    def add(after: int) -> None:
        with app.app_context():
            start.wait()
            edition = editions.edition_for(ilse, march, write=True)
            for _ in range(3):
                composing.add_block(ilse, edition, BlockKind.DIVIDER, after=after)
            db.session.commit()

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(add, 0), both.submit(add, 0)]:
            done.result(timeout=120)
    with transaction():
        edition = editions.edition_for(ilse, march)
        assert [block.position for block in edition.blocks] == list(range(9))


def test_an_edition_has_an_end(transaction: Begin, ilse: Actor, march: int) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        for _ in range(composing.MOST_BLOCKS - 3):
            composing.add_block(ilse, edition, BlockKind.DIVIDER)
        with pytest.raises(InputError):
            composing.add_block(ilse, edition, BlockKind.DIVIDER)


@pytest.mark.parametrize("status", ["signed_off", "scheduled", "sending", "sent", "dropped"])
def test_words_stand_fast_after_a_sign_off(
    transaction: Begin, ilse: Actor, march: int, status: str
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        edition.status = status
        with pytest.raises(Conflict):
            composing.add_block(ilse, edition, BlockKind.TEXT)
        with pytest.raises(Conflict):
            editions.change_edition(ilse, edition, EditionWords("Anders"), "")


def test_a_signed_off_edition_that_is_opened_again_is_not_sent(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        edition.status, before = "scheduled", edition.content_version
        editions.reopen(ilse, edition)
        assert (edition.status, edition.send_utc) == ("review", None)
        assert edition.content_version > before


def test_a_dropped_edition_can_be_taken_up_again(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        editions.drop_edition(ilse, edition)
        assert edition.status == "dropped"
        editions.take_up(ilse, edition)
        assert edition.status == "draft"


def test_an_edition_that_left_can_not_be_dropped(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        edition.status = "sent"
        with pytest.raises(Conflict):
            editions.drop_edition(ilse, edition)


def test_the_subject_is_not_overwritten_unseen(transaction: Begin, ilse: Actor, march: int) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        seen = editions.words_of(edition).marks
        edition.status = "review"  # no change of the subject
        editions.change_edition(ilse, edition, EditionWords("Maart", "Een", "x"), seen)
        with pytest.raises(Conflict):
            editions.change_edition(ilse, edition, EditionWords("Maart", "Twee", "x"), seen)
        assert edition.subject == "Een"


def test_a_subject_of_many_lines_becomes_one(transaction: Begin, ilse: Actor, march: int) -> None:
    with transaction():
        edition = editions.edition_for(ilse, march, write=True)
        words = EditionWords("Maart", "Dag\r\nBcc: x@post.example", "\x00")
        editions.change_edition(ilse, edition, words, editions.words_of(edition).marks)
        assert edition.subject == "Dag Bcc: x@post.example"


def test_taking_an_edition_from_the_database_takes_its_blocks(
    transaction: Begin, ilse: Actor, march: int
) -> None:
    with transaction() as session:
        edition = editions.edition_for(ilse, march, write=True)
        composing.drop_block(ilse, edition.blocks[0])
        session.delete(edition)
        session.flush()
        assert session.query(Block).count() == 0
