"""Which readers get the newsletter: all of them, or those who answer to conditions.

The conditions are those of contact lists, and are asked anew each time an edition is sent. For
coordinators.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField

from eventsapp.contacts import rules, subscriber_segments
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.settings import settings
from eventsapp.manage.condition_rows import changes_rows, sentence_of_condition
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.faults import sentence_of
from eventsapp.manage.forms.lists import Row, criteria_of, rows_from_criteria, rows_from_form
from eventsapp.manage.guard import current_actor
from eventsapp.manage.list_words import choices_of, sentences_of_rows
from eventsapp.manage.subscribers import chosen_newsletter, frame_of
from eventsapp.newsletters import conditions
from eventsapp.newsletters.models import Newsletter

bp = Blueprint(
    "manage_subscriber_conditions", __name__, url_prefix="/manage/subscribers/conditions"
)

Page = str | Response | tuple[str, int]


class ConditionsForm(FlaskForm):  # type: ignore[misc]
    """What goes along with the rows of conditions."""

    newsletter = HiddenField()
    version = HiddenField()


@bp.get("/")
def edit() -> Page:
    """Show the conditions, and how many readers answer to them now."""
    conditions.demand_set(current_actor())
    newsletter = chosen_newsletter()
    if newsletter is None:
        return render_template("manage/subscriber_conditions/none.html")
    form = ConditionsForm(newsletter=str(newsletter.id), version=str(newsletter.version))
    return _edit_page(form, rows_from_criteria(newsletter.criteria), newsletter)


@bp.post("/")
def change() -> Page:
    """Keep the conditions, or show them again with one more or less."""
    actor = current_actor()
    conditions.demand_set(actor)
    newsletter = chosen_newsletter()
    if newsletter is None:
        return render_template("manage/subscriber_conditions/none.html"), 404
    form, rows = ConditionsForm(), rows_from_form(request.form)
    if changes_rows(rows):
        return _edit_page(form, rows, newsletter)
    version = number_or_none(form.version.data) or 0
    try:
        conditions.set_conditions(actor, newsletter, criteria_of(rows), version)
    except InputError as fault:
        form.form_errors.append(sentence_of_condition(fault))
        return _edit_page(form, rows, newsletter), 422
    except Conflict as fault:
        db.session.expire(newsletter)
        form.version.data = str(newsletter.version)
        form.version.raw_data = [form.version.data]
        form.form_errors.append(sentence_of(fault))
        return _edit_page(form, rows, newsletter), 409
    flash(gettext("From the next edition on, these readers get it."), "success")
    return redirect(url_for(".edit", newsletter=frame_of(newsletter)["which"]), 303)


def _edit_page(form: ConditionsForm, rows: list[Row], newsletter: Newsletter) -> str:
    number = None
    try:
        criteria = rules.parse(criteria_of(rows))
        day = today(settings().timezone)
        number = subscriber_segments.count(criteria, newsletter.id, current_actor(), day)
    except InputError:
        number = None
    return render_template(
        "manage/subscriber_conditions/edit.html",
        form=form,
        rows=rows,
        asks=list(rules.Ask),
        choices=choices_of(rows),
        sentences=sentences_of_rows(rows),
        number=number,
        **frame_of(newsletter),
    )
