"""How people and organisations are reached: the address of each, the contact of each.

The doors and the floors above ask here, by way of `directory/queries.py` or directly. Never judges
whether somebody wants mail: `mail/suppression.py` does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, and_, bindparam, or_, select

from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.directory.kinds import RoleKind
from eventsapp.directory.models import Organisation, Person, PersonAddress, Role

# Through whom an organisation is invited when nobody is named as its contact.
_CONTACT_ORDER = (RoleKind.CONTACT, RoleKind.CHAIR, RoleKind.SECRETARY)


@dataclass(frozen=True, slots=True)
class Contact:
    """Through whom an organisation is reached; without a person it is its general mailbox."""

    person_id: int | None
    name: str
    email: str | None
    role_kind: str
    role_id: int | None


# Built once, and columns instead of objects: hundreds of them stand behind one page of a list.
_LIVING = select(Organisation.id, Organisation.name, Organisation.email).where(
    Organisation.id.in_(bindparam("ids", expanding=True)),
    or_(Organisation.ended_on.is_(None), Organisation.ended_on > bindparam("day")),
)
_CONTACTS = (
    select(
        Role.id,
        Role.person_id,
        Role.organisation_id,
        Role.kind,
        Role.is_contact,
        Role.valid_from,
        Person.given_name,
        Person.prefix,
        Person.family_name,
        PersonAddress.email.label("own_email"),
    )
    .join(Person, Person.id == Role.person_id)
    .outerjoin(
        PersonAddress,
        and_(
            PersonAddress.id == Role.address_id,
            or_(PersonAddress.ended_on.is_(None), PersonAddress.ended_on > bindparam("day")),
        ),
    )
    .where(
        Role.organisation_id.in_(bindparam("ids", expanding=True)),
        Role.valid_from <= bindparam("day"),
        or_(Role.valid_until.is_(None), Role.valid_until > bindparam("day")),
        or_(Role.is_contact.is_(True), Role.kind.in_(_CONTACT_ORDER)),
        Person.erased_at.is_(None),
        or_(Person.ended_on.is_(None), Person.ended_on > bindparam("day")),
    )
)
_ADDRESSES = (
    select(PersonAddress.person_id, PersonAddress.email)
    .where(
        PersonAddress.person_id.in_(bindparam("ids", expanding=True)),
        or_(PersonAddress.ended_on.is_(None), PersonAddress.ended_on > bindparam("day")),
    )
    .order_by(PersonAddress.person_id, PersonAddress.position, PersonAddress.id)
)


def present_contacts(organisation_ids: Collection[int], on: date) -> dict[int, Contact]:
    """Give through whom each organisation is reached on a day.

    The present contact first, else the chair, else the secretary; one who has an address before
    one who has none; else the general mailbox. An organisation that ended, or of which nothing is
    known, is left out.
    """
    asked = {"ids": list(organisation_ids), "day": on}
    organisations = db.session.execute(_LIVING, asked).all()
    roles = _possible_contacts([row.id for row in organisations], on)
    emails = addresses_of({role.person_id for role in roles if not role.own_email}, on)
    by_organisation: dict[int, list[Contact]] = {}
    for role in roles:
        name = " ".join(filter(None, (role.given_name, role.prefix, role.family_name)))
        email = role.own_email or emails[role.person_id]
        contact = Contact(role.person_id, name, email, role.kind, role.id)
        by_organisation.setdefault(role.organisation_id, []).append(contact)
    found: dict[int, Contact] = {}
    for key, name, mailbox in organisations:
        contacts = by_organisation.get(key, [])
        reachable = next((each for each in contacts if each.email), None)
        if reachable is None and mailbox:
            reachable = Contact(None, name, mailbox, "", None)
        if reachable is not None or contacts:
            found[key] = reachable or contacts[0]
    return found


def _possible_contacts(organisation_ids: list[int], on: date) -> list[Row[Any]]:
    order = {kind.value: place for place, kind in enumerate(_CONTACT_ORDER)}

    def rank(role: Row[Any]) -> tuple[bool, int, int, int]:
        # Of two contacts the one who came last: the other was forgotten to be ended.
        newest = -role.valid_from.toordinal()
        return (not role.is_contact, order.get(role.kind, len(order)), newest, role.id)

    asked = {"ids": organisation_ids, "day": on}
    return sorted(db.session.execute(_CONTACTS, asked), key=rank)


def addresses_of(person_ids: Collection[int], on: date | None = None) -> dict[int, str | None]:
    """Give the address that each of these people is written at, None where there is none."""
    day = on or today()
    found: dict[int, str | None] = dict.fromkeys(person_ids)
    asked = {"ids": list(person_ids), "day": day}
    for person_id, email in db.session.execute(_ADDRESSES, asked):
        if found[person_id] is None:
            found[person_id] = email
    return found
