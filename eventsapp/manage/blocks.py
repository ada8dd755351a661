"""The blocks of an edition: chosen, filled in, kept while one types, moved, taken away, put back.

Each act works as a plain form; scripts ask for the same and get only the part that changed. What
somebody typed is never lost: not by a conflict, not by a block that was taken away meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug import Response

from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.db import db, read_only
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.manage import block_words, edition_view
from eventsapp.manage.forms.blocks import BlockForm, block_form, prefix_of
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.newsletters import WordsForm
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import composing, editions, pictures
from eventsapp.newsletters.blocks import Fault
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition
from eventsapp.newsletters.scaling import Scaled, scaled
from eventsapp.newsletters.shapes import SHAPES

bp = Blueprint("manage_blocks", __name__, url_prefix="/manage")

Page = str | Response | tuple[str | Response, int]


@bp.route("/editions/<int:edition_id>/add", methods=["GET", "POST"])
def add(edition_id: int) -> Page:
    """Choose what kind of block comes next; it opens at once to be filled in."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=request.method == "POST")
    editions.demand_make(actor, edition)
    editions.demand_open(edition)
    after = number_or_none(request.values.get("after"))
    if request.method != "POST":
        return render_template(
            "manage/blocks/add.html", edition=edition, shapes=SHAPES, after=after
        )
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        kind = BlockKind(request.form.get("kind", ""))
    except ValueError:
        return redirect(url_for(".add", edition_id=edition_id, after=after), 303)
    block = composing.add_block(actor, edition, kind, after=after)
    place = _place(block, is_open=bool(SHAPES[kind].fields))
    submissions.settle(key, place)
    return redirect(place, 303)


@bp.route("/blocks/<int:block_id>", methods=["GET", "POST"])
def edit(block_id: int) -> Page:
    """Fill in a block; the second of two is shown both, and chooses."""
    actor = current_actor()
    if request.method != "POST":
        return _opened(actor, block_id)
    uploaded, fault = _uploaded(actor, block_id)
    block = composing.block_for(actor, block_id, write=True, dropped=True)
    form = block_form(block, edition_view.offers())
    if block.dropped_at is not None:
        if "back" not in request.form:
            return _torn(block, form, block_words.gone(block))
        composing.put_back(actor, block)
        form.version.data = str(block.version)
    typed = form.typed(BlockKind(block.kind))
    if uploaded is not None:
        typed["picture_id"] = pictures.keep(actor, *uploaded).id
    try:
        refused = _keep(actor, block, form, typed)
    except Conflict:
        return _torn(block, form, block_words.differs(block, form, typed))
    form.blame([*refused, *fault])
    if form.errors:
        return _refused(block, form)
    library = url_for("manage_pictures.library", block_id=block_id)
    if "choose" in request.form:
        # Pressed before the script that opens the window had come: htmx goes there itself.
        return Response(headers={"HX-Redirect": library}) if _is_part() else redirect(library, 303)
    return _card(block) if _is_part() else redirect(_place(block), 303)


def _opened(actor: Actor, block_id: int) -> Page:
    """Give the form of a block alone, or lead to it on the page of its edition."""
    block = composing.block_for(actor, block_id)
    editions.demand_make(actor, block.edition)
    if not _is_part():
        return redirect(_place(block, is_open=True), 303)
    form = block_form(block, edition_view.offers(), submissions.new_key())
    return _card(block, form, note=edition_view.busy_words(actor, block))


@bp.post("/blocks/<int:block_id>/autosave")
def autosave(block_id: int) -> Page:
    """Keep what was typed so far, and say so in a few words; what can't be kept yet waits."""
    actor = current_actor()
    try:
        block = composing.block_for(actor, block_id, write=True)
    except NotFound:
        return jsonify(
            words=gettext("Somebody took this block away. Press “Done” to keep it.")
        ), 409
    form = block_form(block, edition_view.offers())
    try:
        refused = _keep(actor, block, form, form.typed(BlockKind(block.kind)))
    except Conflict:
        who = edition_view.named(block.updated_by)
        words = gettext(
            "%(name)s changed this too. Press “Done” to see both; nothing of yours is lost.",
            name=who,
        )
        return jsonify(words=words), 409
    return jsonify(version=str(block.version), words=block_words.kept(form, refused))


@bp.post("/editions/<int:edition_id>/blocks")
def arrange(edition_id: int) -> Page:
    """Move, copy, take away or put back the block that was pressed."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    name = next((one for one in ACTS if one in request.form), "")
    number = number_or_none(request.form.get(name))
    if number is None:
        raise InputError
    key = request.form.get("form_key", "") if name == "copy" and not _wants_json() else ""
    if key and (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    block, words = ACTS[name](actor, edition, number)
    if _wants_json():
        return jsonify(words=words, html=_part_after(name, block))
    flash(words, "success")
    place = url_for("manage_editions.show", edition_id=edition_id, _anchor="blocks")
    place = place if block.dropped_at is not None else _place(block)
    if key:
        submissions.settle(key, place)
    return redirect(place, 303)


def _move(actor: Actor, edition: Edition, number: int) -> tuple[Block, str]:
    after = number_or_none(request.form.get("after")) or 0
    place = composing.move_block(actor, edition, number, after)
    return _told_place(actor, edition, number, place)


def _up(actor: Actor, edition: Edition, number: int) -> tuple[Block, str]:
    return _told_place(actor, edition, number, composing.step_block(actor, edition, number, -1))


def _down(actor: Actor, edition: Edition, number: int) -> tuple[Block, str]:
    return _told_place(actor, edition, number, composing.step_block(actor, edition, number, 1))


def _told_place(actor: Actor, edition: Edition, number: int, place: int) -> tuple[Block, str]:
    block = composing.block_for(actor, number)
    words = gettext(
        "%(name)s stands at place %(place)s of %(all)s now.",
        name=block_words.name(block),
        place=place,
        all=len(edition.blocks),
    )
    return block, words


def _copy(actor: Actor, edition: Edition, number: int) -> tuple[Block, str]:
    copied = composing.copy_block(actor, _own(actor, edition, number))
    return copied, gettext("%(name)s is copied.", name=block_words.name(copied))


def _drop(actor: Actor, edition: Edition, number: int) -> tuple[Block, str]:
    block = _own(actor, edition, number)
    composing.drop_block(actor, block)
    return block, gettext(
        "%(name)s is taken away. You can put it back.", name=block_words.name(block)
    )


def _back(actor: Actor, edition: Edition, number: int) -> tuple[Block, str]:
    block = _own(actor, edition, number)
    composing.put_back(actor, block)
    return block, gettext("%(name)s is put back.", name=block_words.name(block))


ACTS: dict[str, Callable[[Actor, Edition, int], tuple[Block, str]]] = {
    "move": _move,
    "up": _up,
    "down": _down,
    "copy": _copy,
    "drop": _drop,
    "back": _back,
}


def _own(actor: Actor, edition: Edition, number: int) -> Block:
    """Give a block of this edition, taken away or not."""
    block = composing.block_for(actor, number, dropped=True)
    if block.edition_id != edition.id:
        raise NotFound
    return block


def _keep(actor: Actor, block: Block, form: BlockForm, typed: dict[str, Any]) -> list[Fault]:
    return composing.change_block(
        actor,
        block,
        version=number_or_none(form.version.data) or 0,
        data=typed,
        limits=form.limits(),
        pen=form.pen.data or "",
    )


def _uploaded(actor: Actor, block_id: int) -> tuple[tuple[Scaled, str] | None, list[Fault]]:
    """Scale a picture that came with the form, before anything is locked."""
    file = request.files.get(f"{prefix_of(block_id)}-picture_file")
    if file is None or not file.filename:
        return None, []
    with read_only():
        block = composing.block_for(actor, block_id, dropped=True)
        editions.demand_make(actor, block.edition)
    db.session.rollback()
    try:
        return (scaled(file.read()), file.filename), []
    except InputError as fault:
        return None, [Fault("picture_file", fault.message, fault.values)]


def _torn(block: Block, form: BlockForm, conflict: dict[str, Any]) -> Page:
    """Show what was typed beside what stands there; who has seen that may keep the own words."""
    _set(form.version, str(block.version))
    _set(form.pen, submissions.new_key())
    return _refused(block, form, conflict, 409)


def _refused(
    block: Block, form: BlockForm, conflict: dict[str, Any] | None = None, status: int = 422
) -> Page:
    """Show the form as it was sent. htmx puts in nothing that comes with a 409."""
    if _is_part():
        return _card(block, form, conflict), 422
    edition = block.edition
    if block.dropped_at is not None:
        page = render_template(
            "manage/blocks/gone.html", edition=edition, block=block,
            card=_open_card(block, form, conflict),
        )  # fmt: skip
        return page, status
    page = edition_view.make_page(
        current_actor(),
        edition,
        words=WordsForm.kept(edition),
        opened=block.id,
        form=form,
        conflict=conflict,
    )
    return page, status


def _open_card(
    block: Block, form: BlockForm | None, conflict: dict[str, Any] | None
) -> edition_view.Card:
    card = edition_view.cards_of([block])[0]
    card.form, card.conflict = form, conflict
    return card


def _card(
    block: Block,
    form: BlockForm | None = None,
    conflict: dict[str, Any] | None = None,
    note: str = "",
) -> str:
    card = _open_card(block, form, conflict)
    card.note = note
    return render_template(
        "manage/blocks/card.html", card=card, edition=block.edition, may_change=True
    )


def _part_after(name: str, block: Block) -> str:
    """Give the part of the page that an act puts in the place of another, "" where none changed."""
    if name == "drop":
        return render_template(
            "manage/blocks/dropped.html", block=block, name=block_words.name(block)
        )
    return _card(block) if name in ("copy", "back") else ""


def _place(block: Block, *, is_open: bool = False) -> str:
    return url_for(
        "manage_editions.show",
        edition_id=block.edition_id,
        open=block.id if is_open else None,
        _anchor=f"block-{block.id}",
    )


def _set(field: Any, value: str) -> None:
    field.data = value
    field.raw_data = None


def _is_part() -> bool:
    return bool(request.headers.get("HX-Request"))


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"
