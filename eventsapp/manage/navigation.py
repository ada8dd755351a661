"""The advisors' navigation: what stands in the bar of every page of this door, in which order.

`manage/frame.html` draws it; `register` in this door's `__init__` hands it to the templates. Pages
that do not exist, or that the actor may not see, are left out. Never asks the database.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext

from eventsapp.core.actor import Actor

ADDRESS_BOOK = frozenset(
    {
        "manage_people",
        "manage_organisations",
        "manage_functions",
        "manage_regions",
        "manage_search",
        "manage_lists",
        "manage_networks",
        "manage_imports",
        "manage_mail",
    }
)
FOR_COORDINATORS = frozenset({"manage_log"})
PARTS_OF = {
    "manage_functions": "manage_people",
    "manage_regions": "manage_organisations",
    "manage_invitations": "manage_meetings",
    "manage_answers": "manage_meetings",
    "manage_calls": "manage_meetings",
    "manage_letters": "manage_meetings",
    "manage_notices": "manage_meetings",
    "manage_totals": "manage_meetings",
    "manage_waiting": "manage_meetings",
    "manage_attendance": "manage_meetings",
    "manage_papers": "manage_meetings",
    "manage_mail_plan": "manage_meetings",
    "manage_withheld": "manage_mail",
}


def init_app(app: Flask) -> None:
    """Give `navigation` to every template that is rendered for somebody who is signed in."""
    app.context_processor(lambda: {"navigation": navigation()} if g.get("actor") else {})


def navigation() -> dict[str, Any]:
    """Give the entries of the bar and of the account menu, and the addresses of search and home."""
    return {
        "home": _address("manage_home.show") or "/",
        "search": _address("manage_search.index") if g.actor.sees_address_book else None,
        "sign_out": _address("public_signin.sign_out"),
        "main": _entries(
            ("manage_home.show", gettext("Today"), "home"),
            ("manage_meetings.index", gettext("Meetings"), "calendar"),
            ("manage_people.index", gettext("People"), "people"),
            ("manage_organisations.index", gettext("Organisations"), "organisation"),
            ("manage_lists.index", gettext("Contact lists"), "list"),
            ("manage_mail.index", gettext("Mail"), "mail"),
        ),
        "account": _entries(
            ("manage_networks.index", gettext("Networks"), "globe"),
            ("manage_imports.index", gettext("Read in addresses"), "upload"),
            ("manage_accounts.index", gettext("Colleagues"), "people"),
            ("manage_log.index", gettext("Who did what"), "eye"),
            ("manage_own_account.show", gettext("My account"), "person"),
        ),
    }


def _entries(*wanted: tuple[str, str, str]) -> list[dict[str, Any]]:
    entries = []
    for endpoint, text, icon in wanted:
        blueprint = endpoint.partition(".")[0]
        href = _address(endpoint)
        if not href or not _is_for(g.actor, blueprint):
            continue
        entries.append(
            {
                "text": text,
                "icon": icon,
                "href": href,
                "current": blueprint == (request.blueprint or "") or blueprint == _home_of(),
                "exact": request.path == href,
            }
        )
    return entries


def _is_for(actor: Actor, blueprint: str) -> bool:
    if blueprint in FOR_COORDINATORS:
        return actor.is_coordinator
    return blueprint not in ADDRESS_BOOK or actor.sees_address_book


def _home_of() -> str:
    """Pages of one meeting (invite, answers, attendance) light up "Meetings"."""
    return PARTS_OF.get(request.blueprint or "", "")


def _address(endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in current_app.view_functions else None
