"""The checks of an edition before sign-off: what was found, each with the way to its place.

Looking changes nothing. Following the links of an edition is asked for by itself, since it takes a
while and knocks at other people's servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext

from eventsapp.core.dates import date_as
from eventsapp.core.db import db
from eventsapp.core.language import current_language, label
from eventsapp.directory.places import themes, working_region_names
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import dead_links
from eventsapp.newsletters.blocks import name_of
from eventsapp.newsletters.checks import Check, Finding
from eventsapp.newsletters.editions import edition_for, is_open, may_make
from eventsapp.newsletters.inspection import Inspection, look_at
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.sorts import Sort

bp = Blueprint("manage_checks", __name__, url_prefix="/manage/editions/<int:edition_id>/checks")


@bp.get("")
def show(edition_id: int) -> str:
    """Show what the checks found, and which mails to look at; with `links` follow the links."""
    edition = edition_for(current_actor(), edition_id)
    inspection = look_at(edition)
    followed = None
    if request.args.get("links"):
        db.session.rollback()  # no database waits while other servers take their time
        followed = dead_links.follow(inspection.taken)
        edition = edition_for(current_actor(), edition_id)
    return render_template(
        "manage/checks/show.html",
        edition=edition,
        checks=_by_check(inspection),
        must=len(inspection.must),
        advice=len(inspection.findings) - len(inspection.must),
        followed=followed,
        places={one["key"]: _place(one) for one in inspection.taken["blocks"]},
        mends=is_open(edition) and may_make(current_actor(), edition),
        leads_out=dead_links.leads_out(inspection.taken),
        size=-(-inspection.octets // 1000),
        looks=[_look(edition_id, sort) for sort in inspection.worth_a_look],
        how_many=len(inspection.sorts),
    )


def _by_check(inspection: Inspection) -> list[tuple[Check, list[dict[str, Any]]]]:
    return [(check, _by_place(inspection.of(check))) for check in Check]


def _by_place(findings: list[Finding]) -> list[dict[str, Any]]:
    """Put what was found in one block together, where the first of it stands."""
    places: dict[str, dict[str, Any]] = {}
    for one in findings:
        place = places.setdefault(one.key, {"key": one.key, "is_must": False, "said": []})
        place["is_must"] = place["is_must"] or one.is_must
        place["said"].append(
            {
                "text": gettext(one.words, **_spoken(one.values)),
                "quote": one.quote,
                "is_must": one.is_must,
            }
        )
    return list(places.values())


def _spoken(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write a day among the values as the language of the page does."""
    return {
        name: date_as(value, "EEEE d MMMM y", current_language())
        if isinstance(value, date)
        else value
        for name, value in values.items()
    }


def _place(block: dict[str, Any]) -> str:
    """Say which block it is."""
    kind = BlockKind(block["kind"])
    name = name_of(kind, block["data"])
    return f"{label(kind)}: {name}" if name else label(kind)


def _look(edition_id: int, sort: Sort) -> dict[str, Any]:
    """Describe a sort of reader, with the link to its mail."""
    regions = dict(working_region_names())
    subjects = {theme.id: theme.name(sort.language) for theme in themes()}
    words = [
        regions[sort.region] if sort.region is not None else gettext("A reader without a region"),
        subjects[sort.theme] if sort.theme is not None else gettext("All themes"),
        gettext("English") if sort.language == "en" else gettext("Dutch"),
    ]
    return {
        "text": " · ".join(words),
        "count": len(sort.blocks),
        "href": url_for(
            "manage_preview.show",
            edition_id=edition_id,
            region=sort.region if sort.region is not None else "none",
            theme=sort.theme,
            language=sort.language,
        ),
    }
