"""Reading in a list of addresses: choose the file, the columns, look, carry out."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.contacts import address_import
from eventsapp.core import submissions
from eventsapp.core.errors import InputError
from eventsapp.directory.kinds import ImportState
from eventsapp.directory.matching import Doing
from eventsapp.directory.models import AddressImport
from eventsapp.manage import import_steps
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.imports import ColumnsForm, FileForm
from eventsapp.manage.guard import current_actor

bp = Blueprint("manage_imports", __name__, url_prefix="/manage/import")

Page = str | Response | tuple[str, int]


@bp.route("/", methods=["GET", "POST"])
def index() -> Page:
    """Ask for a file, and list what was read in before."""
    actor = current_actor()
    actor.demand_address_book()
    form = FileForm()
    # Before anything is asked of the database: others need not wait while a file is read.
    upload = import_steps.opened(form) if form.validate_on_submit() else None
    if upload is not None:
        key = request.form.get("form_key", "")
        if (done := submissions.claim(key)) is not None:
            return redirect(done, 303)
        try:
            place = url_for(".show", import_id=address_import.receive(actor, upload).id)
            submissions.settle(key, place)
            return redirect(place, 303)
        except InputError as fault:
            show_fault(form, fault)
    status = 422 if form.is_submitted() else 200
    earlier = address_import.imports_of(actor)
    return render_template("manage/imports/index.html", form=form, earlier=earlier), status


@bp.get("/<int:import_id>")
def show(import_id: int) -> Page:
    """Show the step that a list is at: its columns, how far it is, what will or did happen."""
    record = address_import.import_for(current_actor(), import_id)
    if record.state == ImportState.RECEIVED or request.args.get("columns"):
        return import_steps.columns_page(ColumnsForm, record, record.columns)
    if record.state in import_steps.BUSY:
        return import_steps.busy_page(record, gettext("Read in addresses"))
    doing = request.args.get("doing", "")
    start = import_steps.first_line()
    lines, more = address_import.outcomes(record, doing if doing in set(Doing) else "", start)
    return render_template(
        "manage/imports/show.html",
        record=record,
        lines=lines,
        doing=doing if doing in set(Doing) else "",
        before=max(start - 50, 0) if start else None,
        after=start + 50 if more else None,
        sentence=import_steps.sentence,
        doings=list(Doing),
        has_lines=bool(lines) or address_import.has_file(record),
    )


@bp.get("/<int:import_id>/progress.json")
def progress(import_id: int) -> Response:
    """Tell how far a long list is, for the bar."""
    return import_steps.progress_of(address_import.import_for(current_actor(), import_id))


@bp.post("/<int:import_id>/columns")
def columns(import_id: int) -> Page:
    """Keep what each column is, and compare the list with the address book."""
    actor = current_actor()
    record = address_import.import_for(actor, import_id, write=True)
    chosen = import_steps.chosen_columns(record)
    try:
        address_import.choose(actor, record, chosen)
    except InputError as fault:
        return import_steps.columns_page(ColumnsForm, record, chosen, fault), 422
    _work_off(record)
    return redirect(url_for(".show", import_id=record.id), 303)


@bp.post("/<int:import_id>/apply")
def apply(import_id: int) -> Response:
    """Carry a list out as it was shown."""
    actor = current_actor()
    record = address_import.import_for(actor, import_id, write=True)
    if record.state == ImportState.CHECKED:
        address_import.confirm(actor, record, request.form.get("result", ""))
        _work_off(record)
        if record.state == ImportState.APPLIED:
            flash(gettext("The list is read in."), "success")
    return redirect(url_for(".show", import_id=record.id), 303)


@bp.post("/<int:import_id>/refused")
def refused(import_id: int) -> Response:
    """Give the lines that could not be read back, to be mended."""
    return import_steps.refused_lines(address_import.import_for(current_actor(), import_id))


@bp.post("/<int:import_id>/drop")
def drop(import_id: int) -> Response:
    """Throw a list away."""
    record = address_import.import_for(current_actor(), import_id, write=True)
    address_import.drop(record)
    flash(gettext("The list is thrown away. Nothing was changed."), "success")
    return redirect(url_for(".index"), 303)


def _work_off(record: AddressImport) -> None:
    """Work off a short list at once; a long one is left to the job."""
    if address_import.is_short(record):
        address_import.settle(address_import.prepare(record.id))
