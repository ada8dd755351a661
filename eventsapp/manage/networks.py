"""Networks: the list with its rhythm, the page of one, its members, adding and changing."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from eventsapp.accounts.models import Account
from eventsapp.core import submissions
from eventsapp.core.actor import Level
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.directory import networks, queries
from eventsapp.directory.models import Network, Person
from eventsapp.directory.places import regions_touching, working_regions
from eventsapp.manage.changed import changed_meanwhile
from eventsapp.manage.forms.directory import EndForm, NetworkForm, number_or_none
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.guard import current_actor
from eventsapp.meetings import rhythm

bp = Blueprint("manage_networks", __name__, url_prefix="/manage/networks")

Page = str | Response | tuple[str, int]


@bp.get("/")
def index() -> str:
    """List the networks with when they met last and whether that is too long ago."""
    actor = current_actor()
    region_id = number_or_none(request.args.get("region"))
    page = networks.networks_page(
        actor,
        region_id=region_id,
        cursor=request.args.get("after") or request.args.get("before"),
    )
    rows = [(row[0], row.members) for row in page.items]
    met = rhythm.rhythm_of(actor, [network.id for network, _ in rows])
    return render_template(
        "manage/networks/index.html",
        page=page,
        rows=rows,
        met=met,
        late={network.id for network, _ in rows if rhythm.is_late(network, met.get(network.id))},
        regions=working_regions(),
        region_id=region_id,
    )


@bp.get("/<int:network_id>")
def show(network_id: int) -> str:
    """Show a network: members with through whom they are reached, rhythm, meetings."""
    actor = current_actor()
    network = queries.network_for(actor, network_id)
    met = rhythm.rhythm_of(actor, [network.id]).get(network.id)
    text = request.args.get("q", "")
    found = queries.organisations_page(actor, text).items[:20] if text.strip() else []
    members = {organisation.id for organisation in network.organisations}
    return render_template(
        "manage/networks/show.html",
        network=network,
        met=met,
        is_late=rhythm.is_late(network, met),
        contacts=queries.present_contacts(members, today()),
        may_write=_may_write(network),
        found=[one for one in found if one.id not in members],
        text=text,
        meetings=rhythm.meetings_of(actor, network.id),
        organiser=db.session.get(Person, network.organiser_person_id or 0),
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Add a network."""
    actor = current_actor()
    actor.demand_address_book()
    form = NetworkForm(organiser_person_id=actor.person_id)
    _offer(form)
    if form.validate_on_submit():
        key = request.form.get("form_key", "")
        if (done := submissions.claim(key)) is not None:
            return redirect(done, 303)
        try:
            network = networks.add_network(actor, form.facts())
            place = url_for(".show", network_id=network.id)
            submissions.settle(key, place)
            flash(gettext("%(name)s is added. Now add its members.", name=network.name), "success")
            return redirect(place, 303)
        except InputError as fault:
            show_fault(form, fault)
    status = 422 if form.is_submitted() else 200
    return render_template("manage/networks/form.html", form=form), status


@bp.route("/<int:network_id>/edit", methods=["GET", "POST"])
def edit(network_id: int) -> Page:
    """Change a network; the second of two is told, and loses nothing."""
    actor = current_actor()
    network = queries.network_for(actor, network_id, write=request.method == "POST")
    networks.demand_write_network(actor, network)
    form = NetworkForm()
    _offer(form)
    status, meanwhile = 200, None
    if not form.is_submitted():
        form.show(network)
    elif form.validate():
        try:
            version = number_or_none(form.version.data) or 0
            networks.change_network(actor, network, form.facts(), version)
            flash(gettext("%(name)s is changed.", name=network.name), "success")
            return redirect(url_for(".show", network_id=network.id), 303)
        except InputError as fault:
            show_fault(form, fault)
        except Conflict:
            status, meanwhile = 409, changed_meanwhile("network", network)
            form.version.data = form.version.raw_data = str(network.version)
    if form.errors and status == 200:
        status = 422
    return (
        render_template(
            "manage/networks/form.html", form=form, network=network, meanwhile=meanwhile
        ),
        status,
    )


@bp.post("/<int:network_id>/members")
def add_member(network_id: int) -> Response:
    """Let an organisation belong to a network."""
    actor = current_actor()
    network = queries.network_for(actor, network_id, write=True)
    organisation = queries.organisation_for(actor, _organisation_id())
    networks.add_member(actor, network, organisation)
    said = gettext("%(name)s belongs to this network now.", name=organisation.name)
    flash(said, "success")
    return redirect(url_for(".show", network_id=network.id), 303)


@bp.post("/<int:network_id>/members/remove")
def remove_member(network_id: int) -> Response:
    """Let an organisation no longer belong to a network."""
    actor = current_actor()
    network = queries.network_for(actor, network_id, write=True)
    organisation = queries.organisation_for(actor, _organisation_id())
    networks.remove_member(actor, network, organisation)
    said = gettext("%(name)s no longer belongs to this network.", name=organisation.name)
    flash(said, "success")
    return redirect(url_for(".show", network_id=network.id), 303)


@bp.route("/<int:network_id>/end", methods=["GET", "POST"])
def end(network_id: int) -> Page:
    """End a network on a day."""
    actor = current_actor()
    network = queries.network_for(actor, network_id, write=request.method == "POST")
    networks.demand_write_network(actor, network)
    form = EndForm()
    form.begin(today())
    if form.validate_on_submit():
        networks.end_network(actor, network, form.on.data)
        flash(gettext("%(name)s ends.", name=network.name), "success")
        return redirect(url_for(".index"), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("manage/networks/end.html", form=form, network=network), status


def _organisation_id() -> int:
    number = number_or_none(request.form.get("organisation"))
    if number is None:
        raise InputError(N_("Choose an organisation from the list."))
    return number


def _may_write(network: Network) -> bool:
    actor = current_actor()
    regions = regions_touching(network.region_id) if network.region_id else set()
    return queries.has_charge(actor, network) or actor.may_write(regions)


def _colleagues() -> list[SelectChoice]:
    """Give who may keep a network: advisors and coordinators, by name."""
    statement = (
        select(Account)
        .join(Account.person)
        .options(contains_eager(Account.person))
        .where(Account.is_active, Account.level.in_((Level.ADVISOR, Level.COORDINATOR)))
        .order_by(Person.sort_key)
    )
    return [
        SelectChoice(str(one.person_id), one.person.name) for one in db.session.scalars(statement)
    ]


def _offer(form: NetworkForm) -> None:
    people = _colleagues()
    form.region_id.choices = [
        SelectChoice("", gettext("the whole country")),
        *(SelectChoice(str(region.id), region.name) for region in working_regions()),
    ]
    form.organiser_person_id.choices = [SelectChoice("", gettext("nobody yet")), *people]
    form.deputy_ids.choices = people
