"""Pieces that a colleague writes for an edition: found, taken in, shown to the author.

The pages of the editors call it; `asking.py` asks for them, `writing.py` is the author's side. What
an author wrote stays as it was written; the editor works on the block that was made of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.newsletters import composing, notes
from eventsapp.newsletters.editions import OPEN, demand_make, may_make
from eventsapp.newsletters.kinds import BlockKind, ContributionState
from eventsapp.newsletters.models import Block, Contribution, Edition
from eventsapp.newsletters.shapes import SHAPES

LONGEST_REMARK = 2_000
MOST = 60
"""Pieces of one edition; more is no newsletter any more."""
MADE_INTO = (BlockKind.ARTICLE, BlockKind.PRACTICE, BlockKind.BLOG, BlockKind.TEXT)
"""What a piece can become in the edition."""
NOT_HANDED_IN = (
    ContributionState.ASKED,
    ContributionState.DECLINED,
    ContributionState.WITHDRAWN,
)
IN_EDITION = (ContributionState.TAKEN, ContributionState.SEEN)


def contributions_of(edition: Edition) -> list[Contribution]:
    """Give the pieces of an edition, the first to come in on top, those not needed last."""
    is_needless = Contribution.state == ContributionState.WITHDRAWN.value
    statement = (
        select(Contribution)
        .where(Contribution.edition_id == edition.id)
        .options(joinedload(Contribution.author))
        .order_by(is_needless, Contribution.due_on, Contribution.id)
    )
    return list(db.session.scalars(statement.limit(MOST)))


def blocks_of(pieces: Iterable[Contribution]) -> dict[int, Block]:
    """Give the blocks that pieces became, by the number of the piece, while they are there."""
    wanted = {one.block_id: one.id for one in pieces if one.block_id is not None}
    if not wanted:
        return {}
    statement = select(Block).where(Block.id.in_(wanted), Block.dropped_at.is_(None))
    return {wanted[block.id]: block for block in db.session.scalars(statement)}


def contribution_for(
    actor: Actor, contribution_id: int, *, write: bool = False
) -> tuple[Contribution, Edition]:
    """Give a piece with its edition to its author and to who makes that edition.

    With `write` the piece is held. Raises NotFound for everybody else, and when the piece is no
    longer needed.
    """
    statement = select(Contribution).where(Contribution.id == contribution_id)
    if write:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(statement)
    edition = db.session.get(Edition, found.edition_id) if found is not None else None
    if found is None or edition is None or not _may_read(actor, found, edition):
        raise NotFound(N_("This piece is not asked any more, or the page is not open to you."))
    return found, edition


def waiting_for_author(actor: Actor) -> list[tuple[Contribution, Edition]]:
    """Give what somebody was asked to write or to look at, the first to come in on top."""
    statement = (
        select(Contribution, Edition)
        .join(Edition, Edition.id == Contribution.edition_id)
        .where(
            Contribution.author_person_id == actor.person_id,
            Contribution.state.in_([ContributionState.ASKED.value, ContributionState.TAKEN.value]),
            Edition.status.in_([one.value for one in OPEN]),
        )
        .order_by(Contribution.due_on, Contribution.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(statement.limit(20))]


def take_in(
    actor: Actor, piece: Contribution, edition: Edition, kind: BlockKind, version: int | None = None
) -> Block:
    """Make a block of a piece, at the end of the edition; what the author wrote stays beside it.

    Raises Conflict for a piece that is not written yet, was taken in already, or was changed by its
    author since the `version` that was read.
    """
    demand_make(actor, edition)
    if kind not in MADE_INTO:
        raise InputError(N_("Choose what it becomes in the newsletter."), "kind")
    if piece.state in IN_EDITION and blocks_of([piece]):
        raise Conflict(N_("This piece stands in the edition already."))
    if piece.state in NOT_HANDED_IN:
        raise Conflict(N_("This piece was not handed in yet."))
    if version is not None and version != piece.version:
        raise Conflict(N_("The author changed the piece while you were reading. Read it again."))
    block = composing.add_block(
        actor, edition, kind, data=_data(kind, piece), contribution_id=piece.id
    )
    piece.block_id, piece.state = block.id, ContributionState.TAKEN.value
    piece.seen_at, piece.remark = None, ""
    audit.record(actor, "contribution.take_in", "edition", edition.id, contribution=piece.id)
    return block


def show_to_authors(
    actor: Actor, edition: Edition, pieces: Iterable[Contribution] | None = None
) -> int:
    """Mail authors whose edited text they did not see as it stands now; give how many mails.

    Called with the request for a sign-off, and by hand for one piece. The same words are mailed
    about once.
    """
    found = contributions_of(edition) if pieces is None else list(pieces)
    blocks = blocks_of(found)
    number = 0
    for piece in found:
        block = blocks.get(piece.id)
        if block is None or is_seen(piece, block) or piece.author_person_id == actor.person_id:
            continue
        number += notes.tell(
            edition,
            "contribution_edited",
            f"{piece.id}:{block.version}",
            [piece.author_person_id],
            by=actor,
            piece=piece,
            title=piece.title,
            due_on=notes.in_words(edition.sign_off_on) if edition.sign_off_on is not None else {},
        )
    return number


def is_seen(piece: Contribution, block: Block) -> bool:
    """Tell whether the author saw the text as it stands in the edition now."""
    return piece.seen_at is not None and block.updated_at <= piece.seen_at


def _may_read(actor: Actor, piece: Contribution, edition: Edition) -> bool:
    is_author = actor.person_id is not None and actor.person_id == piece.author_person_id
    return is_author or may_make(actor, edition)


def demand_open(edition: Edition) -> None:
    """Raise `Conflict` where nobody works on an edition any more."""
    if edition.status not in OPEN:
        raise Conflict(N_("This edition is not being made any more."))


def demand_short(text: str, most: int, field: str) -> None:
    """Raise `InputError` for a text that is longer than it may be."""
    if len(text) > most:
        raise InputError(N_("This is too long: at most %(most)s characters."), field, most=most)


def _data(kind: BlockKind, piece: Contribution) -> dict[str, object]:
    """Give what a block of this kind takes from a piece."""
    wanted: dict[str, object] = {
        "title": piece.title,
        "html": piece.body if kind is not BlockKind.TEXT else _headed(piece),
        "picture_id": piece.picture_id,
        "alternative": piece.alternative,
        "author": piece.author.name,
    }
    return {name: value for name, value in wanted.items() if SHAPES[kind].field(name)}


def _headed(piece: Contribution) -> str:
    """A text has no title of its own, so it stands above it."""
    return f"<h2>{escape(piece.title)}</h2>{piece.body}"
