"""Pieces for an edition: editors ask, remind, ask again, take in, and do without.

The list is for who makes the edition. The page of one piece is for its author, who writes by
`pieces.py`, and for them; for everybody else it is not there.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.accounts.colleagues import active_colleagues
from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.errors import Conflict, InputError
from eventsapp.manage.edition_tabs import edition_page
from eventsapp.manage.forms.contributions import AskAgainForm, AskForm, RemarkForm, TakeInForm
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.guard import current_actor
from eventsapp.manage.piece_view import line_of, piece_page
from eventsapp.newsletters import asking, contributions, editions
from eventsapp.newsletters.models import Contribution, Edition

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
        asking.ask(actor, edition, form.author.data, form.brief.data or "", form.due_on.data)
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
    return piece_page(piece, edition)


@bp.post(f"{ONE}/take-in")
def take_in(contribution_id: int) -> Page:
    """Make a block of the piece and go to where the edition is made."""
    actor, form = current_actor(), TakeInForm()
    piece, edition = _for_maker(actor, contribution_id)
    kind = form.chosen()
    if kind is None:
        form.kind.errors = [gettext("Choose what it becomes in the newsletter.")]
        return piece_page(piece, edition, take=form), 422
    seen = number_or_none(form.version.data)
    try:
        block = contributions.take_in(actor, piece, edition, kind, seen)
    except Conflict as fault:
        flash(sentence_of(fault), "warning")
        return redirect(url_for(".show", contribution_id=piece.id), 303)
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


@bp.post(f"{ONE}/remind")
def remind(contribution_id: int) -> Page:
    """Remind the author by mail, once a day at most."""
    actor = current_actor()
    piece, edition = _for_maker(actor, contribution_id)
    count = asking.remind(actor, piece, edition)
    text = (
        gettext("%(name)s gets a reminder by mail.", name=piece.author.name)
        if count
        else gettext("%(name)s was reminded today already.", name=piece.author.name)
    )
    flash(text, "success" if count else "info")
    return redirect(url_for(".index", edition_id=edition.id), 303)


@bp.post(f"{ONE}/ask-again")
def ask_again(contribution_id: int) -> Page:
    """Ask for the piece once more, with other words or for another day."""
    actor, form = current_actor(), AskAgainForm(prefix="again")
    piece, edition = _for_maker(actor, contribution_id)
    if not form.validate():
        return piece_page(piece, edition, again=form), 422
    try:
        asking.ask_again(actor, piece, edition, form.brief.data or "", form.due_on.data)
    except InputError as fault:
        show_fault(form, fault)
        return piece_page(piece, edition, again=form), 422
    flash(gettext("Your question goes out by mail."), "success")
    return redirect(url_for(".index", edition_id=edition.id), 303)


@bp.post(f"{ONE}/withdraw")
def withdraw(contribution_id: int) -> Page:
    """Do without a piece; its author is told, and keeps what was written."""
    actor, form = current_actor(), RemarkForm(prefix="without")
    piece, edition = _for_maker(actor, contribution_id)
    try:
        asking.withdraw(actor, piece, edition, form.remark.data or "")
    except InputError as fault:
        show_fault(form, fault)
        return piece_page(piece, edition, without=form), 422
    flash(gettext("You do without this piece."), "success")
    return redirect(url_for(".index", edition_id=edition.id), 303)


def _for_maker(actor: Actor, contribution_id: int) -> tuple[Contribution, Edition]:
    """Give a piece with its edition held, edition first: so nobody waits for another in a ring."""
    piece, edition = contributions.contribution_for(actor, contribution_id)
    edition = editions.edition_for(actor, edition.id, write=True)
    return contributions.contribution_for(actor, piece.id, write=True)[0], edition


def _ask_form(edition: Edition) -> AskForm:
    form = AskForm(data={"due_on": edition.contributions_on})
    form.offer([(one.person_id, one.person.name) for one in active_colleagues()])
    return form


def _list(edition: Edition, form: AskForm | None = None) -> str:
    pieces = contributions.contributions_of(edition)
    blocks = contributions.blocks_of(pieces)
    is_open = editions.is_open(edition)
    day = today(edition.newsletter.timezone)
    return render_template(
        "manage/contributions/index.html",
        edition=edition,
        is_open=is_open,
        own_id=current_actor().person_id,
        lines=[line_of(one, blocks.get(one.id), day) for one in pieces],
        form_=(form or _ask_form(edition)) if is_open else None,
        form_open=form is not None or not pieces,
    )
