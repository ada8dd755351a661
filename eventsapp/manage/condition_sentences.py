"""Reads conditions out as plain sentences: "was at 2 meetings or more in the region Twente".

For the pages of a contact list, of who gets the newsletter and of an edition. Each way of asking,
and its opposite, has a whole sentence of its own, so that it reads well in every language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext, ngettext

from eventsapp.contacts.rules import Ask, Condition, parse
from eventsapp.core.dates import date_as
from eventsapp.core.errors import InputError
from eventsapp.core.language import current_language

Names = Mapping[str, Mapping[str, str]]
"""The names of what a condition may be about: by field, and there by its value as text."""


def groups_of(kept: Mapping[str, Any] | None, names: Names) -> list[list[str]]:
    """Give the sentences of conditions: of each group any is enough, all groups must hold.

    Conditions that make no sense yet, as they are still being filled in, give none.
    """
    try:
        groups = parse(kept).groups
    except InputError:
        return []
    found = [[_SENTENCES[leaf.ask](leaf, names) for leaf in group] for group in groups]
    if found:
        found[0][0] = found[0][0][:1].upper() + found[0][0][1:]
    return found


def _attended(leaf: Condition, names: Names) -> str:
    of, least = _of_meetings(leaf, names), leaf.at_least
    if leaf.is_not:
        return ngettext(
            "was at no meeting%(of)s at all",
            "was at fewer than %(num)s meetings%(of)s",
            least,
            of=of,
        )
    return ngettext(
        "was at least at one meeting%(of)s", "was at %(num)s meetings or more%(of)s", least, of=of
    )


def _never_answered(leaf: Condition, names: Names) -> str:
    of = _of_meetings(leaf, names)
    if leaf.is_not:
        return gettext("was not invited to meetings%(of)s, or did answer once", of=of)
    return gettext("was invited to meetings%(of)s, but never answered", of=of)


def _not_attended_for(leaf: Condition, names: Names) -> str:
    of, months = _of_meetings(leaf, names), leaf.months
    if leaf.is_not:
        return ngettext(
            "was at a meeting%(of)s in the last month, or never",
            "was at a meeting%(of)s in the last %(num)s months, or never",
            months,
            of=of,
        )
    return ngettext(
        "was at meetings%(of)s before, but not in the last month",
        "was at meetings%(of)s before, but not in the last %(num)s months",
        months,
        of=of,
    )


def _in_region(leaf: Condition, names: Names) -> str:
    place = _named(names, "region", leaf.region)
    if leaf.is_not:
        return gettext("does not work or live in the region %(place)s", place=place)
    return gettext("works or lives in the region %(place)s", place=place)


def _in_municipality(leaf: Condition, names: Names) -> str:
    place = _named(names, "municipality", leaf.municipality)
    if leaf.is_not:
        return gettext("does not work or live in the municipality of %(place)s", place=place)
    return gettext("works or lives in the municipality of %(place)s", place=place)


def _organisation_kind(leaf: Condition, names: Names) -> str:
    kind = _lower(_named(names, "word-organisation_kind", leaf.word))
    if leaf.is_not:
        return gettext("does not belong to an organisation of the kind “%(kind)s”", kind=kind)
    return gettext("belongs to an organisation of the kind “%(kind)s”", kind=kind)


def _role_kind(leaf: Condition, names: Names) -> str:
    role = _lower(_named(names, "word-role_kind", leaf.word))
    if leaf.is_not:
        return gettext("does not have the function “%(function)s”", function=role)
    return gettext("has the function “%(function)s”", function=role)


def _theme(leaf: Condition, names: Names) -> str:
    theme = _named(names, "theme", leaf.theme)
    if leaf.is_not:
        return gettext("does not belong to an organisation with the theme “%(theme)s”", theme=theme)
    return gettext("belongs to an organisation with the theme “%(theme)s”", theme=theme)


def _network(leaf: Condition, names: Names) -> str:
    network = _named(names, "network", leaf.network)
    if leaf.is_not:
        return gettext("does not belong to the network “%(network)s”", network=network)
    return gettext("belongs to the network “%(network)s”", network=network)


def _language(leaf: Condition, names: Names) -> str:
    language = _named(names, "word-language", leaf.word)
    if leaf.is_not:
        return gettext("does not get mail in %(language)s", language=language)
    return gettext("gets mail in %(language)s", language=language)


_SENTENCES: Mapping[Ask, Callable[[Condition, Names], str]] = {
    Ask.ATTENDED: _attended,
    Ask.NEVER_ANSWERED: _never_answered,
    Ask.NOT_ATTENDED_FOR: _not_attended_for,
    Ask.IN_REGION: _in_region,
    Ask.IN_MUNICIPALITY: _in_municipality,
    Ask.ORGANISATION_KIND: _organisation_kind,
    Ask.ROLE_KIND: _role_kind,
    Ask.THEME: _theme,
    Ask.NETWORK: _network,
    Ask.LANGUAGE: _language,
}


def _of_meetings(leaf: Condition, names: Names) -> str:
    """Say which meetings are meant, to stand after the word; "" for all of them."""
    said = []
    if leaf.meeting_kind:
        kind = _lower(_named(names, "meeting_kind", leaf.meeting_kind))
        said.append(gettext("of the kind “%(kind)s”", kind=kind))
    if leaf.network:
        network = _named(names, "network", leaf.network)
        said.append(gettext("of the network “%(network)s”", network=network))
    if leaf.region:
        said.append(gettext("in the region %(place)s", place=_named(names, "region", leaf.region)))
    if leaf.theme:
        said.append(gettext("about “%(theme)s”", theme=_named(names, "theme", leaf.theme)))
    if period := _period(leaf):
        said.append(period)
    return "".join(f" {one}" for one in said)


def _period(leaf: Condition) -> str:
    first, last = (
        date_as(day, "d MMMM y", current_language()) if day else ""
        for day in (leaf.since, leaf.until)
    )
    if first and last:
        return gettext("from %(first)s until %(last)s", first=first, last=last)
    if first:
        return gettext("since %(first)s", first=first)
    return gettext("until %(last)s", last=last) if last else ""


def _named(names: Names, field: str, value: int | str | None) -> str:
    """Name what a condition is about; it may be gone, or a closed group, since it was kept."""
    return names.get(field, {}).get(str(value)) or gettext("no longer known")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
