"""Who reads an edition once more is told what changed since; the rest need not be read anew."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.newsletters import changes, composing, sign_off
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition
from tests.checks import check_page
from tests.factories import actor_of, make_cast
from tests.newsletters import make_block, make_edition, make_newsletter


@pytest.fixture
def story(transaction, freeze):
    """Kees gave an edition of two blocks back to Ilse."""
    freeze("2027-03-01 10:00")
    with transaction() as session:
        cast = make_cast()
        edition = make_edition(make_newsletter(), subject="Maart")
        for words in ("Een", "Twee"):
            make_block(edition, BlockKind.HEADING, text=words)
        ilse, kees = actor_of(cast.ilse), actor_of(cast.kees)
        sign_off.ask(ilse, edition)
        sign_off.send_back(kees, edition, "Anders.")
        session.flush()
        return SimpleNamespace(cast=cast, number=edition.id, ilse=ilse, kees=kees)


def edition_of(session, story):
    return session.get(Edition, story.number)


def headings(blocks):
    return [one.data["text"] for one in blocks]


def test_what_nobody_changed_is_not_told(story, transaction):
    with transaction() as session:
        assert changes.changes_since(edition_of(session, story)).is_none


def test_nothing_is_told_of_an_edition_that_nobody_read(story, transaction):
    with transaction():
        assert changes.changes_since(make_edition(title="April")) is None


def test_a_block_that_changed_came_or_went_is_told(story, transaction):
    with transaction() as session:
        edition = edition_of(session, story)
        one, two = edition.blocks
        composing.change_block(story.ilse, one, version=one.version, data={"text": "Eén"})
        composing.drop_block(story.ilse, two)
        composing.add_block(story.ilse, edition, BlockKind.HEADING, data={"text": "Drie"})
        found = changes.changes_since(edition)
    assert headings(found.changed) == ["Eén"]
    assert headings(found.dropped) == ["Twee"]
    assert headings(found.added) == ["Drie"]
    assert not found.is_mailbox_changed


def test_another_order_is_told_and_no_block_for_it(story, transaction):
    with transaction() as session:
        edition = edition_of(session, story)
        composing.step_block(story.ilse, edition, edition.blocks[0].id, 1)
        found = changes.changes_since(edition)
    assert found.is_moved
    assert found.changed == []


def test_another_subject_is_told(story, transaction):
    with transaction() as session:
        edition = edition_of(session, story)
        edition.subject = "Heel anders"
        assert changes.changes_since(edition).is_mailbox_changed


def test_the_page_tells_who_reads_it_once_more(story, app, sign_in, transaction):
    with transaction() as session:
        block = session.scalars(select(Block).order_by(Block.id)).first()
        data = {"text": "Eén <b>!"}
        composing.change_block(story.ilse, block, version=block.version, data=data)
        sign_off.ask(story.ilse, edition_of(session, story))
    kees = sign_in(app.test_client(), story.cast.kees)
    page = check_page(kees.get(f"/manage/editions/{story.number}/sign-off"))
    assert "Veranderd sinds Kees Smit meelas" in page
    assert "Veranderd: Kop “Eén &lt;b&gt;!”" in page
