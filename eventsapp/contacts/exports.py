"""A contact list as a file: CSV, XLSX or vCard. Every export is written to the audit log.

Called by a POST of the lists' page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from sqlalchemy import and_, or_, select

from eventsapp.contacts.lists import demand_write, is_member
from eventsapp.contacts.models import ContactList
from eventsapp.contacts.sheets import File, sheet
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.language import label
from eventsapp.core.text import slug
from eventsapp.directory.kinds import RoleKind
from eventsapp.directory.models import Municipality, Organisation, Person, PersonAddress, Role


@dataclass(frozen=True, slots=True)
class Card:
    """One person as a file shows it."""

    given_name: str
    prefix: str
    family_name: str
    email: str
    phone: str
    role: str
    organisation: str
    municipality: str
    language: str


def export(actor: Actor, contact_list: ContactList, kind: str, headers: list[str]) -> File:
    """Make the file of a list as it is now, and note who took how many people out.

    `headers` are the nine column titles in the reader's language. Raises `Forbidden` for lists of
    other regions.
    """
    demand_write(actor, contact_list)
    cards = list(cards_of(contact_list, actor))
    audit.record(actor, "list.export", "contact_list", contact_list.id, kind=kind, count=len(cards))
    name = slug(contact_list.name) or "contacts"
    if kind == "vcard":
        return File(f"{name}.vcf", "text/vcard; charset=utf-8", BytesIO(_vcard(cards)), len(cards))
    return sheet(kind, name, headers, (_row(card) for card in cards))


def cards_of(contact_list: ContactList, actor: Actor) -> Iterator[Card]:
    """Give the people of a list by family name, each with the first present function."""
    today = now().date()
    current = and_(
        Role.person_id == Person.id,
        Role.valid_from <= today,
        or_(Role.valid_until.is_(None), Role.valid_until > today),
    )
    rows = db.session.execute(
        select(Person, Role, Organisation.name, Municipality.name)
        .outerjoin(Role, current)
        .outerjoin(Organisation, Organisation.id == Role.organisation_id)
        .outerjoin(
            Municipality,
            or_(
                Municipality.id == Organisation.municipality_id,
                and_(Role.id.is_(None), Municipality.id == Person.municipality_id),
            ),
        )
        .where(is_member(contact_list, actor))
        .order_by(Person.sort_key, Person.id, Role.is_contact.desc(), Role.id)
    ).all()
    addresses = _addresses([row[0].id for row in rows], today)
    seen: set[int] = set()
    for person, role, organisation, municipality in rows:
        if person.id in seen:
            continue
        seen.add(person.id)
        own = addresses.get(person.id, {})
        chosen = own.get(role.address_id) if role is not None and role.address_id else None
        title = (role.title or label(RoleKind(role.kind))) if role is not None else ""
        yield Card(
            given_name=person.given_name,
            prefix=person.prefix,
            family_name=person.family_name,
            email=chosen or next(iter(own.values()), ""),
            phone=person.phone,
            role=title,
            organisation=organisation or "",
            municipality=municipality or "",
            language=person.language,
        )


def _addresses(person_ids: list[int], today: date) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    for start in range(0, len(person_ids), 5000):
        rows = db.session.execute(
            select(PersonAddress.person_id, PersonAddress.id, PersonAddress.email)
            .where(
                PersonAddress.person_id.in_(person_ids[start : start + 5000]),
                or_(PersonAddress.ended_on.is_(None), PersonAddress.ended_on > today),
            )
            .order_by(PersonAddress.position, PersonAddress.id)
        )
        for person_id, address_id, email in rows:
            found.setdefault(person_id, {})[address_id] = email
    return found


def _row(card: Card) -> list[str]:
    return [
        card.given_name,
        card.prefix,
        card.family_name,
        card.email,
        card.phone,
        card.role,
        card.organisation,
        card.municipality,
        card.language,
    ]


def _vcard(cards: Iterable[Card]) -> bytes:
    """Write vCard 4.0 (RFC 6350), folded at 75 octets."""
    lines: list[str] = []
    for card in cards:
        full = " ".join(part for part in (card.given_name, card.prefix, card.family_name) if part)
        family = " ".join(part for part in (card.prefix, card.family_name) if part)
        lines += ["BEGIN:VCARD", "VERSION:4.0", f"FN:{_escape(full)}"]
        lines.append(f"N:{_escape(family)};{_escape(card.given_name)};;;")
        for name, value in (
            ("EMAIL", card.email),
            ("TEL;VALUE=text", card.phone),
            ("ORG", card.organisation),
            ("TITLE", card.role),
        ):
            if value:
                lines.append(f"{name}:{_escape(value)}")
        lines.append("END:VCARD")
    return b"".join(_fold(line) for line in lines)


def _escape(value: str) -> str:
    value = value.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    return "\\n".join(value.splitlines())


def _fold(line: str) -> bytes:
    """Fold a line at 75 octets, never inside a character (RFC 6350 section 3.2)."""
    out, room = bytearray(), 75
    for character in line:
        octets = character.encode()
        if len(octets) > room:
            out += b"\r\n "
            room = 74
        out += octets
        room -= len(octets)
    return bytes(out) + b"\r\n"
