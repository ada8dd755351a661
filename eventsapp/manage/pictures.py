"""Takes in a picture while a form is being filled in, and gives back its number.

Scripts call it as soon as a file is chosen; without script the picture comes with the form.
"""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from werkzeug import Response

from eventsapp.core.errors import InputError
from eventsapp.manage.edition_view import picture_address
from eventsapp.manage.forms.faults import sentence_of
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import pictures
from eventsapp.newsletters.scaling import scaled

bp = Blueprint("manage_pictures", __name__, url_prefix="/manage/pictures")


@bp.post("/")
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
