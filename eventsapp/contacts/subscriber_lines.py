"""Reads one line of a list of readers into what it says about somebody. Pure.

A line is refused when it has no address or its date can't be right; a word that we do not know is
left out and told. InputError says why a line can't be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from eventsapp.contacts.reader_kinds import ReaderKind
from eventsapp.contacts.subscriber_columns import Column
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import fold, one_line
from eventsapp.directory import wording
from eventsapp.directory.facts import address, line
from eventsapp.directory.matching import Remark
from eventsapp.directory.rules import split_name

_BETWEEN = re.compile(r"[;,|/]+")
_EARLIEST = date(1990, 1, 1)
_KINDS = {
    ReaderKind.SOCIAL_COUNCIL: "adviesraad, adviesraad sociaal domein, wmo raad, wmo adviesraad, "
    "participatieraad, advisory council",
    ReaderKind.WORK_COUNCIL: "clientenraad werk en inkomen, clientenraad participatie, "
    "clientenraad, participatiewet",
    ReaderKind.INSTITUTION_COUNCIL: "clientenraad instelling, clientenraad van een instelling, "
    "clientenraad zorg",
    ReaderKind.CLIENT_ORGANISATION: "clientenorganisatie, patientenorganisatie, "
    "belangenorganisatie, gehandicaptenplatform, client organisation",
    ReaderKind.SENIORS: "ouderenorganisatie, seniorenraad, ouderenbond, senioren, ouderen, seniors",
    ReaderKind.VOLUNTEER: "vrijwilliger, vrijwilligers, vrijwilligersorganisatie, kerk, huurders, "
    "huurdersorganisatie, volunteer",
    ReaderKind.OFFICIAL: "ambtenaar, gemeente, beleidsmedewerker, gemeenteambtenaar, official, "
    "medewerker gemeente, medewerkers van een gemeente",
    ReaderKind.POLITICIAN: "wethouder, raadslid, gemeenteraadslid, gemeenteraad, politiek, "
    "wethouders en gemeenteraden, politician",
    ReaderKind.PROFESSIONAL: "professional, zorg, welzijn, zorg en welzijn, zorgprofessional",
    ReaderKind.RESEARCH: "onderwijs, onderzoek, onderwijs en onderzoek, hogeschool, onderzoeker, "
    "kennisinstituut, research",
    ReaderKind.OTHER: "anders, overig, overige, iets anders, other",
}
_KIND_BY_NAME = {
    **{fold(name): kind for kind, names in _KINDS.items() for name in names.split(",")},
    **{fold(kind.value): kind for kind in ReaderKind},
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a list may use, with the numbers that we keep; keys are folded."""

    town_named: Callable[[str], int | None]
    regions: Mapping[str, int]
    themes: Mapping[str, int]
    today: date


@dataclass(slots=True)
class Line:
    """What a line says of a reader, every part in the form in which we keep it."""

    email: str
    given_name: str = ""
    prefix: str = ""
    family_name: str = ""
    kind: str = ""
    municipality_id: int | None = None
    region_ids: list[int] = field(default_factory=list)
    theme_ids: list[int] = field(default_factory=list)
    language: str = "nl"
    agreed_on: date | None = None
    proof: str = ""
    remarks: list[Remark] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Give the name as it is written, "" for who gave none."""
        return " ".join(filter(None, (self.given_name, self.prefix, self.family_name)))


def read_line(cells: Mapping[Column, str], known: Vocabulary) -> Line:
    """Read a line; InputError when nobody could be written to or its date can't be right."""

    def cell(column: Column) -> str:
        return cells.get(column, "").strip()

    read = Line(email=address(cell(Column.EMAIL)))
    given, prefix, family = split_name(cell(Column.NAME)[:400])
    read.given_name = line(cell(Column.GIVEN_NAME) or given, 100, "given_name")
    read.prefix = line(cell(Column.PREFIX) or prefix, 40, "prefix")
    read.family_name = line(cell(Column.FAMILY_NAME) or family, 120, "family_name")
    read.language = wording.language(cell(Column.LANGUAGE))
    read.agreed_on = _day(cell(Column.AGREED_ON), known.today)
    read.proof = one_line(cell(Column.PROOF), 500)
    _read_choices(read, cell, known)
    return read


def _read_choices(read: Line, cell: Callable[[Column], str], known: Vocabulary) -> None:
    if kind := cell(Column.KIND):
        read.kind = _KIND_BY_NAME.get(fold(kind), "")
        if not read.kind:
            _tell(read, N_("The kind “%(name)s” is not known and is left out."), kind)
    if town := cell(Column.MUNICIPALITY):
        read.municipality_id = known.town_named(town)
        if read.municipality_id is None:
            _tell(read, N_("The municipality “%(name)s” is not known and is left out."), town)
    read.region_ids, unknown = _numbers(cell(Column.REGIONS), known.regions)
    for name in unknown:
        _tell(read, N_("The region “%(name)s” is not known and is left out."), name)
    read.theme_ids, unknown = _numbers(cell(Column.THEMES), known.themes)
    for name in unknown:
        _tell(read, N_("The theme “%(name)s” is not known and is left out."), name)


def _numbers(text: str, names: Mapping[str, int]) -> tuple[list[int], list[str]]:
    """Look several names in one cell up; give their numbers, and the names that nothing has."""
    # A name that holds a separator itself stays whole.
    parts = [text] if fold(text) in names else _BETWEEN.split(text)[:20]
    words = [part.strip() for part in parts if part.strip()]
    found = [(word, names.get(fold(word))) for word in words]
    numbers = dict.fromkeys(number for _, number in found if number is not None)
    return list(numbers), [word for word, number in found if number is None]


def _day(text: str, today: date) -> date | None:
    # Programs for mailings write a time behind the day.
    typed = re.split(r"[T ]", text, maxsplit=1)[0] if re.match(r"[\d/-]+[T ]\d", text) else text
    found = wording.day(typed, "agreed_on")
    if found is not None and not _EARLIEST <= found <= today:
        raise InputError(N_("Nobody can have agreed on %(day)s."), "agreed_on", day=typed[:40])
    return found


def _tell(read: Line, sentence: str, name: str) -> None:
    read.remarks.append(Remark(sentence, {"name": one_line(name, 80)}))
