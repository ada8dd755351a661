"""What the pages of one edition share: its tabs, its state in words, the way back.

`edition_frame.html` draws them on the pages of every part. Pages that do not exist are left out.
Never asks the database.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import gettext

from eventsapp.newsletters.editions import LEFT
from eventsapp.newsletters.kinds import ContributionState, EditionKind, EditionStatus
from eventsapp.newsletters.models import Edition

# Pages that have no tab of their own, and the tab under which they are found.
PART_OF = {
    "manage_blocks": "manage_editions",
    "manage_pictures": "manage_editions",
    "manage_edition_readers": "manage_editions",
    "manage_pieces": "manage_contributions",
    "manage_sending": "manage_sign_off",
}


def init_app(app: Flask) -> None:
    """Give the templates what they need to draw the frame of an edition."""
    app.jinja_env.globals.update(
        edition_tabs=edition_tabs,
        edition_page=edition_page,
        edition_status=lambda edition: EditionStatus(edition.status),
        edition_kind=lambda edition: EditionKind(edition.kind),
        edition_leaves=edition_leaves,
        all_editions=all_editions,
        contribution_state=lambda piece: ContributionState(piece.state),
    )


def edition_tabs(edition: Edition) -> list[dict[str, Any]]:
    """Give the tabs of an edition; the one of this page is current."""
    is_regular = edition.kind == EditionKind.REGULAR
    wanted = [
        ("manage_editions.show", gettext("Make")),
        # A message to one region and a correction are written at one stroke.
        *((("manage_contributions.index", gettext("Contributions")),) if is_regular else ()),
        ("manage_preview.show", gettext("Preview")),
        ("manage_checks.show", gettext("Checks")),
        ("manage_sign_off.show", gettext("Sign-off and sending")),
    ]
    if edition.status in LEFT:
        wanted.append(("manage_edition_figures.show", gettext("Afterwards")))
    here = PART_OF.get(request.blueprint or "", request.blueprint)
    return [
        {"text": text, "href": address, "current": here == endpoint.partition(".")[0]}
        for endpoint, text in wanted
        if (address := edition_page(edition, endpoint))
    ]


def edition_page(edition: Edition, endpoint: str) -> str | None:
    """Give the address of a page of this edition, None while there is no such page."""
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, edition_id=edition.id)


def edition_leaves(edition: Edition) -> datetime | None:
    """Give the wall time at which an edition is planned, or meant, to leave."""
    if edition.send_on is None:
        return None
    return datetime.combine(edition.send_on, edition.send_at or edition.newsletter.send_at)


def all_editions() -> str:
    """Give the way back from an edition."""
    for endpoint in ("manage_newsletters.index", "manage_home.show"):
        if endpoint in current_app.view_functions:
            return url_for(endpoint)
    return "/"
