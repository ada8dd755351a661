"""Functions of people at organisations: begin one, end it on a day, hand it to a successor."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.core import submissions
from eventsapp.core.dates import today
from eventsapp.core.errors import InputError
from eventsapp.core.language import label
from eventsapp.directory import people, queries, ties
from eventsapp.directory.kinds import RoleKind
from eventsapp.directory.models import Role
from eventsapp.manage.forms.directory import EndForm, RoleForm, number_or_none
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.guard import current_actor

bp = Blueprint("manage_functions", __name__, url_prefix="/manage")

Page = str | Response | tuple[str, int]


@bp.route("/people/<int:person_id>/functions/new", methods=["GET", "POST"])
def new(person_id: int) -> Page:
    """Give somebody a function: first find the organisation, then say what and since when."""
    actor = current_actor()
    person = queries.person_for(actor, person_id)
    number = number_or_none(request.args.get("organisation"))
    if number is None:
        text = request.args.get("q", "")
        found = queries.organisations_page(actor, text).items[:20] if text.strip() else []
        return render_template(
            "manage/functions/choose_organisation.html", person=person, found=found, text=text
        )
    organisation = queries.organisation_for(actor, number)
    people.demand_write_organisation(actor, organisation)
    form = RoleForm(valid_from=today())
    form.offer(person)
    if form.validate_on_submit():
        key = request.form.get("form_key", "")
        if (done := submissions.claim(key)) is not None:
            return redirect(done, 303)
        try:
            role = people.add_role(actor, person, organisation, form.facts())
            place = url_for("manage_people.show", person_id=person.id)
            submissions.settle(key, place)
            flash(_said(role), "success")
            return redirect(place, 303)
        except InputError as fault:
            show_fault(form, fault)
    status = 422 if form.is_submitted() else 200
    return (
        render_template(
            "manage/functions/form.html", form=form, person=person, organisation=organisation
        ),
        status,
    )


@bp.route("/functions/<int:role_id>/end", methods=["GET", "POST"])
def end(role_id: int) -> Page:
    """End a function on a day."""
    actor = current_actor()
    role = ties.role_for(actor, role_id)
    people.demand_write_organisation(actor, role.organisation)
    form = EndForm()
    form.begin(today())
    if form.validate_on_submit():
        try:
            people.end_role(actor, role, form.on.data)
            flash(gettext("The function of %(name)s ends.", name=role.person.name), "success")
            return redirect(url_for("manage_people.show", person_id=role.person_id), 303)
        except InputError as fault:
            fault.field = "on"
            show_fault(form, fault)
    status = 422 if form.is_submitted() else 200
    return render_template("manage/functions/end.html", form=form, role=role), status


@bp.route("/functions/<int:role_id>/succeed", methods=["GET", "POST"])
def succeed(role_id: int) -> Page:
    """Hand a function to somebody else: first find who, then say on which day."""
    actor = current_actor()
    role = ties.role_for(actor, role_id)
    people.demand_write_organisation(actor, role.organisation)
    number = number_or_none(request.args.get("person"))
    if number is None:
        text = request.args.get("q", "")
        found = queries.people_page(actor, text).items[:20] if text.strip() else []
        return render_template(
            "manage/functions/choose_successor.html", role=role, found=found, text=text
        )
    successor = queries.person_for(actor, number)
    form = EndForm()
    form.begin(role.valid_until or today())
    if form.validate_on_submit():
        try:
            people.succeed(actor, role, successor, form.on.data)
            flash(gettext("%(name)s takes over.", name=successor.name), "success")
            place = url_for("manage_organisations.show", organisation_id=role.organisation_id)
            return redirect(place, 303)
        except InputError as fault:
            fault.field = "on" if fault.field in ("valid_from", "valid_until") else fault.field
            show_fault(form, fault)
    status = 422 if form.is_submitted() else 200
    return (
        render_template("manage/functions/succeed.html", form=form, role=role, successor=successor),
        status,
    )


@bp.post("/functions/<int:role_id>/contact")
def contact(role_id: int) -> Response:
    """Let somebody get the invitations for an organisation from now on."""
    actor = current_actor()
    role = ties.role_for(actor, role_id)
    people.make_contact(actor, role)
    flash(
        gettext(
            "%(name)s gets the invitations for %(organisation)s from now on.",
            name=role.person.name,
            organisation=role.organisation.name,
        ),
        "success",
    )
    place = url_for("manage_organisations.show", organisation_id=role.organisation_id)
    return redirect(place, 303)


def _said(role: Role) -> str:
    return gettext(
        "%(name)s is %(kind)s of %(organisation)s.",
        name=role.person.name,
        kind=label(RoleKind(role.kind)).lower(),
        organisation=role.organisation.name,
    )
