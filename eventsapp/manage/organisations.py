"""Organisations: the list, the page of one, adding, changing and ending with a successor."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from eventsapp.core import submissions
from eventsapp.core.dates import today
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.language import current_language
from eventsapp.directory import organisations, queries, rules, ties
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.models import Role
from eventsapp.directory.people import demand_write_organisation
from eventsapp.directory.places import (
    themes,
    working_regions,
    working_regions_of_organisations,
)
from eventsapp.invitations.queries import history_of_organisation
from eventsapp.invitations.unreachable import trouble_of
from eventsapp.manage.changed import changed_meanwhile
from eventsapp.manage.forms.directory import (
    EndOrganisationForm,
    OrganisationForm,
    kinds,
    number_or_none,
)
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.filters import (
    OrganisationFilter,
    known,
    municipality_choices,
    region_choices,
)
from eventsapp.manage.guard import current_actor

bp = Blueprint("manage_organisations", __name__, url_prefix="/manage/organisations")

Page = str | Response | tuple[str, int]
SORTS = ("name", "place", "changed")


@bp.get("/")
def index() -> str:
    """List organisations, narrowed down by words, place and kind."""
    actor = current_actor()
    form = OrganisationFilter(request.args)
    sort = request.args.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    page = queries.organisations_page(
        actor,
        form.q.data or "",
        region_id=form.region.data,
        municipality_id=form.municipality.data,
        kind=known(form.kind.data, OrganisationKind),
        with_ended=form.ended.data == "yes",
        sort=sort,
        cursor=request.args.get("after") or request.args.get("before"),
    )
    contacts = queries.present_contacts([row.id for row in page.items], today())
    form.offer()
    return render_template(
        "manage/organisations/index.html",
        page=page,
        contacts=contacts,
        form=form,
        sort=sort,
    )


@bp.get("/<int:organisation_id>")
def show(organisation_id: int) -> str:
    """Show an organisation: who does what there now and before, networks, meetings."""
    actor = current_actor()
    organisation = queries.organisation_for(actor, organisation_id)
    regions = working_regions_of_organisations([organisation.id])[organisation.id]
    roles = sorted(ties.roles_at(organisation.id), key=_rank)
    day = today()
    contact = queries.present_contacts([organisation.id], day).get(organisation.id)
    return render_template(
        "manage/organisations/show.html",
        organisation=organisation,
        successor=ties.successor_of(organisation),
        predecessors=ties.predecessors_of(organisation),
        regions=[region for region in working_regions() if region.id in regions],
        present=rules.current_of(roles, day),
        coming=[role for role in roles if role.valid_from > day],
        past=[role for role in roles if role.valid_until is not None and role.valid_until <= day],
        contact=contact,
        trouble=trouble_of(contact),
        vacant=rules.vacant(
            organisation.kind, [role.kind for role in rules.current_of(roles, day)]
        ),
        networks=ties.networks_of(actor, organisation.id),
        may_write=actor.may_write(regions),
        history=history_of_organisation(actor, organisation.id),
        start=number_or_none(request.args.get("start")) or 0,
        today=day,
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Add an organisation."""
    actor = current_actor()
    actor.demand_address_book()
    form = OrganisationForm()
    _offer(form)
    if form.validate_on_submit():
        key = request.form.get("form_key", "")
        if (done := submissions.claim(key)) is not None:
            return redirect(done, 303)
        try:
            organisation = organisations.add_organisation(actor, form.facts())
            place = url_for(".show", organisation_id=organisation.id)
            submissions.settle(key, place)
            flash(gettext("%(name)s is added.", name=organisation.name), "success")
            return redirect(place, 303)
        except InputError as fault:
            show_fault(form, fault)
    status = 422 if form.is_submitted() else 200
    return render_template("manage/organisations/form.html", form=form), status


@bp.route("/<int:organisation_id>/edit", methods=["GET", "POST"])
def edit(organisation_id: int) -> Page:
    """Change what is known of an organisation; the second of two is told, and loses nothing."""
    actor = current_actor()
    organisation = queries.organisation_for(actor, organisation_id, write=request.method == "POST")
    demand_write_organisation(actor, organisation)
    form = OrganisationForm()
    _offer(form)
    status, meanwhile = 200, None
    if not form.is_submitted():
        form.show(organisation)
    elif form.validate():
        try:
            version = number_or_none(form.version.data) or 0
            organisations.change_organisation(
                actor, organisation, form.facts(organisation), version
            )
            flash(gettext("%(name)s is changed.", name=organisation.name), "success")
            return redirect(url_for(".show", organisation_id=organisation.id), 303)
        except InputError as fault:
            show_fault(form, fault)
        except Conflict:
            status, meanwhile = 409, changed_meanwhile("organisation", organisation)
            form.version.data = form.version.raw_data = str(organisation.version)
    if form.errors and status == 200:
        status = 422
    return (
        render_template(
            "manage/organisations/form.html",
            form=form,
            organisation=organisation,
            meanwhile=meanwhile,
        ),
        status,
    )


@bp.route("/<int:organisation_id>/end", methods=["GET", "POST"])
def end(organisation_id: int) -> Page:
    """End an organisation on a day, with or without a successor."""
    actor = current_actor()
    organisation = queries.organisation_for(actor, organisation_id, write=request.method == "POST")
    demand_write_organisation(actor, organisation)
    number = number_or_none(request.args.get("successor"))
    text = request.args.get("q", "")
    successor = queries.organisation_for(actor, number) if number is not None else None
    found = queries.organisations_page(actor, text).items[:20] if text.strip() else []
    form = EndOrganisationForm()
    form.begin(today())
    if form.validate_on_submit():
        try:
            organisations.end_organisation(
                actor,
                organisation,
                form.on.data,
                successor,
                carry_over=bool(successor and form.carry_over.data),
            )
            flash(gettext("%(name)s ends.", name=organisation.name), "success")
            return redirect(url_for(".show", organisation_id=organisation.id), 303)
        except InputError as fault:
            show_fault(form, fault)
    return (
        render_template(
            "manage/organisations/end.html",
            form=form,
            organisation=organisation,
            successor=successor,
            found=[one for one in found if one.id != organisation.id],
            text=text,
        ),
        422 if form.is_submitted() else 200,
    )


def _rank(role: Role) -> tuple[bool, int]:
    """Sort the contact first, then chair, secretary and so on; within these the newest first."""
    return not role.is_contact, list(RoleKind).index(RoleKind(role.kind))


def _offer(form: OrganisationForm) -> None:
    form.kind.choices = kinds(OrganisationKind)
    form.municipality_id.choices = [SelectChoice("", gettext("not known")), *municipality_choices()]
    nowhere = SelectChoice("", gettext("works in one municipality"))
    form.region_id.choices = [nowhere, *region_choices()]
    form.theme_ids.choices = [
        SelectChoice(str(theme.id), theme.name(current_language())) for theme in themes()
    ]
