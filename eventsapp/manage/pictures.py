"""Takes in a picture while a form is being filled in; shows earlier ones to choose from.

Scripts send a picture as soon as a file is chosen, and open the earlier ones over the form. Without
script the picture comes with the form, and the earlier ones have a page of their own.
"""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from eventsapp.core.errors import InputError
from eventsapp.manage.edition_view import picture_address
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.faults import sentence_of
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import composing, editions, pictures
from eventsapp.newsletters.models import Block
from eventsapp.newsletters.scaling import scaled

bp = Blueprint("manage_pictures", __name__, url_prefix="/manage")


@bp.post("/pictures/")
def add() -> Response | tuple[Response, int]:
    """Judge, scale and keep a picture; a refusal says how to mend it."""
    actor = current_actor()
    pictures.demand_upload(actor)
    file = request.files.get("file")
    try:
        made = scaled(file.read() if file is not None else b"")
    except InputError as fault:
        return jsonify(words=sentence_of(fault)), 422
    picture = pictures.keep(actor, made, (file.filename if file else "") or "")
    return jsonify(
        id=picture.id,
        address=picture_address(picture),
        width=picture.width,
        height=picture.height,
        alternative=picture.alternative,
    )


@bp.get("/blocks/<int:block_id>/picture")
def library(block_id: int) -> str:
    """Show the pictures that were uploaded before, for one of them to come into a block."""
    actor = current_actor()
    block = composing.block_for(actor, block_id)
    editions.demand_make(actor, block.edition)
    words = request.args.get("q", "")[:200]
    is_part = bool(request.headers.get("HX-Request"))
    cursor = request.args.get("after") or request.args.get("before")
    return render_template(
        "manage/pictures/part.html" if is_part else "manage/pictures/library.html",
        edition=block.edition,
        block=block,
        page=pictures.library(actor, words, cursor),
        words=words,
        is_part=is_part,
        address_of=picture_address,
        back_to=_place(block),
    )


@bp.post("/blocks/<int:block_id>/picture")
def choose(block_id: int) -> Response:
    """Put a picture that was uploaded before into a block, which opens again."""
    actor = current_actor()
    block = composing.block_for(actor, block_id, write=True)
    composing.choose_picture(actor, block, number_or_none(request.form.get("picture")) or 0)
    return redirect(_place(block), 303)


def _place(block: Block) -> str:
    return url_for(
        "manage_editions.show",
        edition_id=block.edition_id,
        open=block.id,
        _anchor=f"block-{block.id}",
    )
