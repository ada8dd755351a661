"""Tells which column of somebody's list is which, by the names above the columns. Pure.

The import proposes with it and lets the advisor change each match; Dutch and English names.
"""

from __future__ import annotations

from collections.abc import Sequence

from eventsapp.core.labels import N_, Labelled
from eventsapp.core.text import fold

_LOOKED_AT = 10


class Column(Labelled):
    """What a column can hold; the value stands in the saved match and in forms."""

    EXTERNAL_ID = "external_id", N_("Number of the person in another system")
    NAME = "name", N_("Full name")
    GIVEN_NAME = "given_name", N_("First name")
    INITIALS = "initials", N_("Initials")
    PREFIX = "prefix", N_("Prefix (van der)")
    FAMILY_NAME = "family_name", N_("Family name")
    SALUTATION = "salutation", N_("Salutation")
    EMAIL = "email", N_("E-mail address")
    SECOND_EMAIL = "second_email", N_("Second e-mail address")
    PHONE = "phone", N_("Telephone")
    LANGUAGE = "language", N_("Language")
    NOTE = "note", N_("Remark")
    ORGANISATION = "organisation", N_("Organisation")
    ORGANISATION_ID = "organisation_id", N_("Number of the organisation in another system")
    ORGANISATION_KIND = "organisation_kind", N_("Kind of organisation")
    ORGANISATION_EMAIL = "organisation_email", N_("General mailbox of the organisation")
    ORGANISATION_PHONE = "organisation_phone", N_("Telephone of the organisation")
    WEBSITE = "website", N_("Website")
    MUNICIPALITY = "municipality", N_("Municipality")
    ROLE = "role", N_("Function")
    IS_CONTACT = "is_contact", N_("Gets the invitations (yes or no)")
    VALID_FROM = "valid_from", N_("In this function since")
    VALID_UNTIL = "valid_until", N_("In this function until")


NAMES: dict[Column, str] = {
    Column.EXTERNAL_ID: "extern nummer, externe id, relatienummer, relatie id, lidnummer, "
    "persoonsnummer, klantnummer, contactnummer, contact id, nummer, nr, id, external id, "
    "external number, person id, number, member number, debiteurnummer",
    Column.NAME: "naam, volledige naam, naam contactpersoon, contactpersoon, persoon, deelnemer, "
    "naam deelnemer, voor en achternaam, name, full name, contact, contact name, person",
    Column.GIVEN_NAME: "voornaam, roepnaam, voornamen, first name, firstname, given name, forename",
    Column.INITIALS: "voorletters, voorletter, initialen, initials",
    Column.PREFIX: "tussenvoegsel, tussenvoegsels, tussenv, tussenvoeg, voorvoegsel, "
    "voorvoegsels, tv, tvg, vv, prefix, infix, middle name",
    Column.FAMILY_NAME: "achternaam, familienaam, geslachtsnaam, last name, lastname, surname, "
    "family name",
    Column.SALUTATION: "aanhef, briefaanhef, aanspreekvorm, salutation, greeting",
    Column.EMAIL: "e mail, email, e mailadres, emailadres, e mail adres, email adres, mail, "
    "mailadres, e mail 1, email 1, e mail address, email address, e mail contactpersoon, "
    "email contactpersoon, e mail persoon",
    Column.SECOND_EMAIL: "tweede e mail, e mail 2, email 2, tweede email, e mail prive, "
    "email prive, prive e mail, second e mail, second email, e mailadres 2, emailadres 2, "
    "secondary email, overig e mailadres",
    Column.PHONE: "telefoon, telefoonnummer, tel, telnr, tel nr, mobiel, mobiele telefoon, "
    "mobiel nummer, mobiele nummer, 06, 06 nummer, gsm, telefoon 1, telefoon mobiel, phone, "
    "phone number, telephone, mobile, mobile phone, cell",
    Column.LANGUAGE: "taal, voorkeurstaal, language",
    Column.NOTE: "opmerking, opmerkingen, notitie, notities, bijzonderheden, toelichting, note, "
    "notes, remark, remarks, comment, comments",
    Column.ORGANISATION: "organisatie, naam organisatie, organisatienaam, instelling, raad, "
    "adviesraad, naam raad, bedrijf, bedrijfsnaam, vereniging, stichting, club, namens, "
    "organisation, organization, organisation name, organization name, company, council",
    Column.ORGANISATION_ID: "organisatienummer, nummer organisatie, organisatie id, "
    "extern nummer organisatie, kvk, kvk nummer, organisation id, organization id, "
    "organisation number",
    Column.ORGANISATION_KIND: "soort, soort organisatie, type, type organisatie, "
    "organisatietype, organisatiesoort, categorie, kind, organisation kind, organisation type, "
    "organization type, category",
    Column.ORGANISATION_EMAIL: "e mail organisatie, email organisatie, organisatie e mail, "
    "organisatie email, algemeen e mailadres, algemene e mail, algemeen e mail, algemeen email, "
    "postvak, e mail raad, email raad, organisation e mail, organisation email, mailbox, "
    "general email",
    Column.ORGANISATION_PHONE: "telefoon organisatie, organisatie telefoon, algemeen nummer, "
    "telefoon algemeen, organisation phone",
    Column.WEBSITE: "website, site, webadres, internet, homepage, url, web",
    Column.MUNICIPALITY: "gemeente, gemeentenaam, naam gemeente, gemeente naam, plaats, "
    "woonplaats, vestigingsplaats, municipality, place, city, town",
    Column.ROLE: "functie, rol, functienaam, functietitel, functie in de raad, taak, role, "
    "function, position, job title",
    Column.IS_CONTACT: "is contactpersoon, ontvangt uitnodiging, ontvangt uitnodigingen, "
    "krijgt uitnodiging, krijgt uitnodigingen, eerste contact, is contact, gets invitations",
    Column.VALID_FROM: "sinds, vanaf, begindatum, startdatum, datum in dienst, lid sinds, since, "
    "from, start date",
    Column.VALID_UNTIL: "tot, tot en met, einddatum, datum uit dienst, until, end date",
}
_BY_NAME = {fold(name): column for column, names in NAMES.items() for name in names.split(",")}


def column_named(header: str) -> Column | None:
    """Tell what a column holds by the name above it; None when the name says nothing to us."""
    return _BY_NAME.get(fold(header))


def match(headers: Sequence[str]) -> list[Column | None]:
    """Propose what each column holds; of two with one meaning the first is taken."""
    taken: set[Column] = set()
    matched: list[Column | None] = []
    for header in headers:
        column = column_named(header)
        matched.append(None if column in taken else column)
        if column is not None:
            taken.add(column)
    return matched


def header_index(lines: Sequence[Sequence[str]]) -> int:
    """Find the line with the names of the columns: lists often have a title above it."""
    known = [len([column for column in match(line) if column]) for line in lines[:_LOOKED_AT]]
    best = max(known, default=0)
    return known.index(best) if best > 1 else 0


def is_enough(matched: Sequence[Column | None]) -> bool:
    """Tell whether the columns say who or which organisation a line is about."""
    names = {Column.NAME, Column.GIVEN_NAME, Column.FAMILY_NAME, Column.ORGANISATION}
    return bool(names & {column for column in matched if column})
