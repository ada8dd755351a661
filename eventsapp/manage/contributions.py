"""Pieces for an edition: editors ask and take in, a colleague writes and sees what became of it.

The list is for who makes the edition. The page of one piece is for its author and for them; for
everybody else it is not there.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.accounts.colleagues import active_colleagues
from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.errors import Conflict, InputError
from eventsapp.manage.edition_tabs import edition_page
from eventsapp.manage.forms.contributions import AskForm, PieceForm, RemarkForm, TakeInForm
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import contributions, editions, pictures, scaling, writing
from eventsapp.newsletters.contributions import IN_EDITION
from eventsapp.newsletters.kinds import ContributionState
from eventsapp.newsletters.models import Block, Contribution, Edition

bp = Blueprint("manage_contributions", __name__, url_prefix="/manage")

Page = str | tuple[str, int] | Response
OF_EDITION = "/editions/<int:edition_id>/contributions"
ONE = "/contributions/<int:contribution_id>"


@bp.get(OF_EDITION)
def index(edition_id: int) -> Page:
    """Show the pieces of an edition, how far each is, and the form to ask for one."""
    edition = editions.edition_for(current_actor(), edition_id)
    editions.demand_make(current_actor(), edition)
    return _list(edition)


@bp.post(OF_EDITION)
def ask(edition_id: int) -> Page:
    """Ask a colleague for a piece; the same form again asks nobody twice."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    form = _ask_form(edition)
    place = url_for(".index", edition_id=edition_id)
    if not form.validate():
        return _list(edition, form), 422
    if form.author.data not in {number for number, _ in form.author.choices if number}:
        form.author.errors = [gettext("Choose a colleague from the list.")]
        return _list(edition, form), 422
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        contributions.ask(actor, edition, form.author.data, form.brief.data or "", form.due_on.data)
    except InputError as fault:
        show_fault(form, fault)
        return _list(edition, form), 422
    submissions.settle(key, place)
    is_own = form.author.data == actor.person_id
    flash(
        gettext("The piece stands on your own list.")
        if is_own
        else gettext("Your question goes out by mail."),
        "success",
    )
    return redirect(place, 303)


@bp.get(ONE)
def show(contribution_id: int) -> Page:
    """Show one piece: to write, to take in, or as it stands in the edition."""
    piece, edition = contributions.contribution_for(current_actor(), contribution_id)
    return _piece(piece, edition)


@bp.post(ONE)
def write(contribution_id: int) -> Page:
    """Keep what the author wrote; with `hand_in` the editors get it."""
    actor = current_actor()
    form = PieceForm()
    try:
        scaled = _scaled(form)
        refused = None
    except InputError as fault:
        scaled, refused = None, fault
    piece, edition = contributions.contribution_for(actor, contribution_id, write=True)
    try:
        picture_id = piece.picture_id if not form.remove_picture.data else None
        if scaled is not None:
            writing.demand_author(actor, piece)
            picture_id = pictures.keep(actor, scaled, form.picture.data.filename or "").id
        words = form.piece(picture_id)
        writing.keep(actor, piece, edition, words, form.seen_version())
        if refused is not None:
            raise refused
        if "hand_in" in request.form:
            writing.hand_in(actor, piece, edition)
    except InputError as fault:
        show_fault(form, fault)
        return _piece(piece, edition, form), 422
    except Conflict as fault:
        form.form_errors.append(sentence_of(fault))
        form.version.data = str(piece.version)  # whoever looked at it may keep it all the same
        return _piece(piece, edition, form), 409
    if "hand_in" in request.form:
        flash(gettext("Thank you! The editors have your piece now."), "success")
    else:
        flash(gettext("Your piece is kept. The editors do not see it yet."), "success")
    return redirect(url_for(".show", contribution_id=piece.id), 303)


@bp.post(f"{ONE}/decline")
def decline(contribution_id: int) -> Page:
    """Say that the piece will not come."""
    actor, form = current_actor(), RemarkForm(prefix="no")
    piece, edition = contributions.contribution_for(actor, contribution_id, write=True)
    try:
        writing.decline(actor, piece, edition, form.remark.data or "")
    except InputError as fault:
        show_fault(form, fault)
        return _piece(piece, edition, no=form), 422
    flash(gettext("The editors know that your piece does not come."), "success")
    return redirect(url_for(".show", contribution_id=piece.id), 303)


@bp.post(f"{ONE}/agree")
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
    return redirect(url_for(".show", contribution_id=piece.id), 303)


@bp.post(f"{ONE}/comment")
def comment(contribution_id: int) -> Page:
    """Tell the editors what should be different in the edited text."""
    actor, form = current_actor(), RemarkForm(prefix="remark")
    piece, edition = contributions.contribution_for(actor, contribution_id, write=True)
    try:
        writing.comment(actor, piece, edition, form.remark.data or "")
    except InputError as fault:
        show_fault(form, fault)
        return _piece(piece, edition, remark=form), 422
    flash(gettext("The editors have your remark."), "success")
    return redirect(url_for(".show", contribution_id=piece.id), 303)


@bp.post(f"{ONE}/take-in")
def take_in(contribution_id: int) -> Page:
    """Make a block of the piece and go to where the edition is made."""
    actor, form = current_actor(), TakeInForm()
    piece, edition = _for_maker(actor, contribution_id)
    kind = form.chosen()
    if kind is None:
        form.kind.errors = [gettext("Choose what it becomes in the newsletter.")]
        return _piece(piece, edition, take=form), 422
    block = contributions.take_in(actor, piece, edition, kind)
    flash(gettext("The piece stands at the end of the edition now. Edit it there."), "success")
    place = edition_page(edition, "manage_editions.show")
    if place is None:
        return redirect(url_for(".index", edition_id=edition.id), 303)
    return redirect(f"{place}#block-{block.id}", 303)


@bp.post(f"{ONE}/show")
def show_author(contribution_id: int) -> Page:
    """Mail the author to look at the edited text."""
    actor = current_actor()
    piece, edition = _for_maker(actor, contribution_id)
    count = contributions.show_to_authors(actor, edition, [piece])
    text = (
        gettext("%(name)s gets a mail to look at the text.", name=piece.author.name)
        if count
        else gettext("%(name)s was mailed about this text already.", name=piece.author.name)
    )
    flash(text, "success" if count else "info")
    return redirect(url_for(".index", edition_id=edition.id), 303)


@bp.post(f"{ONE}/withdraw")
def withdraw(contribution_id: int) -> Page:
    """Do without a piece that was not written."""
    actor = current_actor()
    piece, edition = _for_maker(actor, contribution_id)
    contributions.withdraw(actor, piece, edition)
    flash(gettext("The piece is off the list."), "success")
    return redirect(url_for(".index", edition_id=edition.id), 303)


def _for_maker(actor: Actor, contribution_id: int) -> tuple[Contribution, Edition]:
    """Give a piece with its edition held, edition first: so nobody waits for another in a ring."""
    piece, edition = contributions.contribution_for(actor, contribution_id)
    edition = editions.edition_for(actor, edition.id, write=True)
    return contributions.contribution_for(actor, piece.id, write=True)[0], edition


def _scaled(form: PieceForm) -> scaling.Scaled | None:
    """Scale the picture that came along, before anything is asked of the database."""
    file = form.picture.data
    content = file.read() if file else b""
    return scaling.scaled(content, "picture") if content else None


def _ask_form(edition: Edition) -> AskForm:
    form = AskForm(data={"due_on": edition.contributions_on})
    form.offer([(one.person_id, one.person.name) for one in active_colleagues()])
    return form


def _list(edition: Edition, form: AskForm | None = None) -> str:
    pieces = contributions.contributions_of(edition)
    blocks = contributions.blocks_of(pieces)
    is_open = editions.is_open(edition)
    return render_template(
        "manage/contributions/index.html",
        edition=edition,
        is_open=is_open,
        lines=[_line(one, blocks.get(one.id)) for one in pieces],
        form_=(form or _ask_form(edition)) if is_open else None,
        form_open=form is not None or not pieces,
    )


def _line(piece: Contribution, block: Block | None) -> dict[str, Any]:
    state = ContributionState(piece.state)
    if block is not None:
        is_seen = contributions.is_seen(piece, block)
        state = ContributionState.SEEN if is_seen else ContributionState.TAKEN
    return {
        "piece": piece,
        "state": state,
        "block": block,
        # Its block was taken away: then it can be taken in once more.
        "is_loose": block is None and piece.state in IN_EDITION,
    }


def _piece(
    piece: Contribution,
    edition: Edition,
    form: PieceForm | None = None,
    *,
    no: RemarkForm | None = None,
    remark: RemarkForm | None = None,
    take: TakeInForm | None = None,
) -> str:
    actor = current_actor()
    block = contributions.blocks_of([piece]).get(piece.id)
    is_author = actor.person_id == piece.author_person_id
    is_open = editions.is_open(edition)
    picture = pictures.shown([piece.picture_id or 0], "small").get(piece.picture_id or 0)
    taking = take or TakeInForm(None)
    taking.offer()
    return render_template(
        "manage/contributions/show.html",
        edition=edition,
        piece=piece,
        line=_line(piece, block),
        block=block,
        is_author=is_author,
        may_make=editions.may_make(actor, edition),
        is_open=is_open,
        may_write=is_author and is_open and piece.state not in IN_EDITION,
        f=form or PieceForm(None, obj=piece),
        is_typed=form is not None,
        picture=picture,
        picture_address=urlsplit(picture.address).path if picture else "",
        no=no or RemarkForm(None, prefix="no"),
        no_open=no is not None,
        remark=remark or RemarkForm(None, prefix="remark"),
        remark_open=remark is not None,
        take=taking,
    )
