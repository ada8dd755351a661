"""Regions and municipalities: where what is, and what lies in one of them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug import Response

from eventsapp.core.dates import today
from eventsapp.directory import gazetteer, places, queries, regions
from eventsapp.directory.models import Region
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.guard import current_actor

bp = Blueprint("manage_regions", __name__, url_prefix="/manage/regions")


@bp.get("/")
def index() -> str:
    """List the regions of one scheme, the working one unless another is chosen."""
    actor = current_actor()
    actor.demand_address_book()
    schemes = places.schemes()
    chosen = number_or_none(request.args.get("scheme"))
    scheme = next((one for one in schemes if one.id == chosen), schemes[0] if schemes else None)
    return render_template(
        "manage/regions/index.html",
        schemes=schemes,
        scheme=scheme,
        rows=gazetteer.regions_with_counts(scheme.id) if scheme else [],
        own=actor.regions,
    )


@bp.get("/<int:region_id>")
def show(region_id: int) -> str:
    """Show a region: its municipalities, each with the number of organisations, and advisors."""
    actor = current_actor()
    region = gazetteer.region_for(actor, region_id)
    return render_template(
        "manage/regions/show.html",
        region=region,
        towns=gazetteer.municipalities_with_counts(region.id),
        advisors=_advisors(region),
        all_towns=places.municipality_names() if actor.is_coordinator else [],
    )


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


def _advisors(region: Region) -> list[str]:
    return [person.name for person in gazetteer.advisors_of(region.id)]
