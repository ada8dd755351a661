"""What the author of a piece does: write, hand in, say no, agree with the edited text, remark.

The page itself is `manage_contributions.show`. What somebody typed is never lost: it is kept while
they write, and shown again beside what was kept elsewhere.
"""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.dates import HOME_ZONE, now, time_of_day, utc_to_local
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.language import current_language
from eventsapp.manage.forms.contributions import PieceForm, RemarkForm
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.guard import current_actor
from eventsapp.manage.piece_view import piece_page, set_field
from eventsapp.newsletters import contributions, pictures, scaling, writing
from eventsapp.newsletters.kinds import ContributionState
from eventsapp.newsletters.models import Contribution, Edition

bp = Blueprint("manage_pieces", __name__, url_prefix="/manage/contributions/<int:contribution_id>")

Page = str | tuple[str | Response, int] | Response


@bp.post("")
def write(contribution_id: int) -> Page:
    """Keep what the author wrote; with `hand_in` the editors get it."""
    actor, form = current_actor(), PieceForm()
    try:
        scaled, refused = _scaled(form), None
    except InputError as fault:
        scaled, refused = None, fault
    piece, edition = contributions.contribution_for(actor, contribution_id, write=True)
    try:
        picture_id = None
        if scaled is not None:
            writing.demand_author(actor, piece)
            picture_id = pictures.keep(actor, scaled, form.picture.data.filename or "").id
        _keep(actor, piece, edition, form, picture_id)
        if refused is not None:
            raise refused
    except InputError as fault:
        show_fault(form, fault)
        return piece_page(piece, edition, form), 422
    except Conflict as fault:
        form.form_errors.append(sentence_of(fault))
        # Whoever looked at both may keep these words all the same.
        set_field(form.version, str(piece.version))
        set_field(form.pen, submissions.new_key())
        return piece_page(piece, edition, form, is_torn=True), 409
    if "hand_in" in request.form:
        return _hand_in(actor, piece, edition)
    flash(
        gettext("Your changes are kept. The editors see them.")
        if piece.state == ContributionState.WRITTEN
        else gettext("Your piece is kept. The editors do not see it yet."),
        "success",
    )
    return redirect(url_for("manage_contributions.show", contribution_id=piece.id), 303)


@bp.post("/autosave")
def autosave(contribution_id: int) -> Page:
    """Keep what the author typed so far, and say so in a few words."""
    actor, form = current_actor(), PieceForm()
    piece, edition = contributions.contribution_for(actor, contribution_id, write=True)
    try:
        _keep(actor, piece, edition, form)
    except InputError as fault:
        return jsonify(words=sentence_of(fault)), 422
    except Conflict as fault:
        return jsonify(words=sentence_of(fault)), 409
    at = time_of_day(utc_to_local(now(), HOME_ZONE), current_language())
    return jsonify(version=str(piece.version), words=gettext("Kept at %(time)s", time=at))


@bp.post("/decline")
def decline(contribution_id: int) -> Page:
    """Say that the piece will not come."""
    actor, form = current_actor(), RemarkForm(prefix="no")
    piece, edition = contributions.contribution_for(actor, contribution_id, write=True)
    try:
        writing.decline(actor, piece, edition, form.remark.data or "")
    except InputError as fault:
        show_fault(form, fault)
        return piece_page(piece, edition, no=form), 422
    flash(gettext("The editors know that your piece does not come."), "success")
    return redirect(url_for("manage_contributions.show", contribution_id=piece.id), 303)


@bp.post("/agree")
def agree(contribution_id: int) -> Page:
    """Agree with the edited text that was shown."""
    actor = current_actor()
    piece, edition = contributions.contribution_for(actor, contribution_id, write=True)
    version = request.form.get("block_version", 0, type=int)
    try:
        writing.agree(actor, piece, edition, version)
    except Conflict as fault:
        flash(sentence_of(fault), "warning")
    else:
        flash(gettext("Thank you. The editors know that the text is right."), "success")
    return redirect(url_for("manage_contributions.show", contribution_id=piece.id), 303)


@bp.post("/comment")
def comment(contribution_id: int) -> Page:
    """Tell the editors what should be different in the edited text."""
    actor, form = current_actor(), RemarkForm(prefix="remark")
    piece, edition = contributions.contribution_for(actor, contribution_id, write=True)
    try:
        writing.comment(actor, piece, edition, form.remark.data or "")
    except InputError as fault:
        show_fault(form, fault)
        return piece_page(piece, edition, remark=form), 422
    flash(gettext("The editors have your remark."), "success")
    return redirect(url_for("manage_contributions.show", contribution_id=piece.id), 303)


def _hand_in(actor: Actor, piece: Contribution, edition: Edition) -> Response:
    """Hand in what was just kept, its picture too; where it is not whole, the page tells why."""
    lacks = bool(writing.lacks(piece))
    if not lacks:
        writing.hand_in(actor, piece, edition)
        flash(gettext("Thank you! The editors have your piece now."), "success")
    place = url_for("manage_contributions.show", contribution_id=piece.id, lacks=lacks or None)
    return redirect(place, 303)


def _keep(
    actor: Actor,
    piece: Contribution,
    edition: Edition,
    form: PieceForm,
    picture_id: int | None = None,
) -> None:
    words, pen = form.piece(picture_id), form.pen.data or ""
    writing.keep(actor, piece, edition, words, form.seen_version(), pen)


def _scaled(form: PieceForm) -> scaling.Scaled | None:
    """Scale the picture that came along, before anything is asked of the database."""
    file = form.picture.data
    content = file.read() if file else b""
    return scaling.scaled(content, "picture") if content else None
