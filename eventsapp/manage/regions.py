"""Regions and municipalities: where what is, what lies in one of them, and dividing anew."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug import Response

from eventsapp.accounts import region_advisors
from eventsapp.contacts.subscriber_figures import figures
from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.directory import gazetteer, places, queries, regions
from eventsapp.directory.models import Region, RegionScheme
from eventsapp.manage.changed import changed_meanwhile
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.regions import AdvisorsForm, DissolveForm, RegionForm
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters.joining import main_newsletter
from eventsapp.regions.dissolving import dissolve_region
from eventsapp.regions.touched import touched_by

bp = Blueprint("manage_regions", __name__, url_prefix="/manage/regions")

Page = str | Response | tuple[str, int]


@bp.get("/")
def index() -> str:
    """List the regions of one scheme, the working one unless another is chosen."""
    actor = current_actor()
    actor.demand_address_book()
    schemes = places.schemes()
    scheme = _scheme(schemes)
    newsletter = main_newsletter() if scheme and scheme.is_working else None
    counted = figures(newsletter.id, today()).by_region if newsletter else []
    return render_template(
        "manage/regions/index.html",
        schemes=schemes,
        scheme=scheme,
        rows=gazetteer.regions_with_counts(scheme.id) if scheme else [],
        dissolved=gazetteer.dissolved_regions(scheme.id) if scheme else [],
        advisors=region_advisors.advisors_by_region() if scheme and scheme.is_working else {},
        newsletter=newsletter,
        readers={line.id: line.readers for line in counted},
        own=actor.regions,
        may_divide=actor.is_coordinator,
    )


@bp.get("/<int:region_id>")
def show(region_id: int) -> str:
    """Show a region: its municipalities, each with the number of organisations, and advisors."""
    actor = current_actor()
    region = gazetteer.region_for(actor, region_id)
    is_living = region.ended_on is None
    return render_template(
        "manage/regions/show.html",
        region=region,
        successor=db.session.get(Region, region.successor_id) if region.successor_id else None,
        towns=gazetteer.municipalities_with_counts(region.id),
        advisors=[person.name for person in gazetteer.advisors_of(region.id)],
        may_divide=actor.is_coordinator and is_living,
        all_towns=places.municipality_names() if actor.is_coordinator and is_living else [],
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Add a region to a division."""
    actor = current_actor()
    regions.demand_divide(actor)
    scheme, form = _scheme(places.schemes()), RegionForm()
    if form.validate_on_submit():
        key = request.form.get("form_key", "")
        if (done := submissions.claim(key)) is not None:
            return redirect(done, 303)
        try:
            region = regions.add_region(actor, scheme.id if scheme else 0, form.name.data or "")
            place = url_for(".show", region_id=region.id)
            submissions.settle(key, place)
            flash(
                gettext("%(name)s is added. Now add its municipalities.", name=region.name),
                "success",
            )
            return redirect(place, 303)
        except InputError as fault:
            show_fault(form, fault)
    status = 422 if form.is_submitted() else 200
    return render_template(
        "manage/regions/form.html", form=form, scheme=scheme, region=None
    ), status


@bp.route("/<int:region_id>/rename", methods=["GET", "POST"])
def rename(region_id: int) -> Page:
    """Give a region another name; the second of two coordinators is told, and loses nothing."""
    actor, region = _region_to_change(region_id)
    form = RegionForm()
    status, meanwhile = 200, None
    if not form.is_submitted():
        form.process(data={"name": region.name, "version": region.version})
    elif form.validate():
        try:
            version = number_or_none(form.version.data) or 0
            regions.rename_region(actor, region, form.name.data or "", version)
            flash(gettext("The region is called %(name)s now.", name=region.name), "success")
            return redirect(url_for(".show", region_id=region.id), 303)
        except InputError as fault:
            show_fault(form, fault)
        except Conflict:
            db.session.refresh(region)
            status, meanwhile = 409, changed_meanwhile("region", region)
            form.version.data = form.version.raw_data = str(region.version)
    if form.errors and status == 200:
        status = 422
    return render_template(
        "manage/regions/form.html",
        form=form,
        scheme=region.scheme,
        region=region,
        meanwhile=meanwhile,
    ), status


@bp.route("/<int:region_id>/advisors", methods=["GET", "POST"])
def advisors(region_id: int) -> Page:
    """Say who are the advisors of a region; the second of two is told, and loses nothing."""
    actor, region = _region_to_change(region_id)
    form = AdvisorsForm()
    form.offer(region_advisors.able_advisors())
    present = gazetteer.advisors_of(region.id)
    status, now_are = 200, None
    if not form.is_submitted():
        form.show([person.id for person in present])
    elif form.validate():
        try:
            wanted = form.person_ids.data or []
            region_advisors.name_advisors(actor, region, wanted, form.were())
            flash(gettext("The advisors of %(name)s are changed.", name=region.name), "success")
            return redirect(url_for(".show", region_id=region.id), 303)
        except InputError as fault:
            show_fault(form, fault)
        except Conflict:
            status, now_are = 409, [person.name for person in present]
            form.show_seen([person.id for person in present])
    if form.errors and status == 200:
        status = 422
    return render_template(
        "manage/regions/advisors.html", form=form, region=region, now_are=now_are
    ), status


@bp.route("/<int:region_id>/dissolve", methods=["GET", "POST"])
def dissolve(region_id: int) -> Page:
    """Show what dissolving a region touches, and do it once that was read."""
    actor, region = _region_to_change(region_id)
    touched, form = touched_by(region), DissolveForm()
    others = gazetteer.living_regions(region.scheme_id, but=region.id)
    form.offer(others, touched.needs_successor)
    status, meanwhile = 200, None
    if not form.is_submitted():
        form.process(data={"version": region.version})
    elif form.validate():
        try:
            version = number_or_none(form.version.data) or 0
            dissolve_region(actor, region.id, form.successor.data, version)
            flash(gettext("%(name)s is dissolved.", name=region.name), "success")
            return redirect(url_for(".index", scheme=region.scheme_id), 303)
        except InputError as fault:
            show_fault(form, fault)
        except Conflict:
            status, meanwhile = 409, changed_meanwhile("region", region)
            form.version.data = form.version.raw_data = str(region.version)
    if form.errors and status == 200:
        status = 422
    return render_template(
        "manage/regions/dissolve.html",
        form=form,
        region=region,
        touched=touched,
        meanwhile=meanwhile,
    ), status


@bp.post("/<int:region_id>/municipalities")
def move(region_id: int) -> Response:
    """Put a municipality in this region; for coordinators."""
    actor = current_actor()
    regions.demand_divide(actor)
    region = gazetteer.region_for(actor, region_id)
    chosen = number_or_none(request.form.get("municipality"))
    if chosen is None:
        flash(gettext("Choose a municipality."), "error")
    elif regions.move_municipality(actor, region, chosen):
        town = gazetteer.municipality_for(actor, chosen)
        flash(
            gettext("%(town)s belongs to %(region)s now.", town=town.name, region=region.name),
            "success",
        )
    else:
        flash(gettext("That municipality is in this region already."), "info")
    return redirect(url_for(".show", region_id=region_id), 303)


@bp.get("/municipalities/<int:municipality_id>")
def municipality(municipality_id: int) -> str:
    """Show a municipality: its regions and its organisations with who is invited."""
    actor = current_actor()
    town = gazetteer.municipality_for(actor, municipality_id)
    page = queries.organisations_page(
        actor,
        municipality_id=town.id,
        cursor=request.args.get("after") or request.args.get("before"),
    )
    return render_template(
        "manage/regions/municipality.html",
        town=town,
        regions=sorted(town.regions, key=lambda one: (not one.scheme.is_working, one.scheme_id)),
        page=page,
        contacts=queries.present_contacts([one.id for one in page.items], today()),
    )


def _region_to_change(region_id: int) -> tuple[Actor, Region]:
    """Give the coordinator and a region that still is one; Forbidden or Conflict otherwise."""
    actor = current_actor()
    regions.demand_divide(actor)
    region = gazetteer.region_for(actor, region_id)
    regions.demand_living(region)
    return actor, region


def _scheme(schemes: list[RegionScheme]) -> RegionScheme | None:
    """Give the division that the address names, else the first."""
    chosen = number_or_none(request.args.get("scheme"))
    return next((one for one in schemes if one.id == chosen), schemes[0] if schemes else None)
