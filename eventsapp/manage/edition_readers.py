"""Which of the readers of its newsletter get one edition: all, or those who answer to conditions.

The conditions are those of contact lists, and are asked anew when it is sent. Whoever makes the
edition sets them, and sees counts, never names.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField

from eventsapp.contacts import rules
from eventsapp.core.dates import today
from eventsapp.core.errors import Conflict, InputError
from eventsapp.manage.condition_rows import changes_rows, sentence_of_condition
from eventsapp.manage.forms.faults import sentence_of
from eventsapp.manage.forms.lists import Row, criteria_of, rows_from_criteria, rows_from_form
from eventsapp.manage.guard import current_actor
from eventsapp.manage.list_words import choices_of, sentences_of_rows
from eventsapp.newsletters import audience, conditions, editions
from eventsapp.newsletters.models import Edition

bp = Blueprint("manage_edition_readers", __name__, url_prefix="/manage/editions")

Page = str | Response | tuple[str, int]


class ReadersForm(FlaskForm):  # type: ignore[misc]
    """What goes along with the rows of conditions."""

    version = HiddenField()


@bp.get("/<int:edition_id>/readers")
def edit(edition_id: int) -> Page:
    """Show the conditions, and how many readers they leave now."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id)
    editions.demand_make(actor, edition)
    editions.demand_open(edition)
    form = ReadersForm(version=conditions.mark_of(edition))
    return _page(form, rows_from_criteria(edition.criteria), edition)


@bp.post("/<int:edition_id>/readers")
def change(edition_id: int) -> Page:
    """Keep the conditions, or show them again with one more or less."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    form, rows = ReadersForm(), rows_from_form(request.form)
    if changes_rows(rows):
        return _page(form, rows, edition)
    seen = form.version.data or ""
    try:
        conditions.limit_edition(actor, edition, criteria_of(rows), seen)
    except InputError as fault:
        form.form_errors.append(sentence_of_condition(fault))
        return _page(form, rows, edition), 422
    except Conflict as fault:
        editions.demand_open(edition)
        form.version.data = conditions.mark_of(edition)
        form.version.raw_data = [form.version.data]
        form.form_errors.append(sentence_of(fault))
        return _page(form, rows, edition), 409
    flash(
        gettext("Only these readers get this edition.")
        if edition.criteria
        else gettext("Every reader of the newsletter gets this edition."),
        "success",
    )
    place = url_for("manage_editions.show", edition_id=edition_id, _anchor="readers")
    return redirect(place, 303)


def _page(form: ReadersForm, rows: list[Row], edition: Edition) -> str:
    day = today(edition.newsletter.timezone)
    try:
        number = audience.readers_left(edition, day, criteria_of(rows))
    except InputError:
        number = None
    return render_template(
        "manage/edition_readers/edit.html",
        edition=edition,
        form=form,
        rows=rows,
        asks=list(rules.Ask),
        choices=choices_of(rows),
        sentences=sentences_of_rows(rows),
        number=number,
        everybody=audience.readers_left(edition, day, {}),
    )
