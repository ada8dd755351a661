"""One edition: begun, given a subject, copied, opened again, dropped and taken up.

Its page is where an edition is made; what stands in it is `blocks.py`. Nothing here sends a mail.
"""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug import Response
from wtforms import SelectChoice

from eventsapp.core import submissions
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import HOME_ZONE, now, time_of_day, utc_to_local
from eventsapp.core.errors import Conflict, Forbidden, InputError
from eventsapp.core.labels import N_
from eventsapp.core.language import current_language
from eventsapp.directory.places import working_regions
from eventsapp.manage import edition_view
from eventsapp.manage.forms.blocks import block_form
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.newsletters import CopyEditionForm, NewEditionForm, WordsForm
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import composing, editions, newsletters, opening
from eventsapp.newsletters.kinds import BlockKind, EditionKind
from eventsapp.newsletters.queries import last_regular

bp = Blueprint("manage_editions", __name__, url_prefix="/manage/editions")

Page = str | Response | tuple[str | Response, int]


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Begin an edition in the shape of the last one, or a message to the readers of one region."""
    actor = current_actor()
    kind = _kind(actor)
    form = NewEditionForm()
    _offer(form, actor, kind)
    if request.method != "POST":
        return render_template("manage/editions/new.html", f=form, kind=kind)
    if not form.validate():
        return render_template("manage/editions/new.html", f=form, kind=kind), 422
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        place = _open(actor, form, kind)
    except InputError as fault:
        show_fault(form, InputError(fault.message, _FIELDS.get(fault.field or ""), **fault.values))
        return render_template("manage/editions/new.html", f=form, kind=kind), 422
    submissions.settle(key, place)
    return redirect(place, 303)


@bp.get("/<int:edition_id>")
def show(edition_id: int) -> Page:
    """Show the page on which an edition is made, with one block open where the address says so."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id)
    opened = number_or_none(request.args.get("open"))
    block = next((one for one in edition.blocks if one.id == opened), None)
    form = block_form(block, edition_view.offers(), submissions.new_key()) if block else None
    words = WordsForm.of(edition)
    return edition_view.make_page(actor, edition, words=words, opened=opened, form=form)


@bp.post("/<int:edition_id>")
def change(edition_id: int) -> Page:
    """Keep subject, preview line and name; the second of two is told, and loses nothing."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    form = WordsForm.of(edition)
    try:
        editions.change_edition(actor, edition, form.words(), form.version.data or "")
    except InputError as fault:
        show_fault(form, fault)
        return edition_view.make_page(actor, edition, words=form), 422
    except Conflict:
        editions.demand_open(edition)
        form.meet(edition)
        form.form_errors.append(
            gettext("Somebody else changed this too. What you typed still stands here.")
        )
        return edition_view.make_page(actor, edition, words=form), 409
    flash(gettext("Subject and preview line are kept."), "success")
    return redirect(url_for(".show", edition_id=edition_id), 303)


@bp.post("/<int:edition_id>/autosave")
def autosave(edition_id: int) -> Page:
    """Keep the subject while somebody types."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    form = WordsForm.of(edition)
    try:
        typed = editions.change_edition(actor, edition, form.words(), form.version.data or "")
    except InputError as fault:
        return jsonify(words=gettext(fault.message, **fault.values)), 422
    except Conflict:
        editions.demand_open(edition)
        words = gettext("Somebody else changed this too. Press “Keep” to see what.")
        return jsonify(words=words), 409
    at = time_of_day(utc_to_local(now(), HOME_ZONE), current_language())
    return jsonify(version=typed.marks, words=gettext("Kept at %(time)s", time=at))


@bp.route("/<int:edition_id>/copy", methods=["GET", "POST"])
def copy(edition_id: int) -> Page:
    """Make an edition with the same words; asks only how it is called."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id)
    editions.demand_make(actor, edition)
    form = CopyEditionForm(data={"title": gettext("Copy of %(title)s", title=edition.title)})
    if request.method != "POST":
        return render_template("manage/editions/copy.html", f=form, edition=edition)
    if not form.validate():
        return render_template("manage/editions/copy.html", f=form, edition=edition), 422
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        made = editions.copy_edition(actor, edition, form.title.data or "")
    except InputError as fault:
        show_fault(form, fault)
        return render_template("manage/editions/copy.html", f=form, edition=edition), 422
    place = url_for(".show", edition_id=made.id)
    submissions.settle(key, place)
    flash(gettext("The copy is a draft. No mail has gone out."), "success")
    return redirect(place, 303)


@bp.post("/<int:edition_id>/reopen")
def reopen(edition_id: int) -> Page:
    """Let words be changed again after a sign-off."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    editions.reopen(actor, edition)
    flash(gettext("You can go on. Afterwards somebody signs off again."), "success")
    return redirect(url_for(".show", edition_id=edition_id), 303)


@bp.post("/<int:edition_id>/drop")
def drop(edition_id: int) -> Page:
    """Decide not to send this edition."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    editions.drop_edition(actor, edition)
    flash(gettext("This edition is not sent. You can still take it up again."), "success")
    return redirect(url_for(".show", edition_id=edition_id), 303)


@bp.post("/<int:edition_id>/take-up")
def take_up(edition_id: int) -> Page:
    """Go on with an edition that was dropped."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    editions.take_up(actor, edition)
    flash(gettext("You can go on with this edition."), "success")
    return redirect(url_for(".show", edition_id=edition_id), 303)


_FIELDS = {"region": "region_id"}


def _kind(actor: Actor) -> EditionKind:
    """Give what is begun: advisors write messages to their own regions only."""
    is_regional = request.values.get("kind") == EditionKind.REGIONAL or not actor.makes_newsletters
    if actor.level not in (Level.ADVISOR, Level.COORDINATOR, Level.EDITOR):
        raise Forbidden
    if actor.level is Level.ADVISOR and not actor.regions:
        raise Forbidden(N_("You have no region yet, so there are no readers to write to."))
    return EditionKind.REGIONAL if is_regional else EditionKind.REGULAR


def _offer(form: NewEditionForm, actor: Actor, kind: EditionKind) -> None:
    known = [one for one in newsletters.newsletters() if one.is_active]
    if len(known) < 2:
        del form.newsletter_id
    else:
        form.newsletter_id.choices = [SelectChoice(one.id, one.name) for one in known]
    if kind is not EditionKind.REGIONAL:
        del form.region_id
        return
    form.title.label.text = gettext("Subject of the message")
    everywhere = actor.makes_newsletters
    regions = [one for one in working_regions() if everywhere or one.id in actor.regions]
    form.region_id.choices = [SelectChoice(one.id, one.name) for one in regions]
    if len(regions) > 1:
        form.region_id.choices.insert(0, SelectChoice("", gettext("Choose a region")))


def _open(actor: Actor, form: NewEditionForm, kind: EditionKind) -> str:
    """Open the edition and give its page."""
    if "newsletter_id" in form:
        newsletter = newsletters.newsletter_for(actor, form.newsletter_id.data or 0)
    else:
        newsletter = newsletters.first_newsletter()
    is_regional = kind is EditionKind.REGIONAL
    edition = editions.open_edition(
        actor,
        newsletter,
        form.title.data or "",
        kind=kind,
        region_id=form.region_id.data if is_regional else None,
        like=None if is_regional else last_regular(newsletter.id),
        **({} if is_regional else opening.dates_of_next(newsletter)),
    )
    if is_regional:
        edition.subject = edition.title  # whoever wants another one types it there
        block = composing.add_block(actor, edition, BlockKind.TEXT)
        return url_for(".show", edition_id=edition.id, open=block.id)
    return url_for(".show", edition_id=edition.id)
