"""Reads one line of a list into what it says about a person, an organisation and a function. Pure.

Everything is judged here, with the same rules as the forms; InputError says why a line can't be
read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.directory import wording
from eventsapp.directory.columns import Column
from eventsapp.directory.facts import AddressFacts, OrganisationFacts, PersonFacts
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.rules import MAILBOX, split_name

_BETWEEN_ADDRESSES = re.compile(r"[;,\s]+")


@dataclass(slots=True)
class Line:
    """What a line says, every part in the form in which we keep it; what is empty is absent."""

    name: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    emails: list[str] = field(default_factory=list)
    organisation_name: str = ""
    organisation: dict[str, Any] = field(default_factory=dict)
    guessed_kind: OrganisationKind = OrganisationKind.OTHER
    has_kind: bool = False
    role_kind: RoleKind | None = None
    role_title: str = ""
    is_contact: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    unknown_towns: list[str] = field(default_factory=list)

    @property
    def has_person(self) -> bool:
        """Tell whether the line is about somebody, not only about an organisation."""
        return bool(self.name)

    @property
    def who(self) -> str:
        """Name what the line is about."""
        return self.name or self.organisation_name


def read_line(cells: Mapping[Column, str], town_named: Callable[[str], int | None]) -> Line:
    """Read a line; InputError when it names nobody or holds something that can't be kept."""

    def cell(column: Column) -> str:
        return cells.get(column, "").strip()

    line = Line(organisation_name=cell(Column.ORGANISATION))
    town = town_named(cell(Column.MUNICIPALITY)) if cell(Column.MUNICIPALITY) else None
    if cell(Column.MUNICIPALITY) and town is None:
        line.unknown_towns.append(cell(Column.MUNICIPALITY)[:80])
    _read_person(line, cell, None if line.organisation_name else town)
    if not (line.has_person or line.organisation_name):
        raise InputError(N_("There is no name and no organisation in this line."))
    if line.organisation_name:
        _read_organisation(line, cell, town)
    line.role_kind, line.role_title = wording.role_kind(cell(Column.ROLE)[:120])
    line.is_contact = wording.is_yes(cell(Column.IS_CONTACT))
    line.valid_from = wording.day(cell(Column.VALID_FROM), Column.VALID_FROM)
    line.valid_until = wording.day(cell(Column.VALID_UNTIL), Column.VALID_UNTIL)
    return line


def _read_person(line: Line, cell: Callable[[Column], str], town: int | None) -> None:
    given, prefix, family = split_name(cell(Column.NAME)[:400])
    given = cell(Column.GIVEN_NAME) or cell(Column.INITIALS) or given
    prefix = cell(Column.PREFIX) or prefix
    family = cell(Column.FAMILY_NAME) or family
    if not (given or family):
        return
    typed = f"{cell(Column.EMAIL)} {cell(Column.SECOND_EMAIL)}"
    number = cell(Column.EXTERNAL_ID)
    if number.startswith(MAILBOX):
        raise InputError(N_("This number is kept for ourselves."))
    facts = PersonFacts(
        given_name=given,
        prefix=prefix,
        family_name=family,
        salutation=cell(Column.SALUTATION),
        language=wording.language(cell(Column.LANGUAGE)),
        phone=cell(Column.PHONE),
        municipality_id=town,
        note=cell(Column.NOTE),
        external_id=number or None,
        addresses=tuple(AddressFacts(part) for part in _BETWEEN_ADDRESSES.split(typed) if part),
    ).tidied()
    names = (facts.given_name, facts.prefix, facts.family_name)
    line.name = " ".join(part for part in names if part)
    line.emails = [address.email for address in facts.addresses]
    said = {
        "given_name": facts.given_name,
        "prefix": facts.prefix,
        "family_name": facts.family_name,
        "salutation": facts.salutation if cell(Column.SALUTATION) else "",
        "language": facts.language if cell(Column.LANGUAGE) else "",
        "phone": facts.phone,
        "municipality_id": facts.municipality_id,
        "note": facts.note,
        "external_id": facts.external_id,
    }
    line.person = {name: value for name, value in said.items() if value not in (None, "")}


def _read_organisation(line: Line, cell: Callable[[Column], str], town: int | None) -> None:
    kind = wording.organisation_kind(cell(Column.ORGANISATION_KIND))
    # A list of organisations has its own address and number in the plain columns.
    alone = not line.has_person
    facts = OrganisationFacts(
        name=line.organisation_name,
        kind=kind or OrganisationKind.OTHER,
        municipality_id=town,
        email=cell(Column.ORGANISATION_EMAIL) or (cell(Column.EMAIL) if alone else ""),
        phone=cell(Column.ORGANISATION_PHONE) or (cell(Column.PHONE) if alone else ""),
        website=cell(Column.WEBSITE),
        external_id=cell(Column.ORGANISATION_ID)
        or (cell(Column.EXTERNAL_ID) if alone else "")
        or None,
    ).tidied()
    line.organisation_name = facts.name
    line.has_kind = kind is not None
    line.guessed_kind = wording.kind_by_name(facts.name)
    said = {
        "kind": facts.kind if kind else "",
        "municipality_id": facts.municipality_id,
        "email": facts.email,
        "phone": facts.phone,
        "website": facts.website,
        "external_id": facts.external_id,
    }
    line.organisation = {name: value for name, value in said.items() if value not in (None, "")}
