"""The advisors' navigation: what stands in the bar of every page of this door, in which order.

`manage/frame.html` draws it; `register` in this door's `__init__` hands it to the templates. Pages
that do not exist, or that the actor may not see, are left out. Never asks the database.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext

from eventsapp.core.actor import Actor
from eventsapp.core.language import current_language

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
        "manage_post",
    }
)
FOR_COORDINATORS = frozenset({"manage_doctor", "manage_erasures", "manage_log"})
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
    "manage_subscribers": "manage_newsletters",
    "manage_surveys": "manage_newsletters",
    "manage_editions": "manage_newsletters",
    "manage_blocks": "manage_newsletters",
    "manage_contributions": "manage_newsletters",
    "manage_preview": "manage_newsletters",
    "manage_checks": "manage_newsletters",
    "manage_sign_off": "manage_newsletters",
    "manage_sending": "manage_newsletters",
    "manage_edition_figures": "manage_newsletters",
    "manage_subscriber_conditions": "manage_newsletters",
    "manage_subscriber_import": "manage_newsletters",
    "manage_messages": "manage_mail",
    "manage_post": "manage_mail",
    "manage_withheld": "manage_mail",
    "manage_doctor": "manage_mail",
}


def init_app(app: Flask) -> None:
    """Give `navigation` to every template that is rendered for somebody who is signed in."""
    app.context_processor(lambda: {"navigation": navigation()} if g.get("actor") else {})


def navigation() -> dict[str, Any]:
    """Give the entries of the bar and of the account menu, and the addresses of search and home."""
    actor: Actor = g.actor
    bar = _bar(
        current_app._get_current_object(),  # type: ignore[attr-defined]
        request.script_root,
        current_language(),
        actor.sees_address_book,
        actor.is_coordinator,
    )
    return {**bar, "main": _marked(bar["main"]), "account": _marked(bar["account"])}


@lru_cache(maxsize=64)
def _bar(
    _app: Flask, _root: str, _language: str, sees_address_book: bool, is_coordinator: bool
) -> dict[str, Any]:
    """Write what is the same on every page for whoever has these rights."""
    hidden = frozenset() if sees_address_book else ADDRESS_BOOK
    hidden |= frozenset() if is_coordinator else FOR_COORDINATORS
    newsletter = ("manage_newsletters.index", gettext("Newsletter"), "pen")
    # The bar of a phone has room for six: there the newsletter stands behind the own name.
    only = {"only": "wide"} if sees_address_book else {}
    return {
        "home": _address("manage_home.show") or "/",
        "search": _address("manage_search.index") if sees_address_book else None,
        "sign_out": _address("public_signin.sign_out"),
        "main": _entries(
            hidden,
            ("manage_home.show", gettext("Today"), "home"),
            ("manage_meetings.index", gettext("Meetings"), "calendar"),
            ("manage_people.index", gettext("People"), "people"),
            ("manage_organisations.index", gettext("Organisations"), "organisation"),
            ("manage_lists.index", gettext("Contact lists"), "list"),
            (*newsletter, only),
            ("manage_mail.index", gettext("Mail"), "mail"),
        ),
        "account": _entries(
            hidden,
            ("manage_post.index", gettext("Post"), "mail"),
            *([(*newsletter, {"only": "narrow"})] if sees_address_book else []),
            ("manage_surveys.index", gettext("Surveys"), "question"),
            ("manage_networks.index", gettext("Networks"), "globe"),
            ("manage_imports.index", gettext("Read in addresses"), "upload"),
            ("manage_accounts.index", gettext("Colleagues"), "people"),
            ("manage_erasures.index", gettext("Requests to be erased"), "cross-circle"),
            ("manage_log.index", gettext("Who did what"), "eye"),
            ("manage_doctor.show", gettext("Is the mail in order?"), "mail"),
            ("manage_own_account.show", gettext("My account"), "person"),
        ),
    }


def _entries(
    hidden: frozenset[str], *wanted: tuple[str, str, str] | tuple[str, str, str, dict[str, str]]
) -> list[dict[str, Any]]:
    return [
        {"text": text, "icon": icon, "href": href, "blueprint": blueprint, **dict(*more)}
        for endpoint, text, icon, *more in wanted
        if (blueprint := endpoint.partition(".")[0]) not in hidden and (href := _address(endpoint))
    ]


def _marked(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mark the entry on whose page, or on a page of whose part, the reader is."""
    here = {request.blueprint, _home_of()}
    return [
        {
            **entry,
            "current": entry["blueprint"] in here,
            "exact": request.path == entry["href"],
        }
        for entry in entries
    ]


def _home_of() -> str:
    """Pages of one meeting (invite, answers, attendance) light up "Meetings"."""
    return PARTS_OF.get(request.blueprint or "", "")


def _address(endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in current_app.view_functions else None
