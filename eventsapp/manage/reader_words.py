"""Words about the readers of a newsletter, as the coordinator and the editors read them."""

from __future__ import annotations

from datetime import date

from flask_babel import format_percent, gettext

from eventsapp.contacts.reach_snapshots import Look
from eventsapp.contacts.subscriber_choice import ReaderState
from eventsapp.contacts.subscriber_queries import ReaderLine
from eventsapp.core.dates import date_as, utc_to_local
from eventsapp.core.labels import N_
from eventsapp.core.language import current_language, label
from eventsapp.core.settings import settings

# The form asks "I am in …"; a table of readers names what they are.
KINDS = {
    "social_council": N_("Advisory council for social affairs"),
    "work_council": N_("Client council for work and income"),
    "institution_council": N_("Client council of an institution"),
    "client_organisation": N_("Client organisation"),
    "seniors": N_("Organisation of the elderly"),
    "volunteer": N_("Volunteers, churches and tenants"),
    "official": N_("Staff of a municipality"),
    "politician": N_("Aldermen and municipal councils"),
    "professional": N_("Care and welfare"),
    "research": N_("Education and research"),
    "other": N_("Something else"),
}
# The usual way, the page to subscribe, needs no words.
_WAYS = {
    "walk_in": N_("said so at a meeting"),
    "import": N_("from a list"),
    "telephone": N_("by telephone"),
    "mail": N_("by mail"),
    "meeting": N_("said at a meeting"),
    "letter": N_("by letter"),
}


def kind_name(kind: str) -> str:
    """Name a kind of reader; who never said is told apart."""
    return gettext(KINDS[kind]) if kind in KINDS else gettext("Did not say")


def way_name(how: str) -> str:
    """Say how somebody became a reader, "" for what has no words."""
    return gettext(_WAYS[how]) if how in _WAYS else ""


def percent(share: float) -> str:
    """Write a part of all as it is read: "34,5%"."""
    return str(format_percent(share, "#,##0.#%"))


def month_name(day: date) -> str:
    """Write the month of a day: "november 2026"."""
    return date_as(day, "LLLL y", current_language())


def story_of(looks: list[Look]) -> str:
    """Say in one sentence how the share of municipalities went."""
    first, last = looks[0], looks[-1]
    if first.on == last.on:
        return gettext(
            "%(share)s of the municipalities is reached in %(month)s.",
            share=percent(last.reach.share),
            month=month_name(last.on),
        )
    return gettext(
        "Share of the municipalities that is reached: from %(before)s in %(first)s to %(after)s "
        "in %(last)s.",
        before=percent(first.reach.share),
        first=month_name(first.on),
        after=percent(last.reach.share),
        last=month_name(last.on),
    )


def column_titles() -> list[str]:
    """Give the titles of the columns of exported readers, those of regions and themes last."""
    return [
        gettext("Name"),
        gettext("E-mail address"),
        gettext("Kind of reader"),
        gettext("Municipality"),
        gettext("Language"),
        gettext("Only text"),
        gettext("Newsletter"),
        gettext("Since"),
        gettext("Until"),
        gettext("Regions"),
        gettext("Themes"),
    ]


def cells(line: ReaderLine) -> list[str]:
    """Write one reader as the cells of an export, the chosen regions and themes aside."""
    left, paused = line.ended_at, line.paused_until
    until = utc_to_local(left, settings().timezone).date() if left else paused
    return [
        line.name,
        line.email,
        kind_name(line.kind) if line.kind else "",
        line.place,
        line.language,
        gettext("yes") if line.wants_text else "",
        label(line.state),
        utc_to_local(line.started_at, settings().timezone).date().isoformat(),
        until.isoformat() if until and line.state is not ReaderState.READS else "",
    ]
