"""One box that finds people, organisations, municipalities, regions and networks."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from eventsapp.directory import gazetteer, networks, queries
from eventsapp.manage.guard import current_actor

bp = Blueprint("manage_search", __name__, url_prefix="/manage/search")
MOST = 8


@bp.get("/")
def index() -> str:
    """Find by words, whatever their accents and case, and by the names that people use."""
    actor = current_actor()
    actor.demand_address_book()
    text = request.args.get("q", "").strip()[:200]
    people = queries.people_page(actor, text).items if text else []
    found = queries.organisations_page(actor, text).items if text else []
    return render_template(
        "manage/search/index.html",
        text=text,
        people=people[:MOST],
        more_people=len(people) > MOST,
        organisations=found[:MOST],
        more_organisations=len(found) > MOST,
        towns=gazetteer.municipalities_named(text)[:MOST] if text else [],
        regions=gazetteer.regions_named(text)[:MOST] if text else [],
        networks=networks.networks_named(actor, text)[:MOST] if text else [],
    )
