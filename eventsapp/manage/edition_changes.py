"""Tells who makes an edition what others changed in it meanwhile, without reloading the page.

The page asks every few seconds, with what it shows; only what differs comes back, drawn. It changes
nothing and never touches what is being typed: that is for the script, which asks first.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext
from sqlalchemy import select

from eventsapp.core.actor import Actor
from eventsapp.core.dates import HOME_ZONE, time_of_day, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.language import current_language
from eventsapp.manage import block_words, edition_view
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import editions
from eventsapp.newsletters.models import Block, Edition

bp = Blueprint("manage_edition_changes", __name__, url_prefix="/manage/editions")

_MOST_SHOWN = 200


@bp.get("/<int:edition_id>/changes.json")
def show(edition_id: int) -> Response:
    """Give the order of the blocks, those that differ from what is shown, and the words."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id)
    editions.demand_make(actor, edition)
    if not editions.is_open(edition):
        return jsonify(closed=gettext("This edition can't be changed any more at this moment."))
    shown = _shown(request.args.get("shown", ""))
    rows = db.session.execute(
        select(Block.id, Block.version, Block.dropped_at)
        .where(Block.edition_id == edition.id)
        .order_by(Block.position, Block.id)
    ).all()
    differing = {
        row.id
        for row in rows
        if shown.get(row.id) != row.version and (row.dropped_at is None or row.id in shown)
    }
    return jsonify(
        order=[row.id for row in rows if row.dropped_at is None],
        blocks=_told(actor, edition, differing, shown),
        words=_words(edition),
    )


def _told(
    actor: Actor, edition: Edition, numbers: set[int], shown: dict[int, int]
) -> list[dict[str, Any]]:
    """Draw the blocks that differ, and say who did what to each."""
    if not numbers:
        return []
    blocks = list(db.session.scalars(select(Block).where(Block.id.in_(numbers))))
    return [
        {
            "id": card.id,
            "version": block.version,
            "is_own": block.updated_by == actor.person_id,
            "text": _sentence(block, is_new=block.id not in shown),
            "html": _html(block, card, edition),
        }
        for block, card in zip(blocks, edition_view.cards_of(blocks), strict=True)
    ]


def _sentence(block: Block, *, is_new: bool) -> str:
    values = {
        "name": edition_view.named(block.updated_by),
        "block": block_words.name(block),
        "time": time_of_day(utc_to_local(block.updated_at, HOME_ZONE), current_language()),
    }
    if block.dropped_at is not None:
        return gettext("%(name)s took %(block)s away at %(time)s.", **values)
    if is_new:
        return gettext("%(name)s added %(block)s at %(time)s.", **values)
    return gettext("%(name)s changed %(block)s at %(time)s.", **values)


def _html(block: Block, card: edition_view.Card, edition: Edition) -> str:
    if block.dropped_at is not None:
        return render_template(
            "manage/edition_changes/dropped.html", block=block, name=block_words.name(block)
        )
    return render_template(
        "manage/edition_changes/card.html", card=card, edition=edition, may_change=True
    )


def _words(edition: Edition) -> dict[str, str]:
    words = editions.words_of(edition)
    return {
        "title": words.title,
        "subject": words.subject,
        "preview_line": words.preview_line,
        "version": words.marks,
        "text": gettext("Somebody else changed this just now."),
    }


def _shown(text: str) -> dict[int, int]:
    """Read which version of each block stands on the page: "12:3,13:1"."""
    found = {}
    for one in text.split(",")[:_MOST_SHOWN]:
        number, _, version = one.partition(":")
        if number.isascii() and number.isdigit() and version.isascii() and version.isdigit():
            found[int(number[:9])] = int(version[:9])
    return found
