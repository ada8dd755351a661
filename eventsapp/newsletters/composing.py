"""What stands in an edition: blocks added, changed, limited, moved, copied, taken away, put back.

The doors call it, with the edition locked by `editions.edition_for`. Nothing is ever overwritten
that the actor had not seen: an old version raises Conflict. What is unfinished is kept as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.text import slug
from eventsapp.newsletters import pictures
from eventsapp.newsletters.blocks import (
    Fault,
    is_limited,
    judged,
    name_of,
    tidy_limits,
)
from eventsapp.newsletters.editions import demand_make, demand_open, edition_for, touch
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition
from eventsapp.newsletters.shapes import SHAPES, blank

MOST_BLOCKS = 30
_GONE = N_("This block is not there any more.")


def block_for(actor: Actor, block_id: int, *, write: bool = False, dropped: bool = False) -> Block:
    """Give a block; with `write` its edition is locked first. Raises NotFound, Forbidden.

    A block that was taken away is not found, unless `dropped` asks for it too.
    """
    edition_id = db.session.scalar(select(Block.edition_id).where(Block.id == block_id))
    if edition_id is None:
        raise NotFound(_GONE)
    edition_for(actor, edition_id, write=write)
    block = db.session.scalar(
        select(Block).where(Block.id == block_id).execution_options(populate_existing=True)
    )
    if block is None or (block.dropped_at is not None and not dropped):
        raise NotFound(_GONE)
    return block


def add_block(
    actor: Actor,
    edition: Edition,
    kind: BlockKind,
    *,
    after: int | None = None,
    data: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    contribution_id: int | None = None,
) -> Block:
    """Add a block after another one; without `after` at the end, with 0 at the beginning.

    What `data` holds beyond what can be kept is left out. Raises InputError for too many blocks.
    """
    _demand_change(actor, edition)
    if len(edition.blocks) >= MOST_BLOCKS:
        raise InputError(
            N_("An edition has %(most)s blocks at most. Take one away first."), most=MOST_BLOCKS
        )
    kept, _ = judged(kind, data or {})
    block = Block(
        edition_id=edition.id,
        kind=kind.value,
        position=len(edition.blocks),
        data=kept,
        limits=tidy_limits(limits or {}),
        contribution_id=contribution_id,
        updated_by=actor.person_id,
    )
    block.slug = _slug_for(kind, kept, edition)
    db.session.add(block)
    db.session.flush()  # its number is needed to say where it goes
    db.session.expire(edition, ["blocks"])
    known = {one.id for one in edition.blocks}
    if after == 0 or after in known:  # else it was taken away meanwhile: at the end
        move_block(actor, edition, block.id, after or 0)
    touch(actor, edition)
    return block


def change_block(
    actor: Actor,
    block: Block,
    *,
    version: int,
    data: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    pen: str = "",
) -> list[Fault]:
    """Keep what was filled in and for whom it is; gives what could not be kept, by field.

    Raises Conflict when somebody else changed the block since `version`; then nothing is kept.
    `pen` names the opened form: what it wrote itself, it may overwrite.
    """
    edition = block.edition
    _demand_change(actor, edition)
    kept, refused = judged(BlockKind(block.kind), data or {}, block.data)
    wanted = tidy_limits(block.limits if limits is None else limits)
    if kept == block.data and wanted == tidy_limits(block.limits):
        return refused
    if version != block.version and not (pen and pen == block.pen):
        raise Conflict
    if (fault := _use_picture(block, kept)) is not None:
        refused = [*refused, fault]
    block.slug = _slug_for(BlockKind(block.kind), kept, edition, block.id)
    block.data, block.limits, block.updated_by = kept, wanted, actor.person_id
    block.pen = pen[:40]
    db.session.flush()  # the door hands out the version that this makes
    touch(actor, edition)
    return refused


def choose_picture(actor: Actor, block: Block, picture_id: int) -> None:
    """Put a picture that was uploaded before into a block, with the description that it had.

    Words that described another picture do not stay. Raises NotFound, Conflict.
    """
    picture = pictures.picture_for(actor, picture_id)
    is_typed_for_it = not block.data.get("picture_id")
    kept = block.data.get("alternative") if is_typed_for_it else ""
    alternative = picture.alternative or kept or ""
    data = {"picture_id": picture.id, "alternative": alternative}
    if alternative:
        data["is_decorative"] = False
    change_block(actor, block, version=block.version, data=data)


def limit_block(actor: Actor, block: Block, limits: Mapping[str, Any], version: int) -> None:
    """Say which readers get a block; empty lists are no limit."""
    change_block(actor, block, version=version, limits=limits)


def move_block(actor: Actor, edition: Edition, block_id: int, after: int) -> int:
    """Put a block right after another one (0: first of all); gives its place, counted from 1.

    Where the other was taken away meanwhile, nothing moves: Conflict.
    """
    _demand_change(actor, edition)
    order = [one.id for one in edition.blocks]
    if block_id not in order:
        raise NotFound(_GONE)
    others = [one for one in order if one != block_id]
    if after and after not in others:
        if after == block_id:
            return order.index(block_id) + 1
        raise Conflict(N_("Somebody changed the order in the meantime. Look, then move it again."))
    place = others.index(after) + 1 if after else 0
    _arrange(actor, edition, [*others[:place], block_id, *others[place:]])
    return place + 1


def step_block(actor: Actor, edition: Edition, block_id: int, steps: int) -> int:
    """Move a block up (-1) or down (1), as far as there is room; gives its place from 1."""
    order = [one.id for one in edition.blocks if one.id != block_id]
    here = next((i for i, one in enumerate(edition.blocks) if one.id == block_id), None)
    if here is None:
        raise NotFound(_GONE)
    place = min(max(here + steps, 0), len(order))
    return move_block(actor, edition, block_id, order[place - 1] if place else 0)


def copy_block(actor: Actor, block: Block) -> Block:
    """Put the same block once more, right after this one."""
    return add_block(
        actor,
        block.edition,
        BlockKind(block.kind),
        after=block.id,
        data=block.data,
        limits=block.limits,
    )


def drop_block(actor: Actor, block: Block) -> None:
    """Take a block away; it is kept and can be put back."""
    _demand_change(actor, block.edition)
    if block.dropped_at is None:
        block.dropped_at, block.updated_by, block.pen = now(), actor.person_id, ""
        db.session.flush()
        db.session.expire(block.edition, ["blocks"])
        touch(actor, block.edition)


def put_back(actor: Actor, block: Block) -> None:
    """Put a block back where it stood, as near as that can be told."""
    _demand_change(actor, block.edition)
    if block.dropped_at is None:
        return
    edition, place = block.edition, block.position
    block.slug = _slug_for(BlockKind(block.kind), block.data, edition, block.id)
    block.dropped_at, block.updated_by = None, actor.person_id
    db.session.flush()
    db.session.expire(edition, ["blocks"])
    others = [one.id for one in edition.blocks if one.id != block.id]
    _arrange(actor, edition, [*others[:place], block.id, *others[place:]])
    touch(actor, edition)


def dropped_blocks(edition: Edition) -> list[Block]:
    """Give what was taken away from an edition, the last first."""
    statement = select(Block).where(Block.edition_id == edition.id, Block.dropped_at.is_not(None))
    return list(db.session.scalars(statement.order_by(Block.dropped_at.desc()).limit(20)))


def is_blank(block: Block) -> bool:
    """Tell whether nothing was ever filled in."""
    kind = BlockKind(block.kind)
    return {**blank(kind), **block.data} == blank(kind) and not is_limited(block.limits)


def _demand_change(actor: Actor, edition: Edition) -> None:
    demand_make(actor, edition)
    demand_open(edition)


def _arrange(actor: Actor, edition: Edition, order: list[int]) -> None:
    """Write the places; no version grows, so that who is typing in a block is not disturbed."""
    places = {one.id: one.position for one in edition.blocks}
    moved = [(number, place) for place, number in enumerate(order) if places[number] != place]
    if not moved:
        return
    for number, place in moved:
        db.session.execute(
            update(Block)
            .where(Block.id == number)
            .values(position=place, updated_at=Block.updated_at)
            .execution_options(synchronize_session=False)
        )
    for one in edition.blocks:
        db.session.expire(one, ["position"])
    db.session.expire(edition, ["blocks"])
    touch(actor, edition)


def _use_picture(block: Block, kept: dict[str, Any]) -> Fault | None:
    """Note which picture is used and how it is described; what is no more stays as it was."""
    number = kept.get("picture_id")
    if not number or pictures.put_to_use(number, kept.get("alternative") or ""):
        return None
    if number == block.data.get("picture_id"):
        return None
    kept["picture_id"] = block.data.get("picture_id")
    return Fault("picture_id", pictures.GONE)


def _slug_for(kind: BlockKind, data: Mapping[str, Any], edition: Edition, block_id: int = 0) -> str:
    """Name the page of an article after its title; no two of an edition alike."""
    if not SHAPES[kind].has_page:
        return ""
    wanted = slug(name_of(kind, data)) or "artikel"
    taken = set(
        db.session.scalars(
            select(Block.slug).where(
                Block.edition_id == edition.id,
                Block.dropped_at.is_(None),
                Block.id != block_id,
                func.substr(Block.slug, 1, len(wanted)) == wanted,
            )
        )
    )
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free
