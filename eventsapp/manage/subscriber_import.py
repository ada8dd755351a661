"""Reading in readers of a newsletter: file and proof, columns, look, carry out."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.contacts import address_import, subscriber_import, subscriber_taking_back
from eventsapp.contacts.address_import import Upload
from eventsapp.core import submissions
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.directory.kinds import ImportState
from eventsapp.directory.matching import Doing
from eventsapp.directory.models import AddressImport
from eventsapp.manage import import_steps
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.subscriber_import import ReaderColumnsForm, ReadersFileForm
from eventsapp.manage.guard import current_actor
from eventsapp.manage.subscribers import chosen_newsletter, frame_of
from eventsapp.newsletters.models import Newsletter

bp = Blueprint("manage_subscriber_import", __name__, url_prefix="/manage/subscribers/import")

Page = str | Response | tuple[str, int]


@bp.route("/", methods=["GET", "POST"])
def index() -> Page:
    """Ask for a file and its proof of consent, and list what was read in before."""
    actor = current_actor()
    subscriber_import.demand_read_in(actor)
    form = ReadersFileForm()
    # Before anything is asked of the database: others need not wait while a file is read.
    upload = import_steps.opened(form) if form.validate_on_submit() else None
    newsletter = chosen_newsletter()
    if newsletter is None:
        return render_template("manage/subscriber_import/none.html")
    if upload is not None:
        key = request.form.get("form_key", "")
        if (done := submissions.claim(key)) is not None:
            return redirect(done, 303)
        try:
            place = _receive(newsletter, upload, form)
            submissions.settle(key, place)
            return redirect(place, 303)
        except InputError as fault:
            show_fault(form, fault)
    form.newsletter.data = form.newsletter.data or str(newsletter.id)
    return render_template(
        "manage/subscriber_import/index.html",
        form=form,
        earlier=subscriber_import.imports_of(actor),
        **frame_of(newsletter),
    ), 422 if form.is_submitted() else 200


@bp.get("/<int:import_id>")
def show(import_id: int) -> Page:
    """Show the step that a list is at: its columns, how far it is, what will or did happen."""
    record = subscriber_import.import_for(current_actor(), import_id)
    if record.state == ImportState.RECEIVED or request.args.get("columns"):
        return import_steps.columns_page(ReaderColumnsForm, record, record.columns)
    if record.state in import_steps.BUSY:
        return import_steps.busy_page(record, gettext("Read in readers"))
    doing = request.args.get("doing", "")
    doing = doing if doing in set(Doing) else ""
    start = import_steps.first_line()
    lines, more = address_import.outcomes(record, doing, start)
    return render_template(
        "manage/subscriber_import/show.html",
        record=record,
        newsletter=db.session.get(Newsletter, record.about["newsletter_id"]),
        lines=lines,
        undoing=subscriber_taking_back.foresee(record),
        doing=doing,
        before=max(start - 50, 0) if start else None,
        after=start + 50 if more else None,
        sentence=import_steps.sentence,
        doings=[Doing.ADDED, Doing.LEFT, Doing.FAULT],
        has_lines=bool(lines) or address_import.has_file(record),
    )


@bp.get("/<int:import_id>/progress.json")
def progress(import_id: int) -> Response:
    """Tell how far a long list is, for the bar."""
    return import_steps.progress_of(subscriber_import.import_for(current_actor(), import_id))


@bp.post("/<int:import_id>/columns")
def columns(import_id: int) -> Page:
    """Keep what each column is, and compare the list with who reads already."""
    actor = current_actor()
    record = subscriber_import.import_for(actor, import_id, write=True)
    chosen = import_steps.chosen_columns(record)
    try:
        subscriber_import.choose(actor, record, chosen)
    except InputError as fault:
        return import_steps.columns_page(ReaderColumnsForm, record, chosen, fault), 422
    _work_off(record)
    return redirect(url_for(".show", import_id=record.id), 303)


@bp.post("/<int:import_id>/apply")
def apply(import_id: int) -> Response:
    """Carry a list out as it was shown."""
    actor = current_actor()
    record = subscriber_import.import_for(actor, import_id, write=True)
    if record.state == ImportState.CHECKED:
        subscriber_import.confirm(actor, record, request.form.get("result", ""))
        _work_off(record)
        if record.state == ImportState.APPLIED:
            flash(gettext("The list is read in."), "success")
    return redirect(url_for(".show", import_id=record.id), 303)


@bp.post("/<int:import_id>/take-back")
def take_back(import_id: int) -> Response:
    """Undo what a list did, but for who changed anything since."""
    actor = current_actor()
    record = subscriber_import.import_for(actor, import_id, write=True)
    if record.state == ImportState.APPLIED:
        subscriber_taking_back.ask(actor, record)
    return redirect(url_for(".show", import_id=record.id), 303)


@bp.post("/<int:import_id>/refused")
def refused(import_id: int) -> Response:
    """Give the lines that could not be read back, to be mended."""
    return import_steps.refused_lines(subscriber_import.import_for(current_actor(), import_id))


@bp.post("/<int:import_id>/drop")
def drop(import_id: int) -> Response:
    """Throw a list away."""
    record = subscriber_import.import_for(current_actor(), import_id, write=True)
    address_import.drop(record)
    flash(gettext("The list is thrown away. Nothing was changed."), "success")
    return redirect(url_for(".index"), 303)


def _receive(newsletter: Newsletter, upload: Upload, form: ReadersFileForm) -> str:
    record = subscriber_import.receive(
        current_actor(),
        newsletter.id,
        upload,
        proof=form.proof.data or "",
        words=form.words.data or "",
    )
    return url_for(".show", import_id=record.id)


def _work_off(record: AddressImport) -> None:
    """Work off a short list at once; a long one is left to the job."""
    if address_import.is_short(record):
        subscriber_import.settle(subscriber_import.prepare(record.id))
