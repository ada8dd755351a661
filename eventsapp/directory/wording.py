"""Reads what people write in the cells of a list: dates, yes and no, functions, kinds. Pure.

The import uses it. Whatever can't be read gives None or an InputError that says how to mend it.
"""

from __future__ import annotations

import re
from datetime import date

from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import fold
from eventsapp.directory.kinds import OrganisationKind, RoleKind

_YES = frozenset(("ja", "j", "yes", "y", "1", "x", "true", "waar", "wel"))
_ENGLISH = frozenset(("en", "eng", "engels", "english"))
_MONTHS = {
    name[:3]: number
    for names in (
        "jan feb maa apr mei jun jul aug sep okt nov dec",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "jan feb mrt apr mei jun jul aug sep okt nov dec",
    )
    for number, name in enumerate(names.split(), start=1)
}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_DUTCH = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2}|\d{4})")
_WRITTEN = re.compile(r"(\d{1,2})[- ]([a-z]{3})[a-z]*\.?[- ](\d{4})")

_ROLES = {
    RoleKind.CHAIR: "voorzitter, vz, chair, chairman, chairwoman, vice voorzitter, president",
    RoleKind.SECRETARY: "secretaris, ambtelijk secretaris, secretariaat, secretary",
    RoleKind.TREASURER: "penningmeester, treasurer",
    RoleKind.MEMBER: "lid, raadslid adviesraad, adviesraadslid, bestuurslid, member",
    RoleKind.CONTACT: "contactpersoon, contact, contact person",
    RoleKind.SUPPORTER: "ondersteuner, coach, clientondersteuner, supporter",
    RoleKind.OFFICIAL: "ambtenaar, beleidsmedewerker, beleidsadviseur, official, civil servant",
    RoleKind.ALDERMAN: "wethouder, alderman",
    RoleKind.COUNCILLOR: "raadslid, gemeenteraadslid, councillor, council member",
    RoleKind.VOLUNTEER: "vrijwilliger, volunteer",
    RoleKind.STAFF: "medewerker, staf, directeur, bestuurder, docent, onderzoeker, staff",
}
_KINDS = {
    OrganisationKind.SOCIAL_COUNCIL: "adviesraad sociaal domein, adviesraad, wmo raad, "
    "participatieraad, asd, wmo adviesraad, social council, advisory council",
    OrganisationKind.WORK_COUNCIL: "clientenraad werk en inkomen, clientenraad participatiewet, "
    "clientenraad sociale zaken, work council",
    OrganisationKind.DISABILITY_PLATFORM: "gehandicaptenplatform, platform gehandicapten, "
    "gehandicaptenraad, toegankelijkheidsplatform, disability platform",
    OrganisationKind.SENIOR_COUNCIL: "seniorenraad, ouderenraad, senior council",
    OrganisationKind.CLIENT_ORGANISATION: "clientenorganisatie, patientenvereniging, "
    "patientenorganisatie, belangenorganisatie, client organisation",
    OrganisationKind.SENIOR_ASSOCIATION: "ouderenbond, ouderenvereniging, seniorenvereniging, "
    "kbo, pcob, anbo, senior association",
    OrganisationKind.INSTITUTION_COUNCIL: "clientenraad instelling, clientenraad, bewonersraad, "
    "institution council",
    OrganisationKind.VOLUNTEERS: "vrijwilligersorganisatie, vrijwilligers, volunteers",
    OrganisationKind.CHURCH: "kerk, diaconie, parochie, church",
    OrganisationKind.TENANTS: "huurdersorganisatie, huurdersvereniging, huurders, tenants",
    OrganisationKind.UNIVERSITY: "hogeschool, universiteit, university",
    OrganisationKind.INSTITUTE: "instituut, kennisinstituut, institute",
    OrganisationKind.MUNICIPALITY: "gemeente, municipality",
    OrganisationKind.OTHER: "andere organisatie, anders, overig, other",
}
_ROLE_BY_NAME = {fold(name): kind for kind, names in _ROLES.items() for name in names.split(",")}
_KIND_BY_NAME = {fold(name): kind for kind, names in _KINDS.items() for name in names.split(",")}
_LONGEST_FIRST = sorted(_KIND_BY_NAME, key=len, reverse=True)


def is_yes(text: str) -> bool:
    """Tell whether a cell says yes."""
    return fold(text) in _YES


def language(text: str) -> str:
    """Tell the language of a reader; whatever is not English is Dutch."""
    return "en" if fold(text) in _ENGLISH else "nl"


def day(text: str, field: str) -> date | None:
    """Read a day as the Dutch write it, or as a computer does; a year alone is its first day.

    None for an empty cell, InputError for what is no day.
    """
    typed = text.strip().lower()
    if not typed:
        return None
    try:
        if found := _ISO.fullmatch(typed):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DUTCH.fullmatch(typed):
            year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
            return date(year, int(found[2]), int(found[1]))
        if (found := _WRITTEN.fullmatch(typed)) and found[2] in _MONTHS:
            return date(int(found[3]), _MONTHS[found[2]], int(found[1]))
        if re.fullmatch(r"(19|20)\d\d", typed):
            return date(int(typed), 1, 1)
    except ValueError:
        pass
    raise InputError(N_("“%(value)s” is not a date. Write 31-12-2027."), field, value=typed[:40])


def role_kind(text: str) -> tuple[RoleKind | None, str]:
    """Tell which function a cell means, and the words to keep when they say more than that."""
    folded = fold(text)
    if not folded:
        return None, ""
    if folded in _ROLE_BY_NAME:
        return _ROLE_BY_NAME[folded], ""
    if folded in set(RoleKind):
        return RoleKind(folded), ""
    for word in folded.split():
        if word in _ROLE_BY_NAME:
            return _ROLE_BY_NAME[word], text
    return RoleKind.OTHER, text


def organisation_kind(text: str) -> OrganisationKind | None:
    """Tell which kind of organisation a cell means; None when we can't tell."""
    folded = fold(text)
    by_value = folded.replace(" ", "_")
    if by_value in set(OrganisationKind):
        return OrganisationKind(by_value)
    return _KIND_BY_NAME.get(folded)


def kind_by_name(name: str) -> OrganisationKind:
    """Guess what an organisation is by its name: "Seniorenraad Zutphen" says it itself."""
    folded = f" {fold(name)} "
    found = next((each for each in _LONGEST_FIRST if f" {each} " in folded), None)
    return _KIND_BY_NAME[found] if found else OrganisationKind.OTHER
