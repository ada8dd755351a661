"""Tells which column of a list of readers is which, by the names above the columns. Pure.

As `directory/columns.py` does for addresses; the page proposes with it and lets each be changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from eventsapp.core.labels import N_, Labelled
from eventsapp.core.text import fold
from eventsapp.directory.columns import NAMES as ADDRESS_NAMES
from eventsapp.directory.columns import Column as AddressColumn

_LOOKED_AT = 10


class Column(Labelled):
    """What a column can hold; the value stands in the saved match and in forms."""

    EMAIL = "email", N_("E-mail address")
    NAME = "name", N_("Full name")
    GIVEN_NAME = "given_name", N_("First name")
    PREFIX = "prefix", N_("Prefix (van der)")
    FAMILY_NAME = "family_name", N_("Family name")
    KIND = "kind", N_("Kind of reader")
    MUNICIPALITY = "municipality", N_("Municipality")
    REGIONS = "regions", N_("Regions")
    THEMES = "themes", N_("Themes")
    LANGUAGE = "language", N_("Language")
    AGREED_ON = "agreed_on", N_("Agreed on (date)")
    PROOF = "proof", N_("How they agreed")


_ALIKE = (
    (Column.EMAIL, AddressColumn.EMAIL),
    (Column.NAME, AddressColumn.NAME),
    (Column.GIVEN_NAME, AddressColumn.GIVEN_NAME),
    (Column.PREFIX, AddressColumn.PREFIX),
    (Column.FAMILY_NAME, AddressColumn.FAMILY_NAME),
    (Column.KIND, AddressColumn.ORGANISATION_KIND),
    (Column.MUNICIPALITY, AddressColumn.MUNICIPALITY),
    (Column.LANGUAGE, AddressColumn.LANGUAGE),
)
_OWN = {
    Column.KIND: "soort lezer, doelgroep, reader kind, lezersgroep",
    Column.REGIONS: "regio, regio s, regios, region, regions, arbeidsmarktregio",
    Column.THEMES: "thema, thema s, themas, onderwerp, onderwerpen, theme, themes, interesses",
    Column.AGREED_ON: "datum toestemming, toestemming op, toestemmingsdatum, inschrijfdatum, "
    "ingeschreven op, aangemeld op, datum aanmelding, aanmelddatum, datum inschrijving, "
    "toegevoegd op, opt in datum, opt in time, optin time, confirm time, consent date, "
    "subscribed on, signup date, date added",
    Column.PROOF: "bewijs, toestemming, bron, herkomst, bewijs van toestemming, hoe ingeschreven, "
    "proof, source, consent, opt in",
}
_BY_NAME = {
    fold(name): column
    for column, names in (
        *((column, ADDRESS_NAMES[alike]) for column, alike in _ALIKE),
        *_OWN.items(),
    )
    for name in names.split(",")
}


def match(headers: Sequence[str]) -> list[Column | None]:
    """Propose what each column holds; of two with one meaning the first is taken."""
    taken: set[Column] = set()
    matched: list[Column | None] = []
    for header in headers:
        column = _BY_NAME.get(fold(header))
        matched.append(None if column in taken else column)
        if column is not None:
            taken.add(column)
    return matched


def header_index(lines: Sequence[Sequence[str]]) -> int:
    """Find the line with the names of the columns: lists often have a title above it."""
    known = [len([column for column in match(line) if column]) for line in lines[:_LOOKED_AT]]
    best = max(known, default=0)
    return known.index(best) if best else 0
