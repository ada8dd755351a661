"""Organisations that hear nothing from us, because mail to their contact does not arrive.

The page of today asks it, and the page of an organisation for one contact. Nothing is kept of it:
it is settled when somebody else is the contact, or the address is another one. Never writes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, union

from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.directory.models import Organisation, PersonAddress, Role
from eventsapp.directory.places import working_regions_of_organisations
from eventsapp.directory.reach import Contact, present_contacts
from eventsapp.mail import bounces
from eventsapp.mail.bounces import Failing
from eventsapp.mail.suppression import hashed

MOST = 10


@dataclass(frozen=True, slots=True)
class Unreachable:
    """An organisation whose contact gets no mail; `role_id` is None for a general mailbox."""

    organisation_id: int
    organisation: str
    name: str
    role_id: int | None
    email: str
    reason: str
    since: datetime


def trouble_of(contact: Contact | None) -> Failing | None:
    """Tell what is wrong with the address at which an organisation is reached, if anything."""
    if contact is None or not contact.email:
        return None
    return bounces.failing([contact.email]).get(contact.email)


def unreachable_contacts(actor: Actor) -> list[Unreachable]:
    """Give the organisations of the actor's regions whose contact gets no mail, the latest first.

    A coordinator gets those of all regions.
    """
    failing = _failing_addresses()
    if not failing:
        return []
    names = _organisations_at(failing)
    regions = working_regions_of_organisations(list(names)) if names else {}
    own = [
        number
        for number in names
        if actor.is_coordinator or actor.regions & regions.get(number, set())
    ]
    contacts = present_contacts(own, today()) if own else {}
    found = [
        Unreachable(
            number,
            names[number],
            contact.name,
            contact.role_id,
            contact.email,
            failing[contact.email].reason,
            failing[contact.email].since,
        )
        for number, contact in contacts.items()
        if contact.email and contact.email in failing
    ]
    return sorted(found, key=lambda one: one.since, reverse=True)[:MOST]


def _failing_addresses() -> dict[str, Failing]:
    """Give the addresses that came to rest and that somebody still has."""
    rows = {row.address_hash: row for row in bounces.latest_failing()}
    people = {row.person_id for row in rows.values()}
    if not people:
        return {}
    emails = db.session.scalars(
        select(PersonAddress.email).where(PersonAddress.person_id.in_(people))
    )
    known = {email: rows[key] for email in emails if (key := hashed(email)) in rows}
    return {email: Failing(row.reason, row.created_at) for email, row in known.items()}


def _organisations_at(emails: Collection[str]) -> dict[int, str]:
    """Give the organisations that may be reached at one of these addresses, with their names."""
    day = today()
    by_role = (
        select(Role.organisation_id)
        .join(PersonAddress, PersonAddress.person_id == Role.person_id)
        .where(
            PersonAddress.email.in_(emails),
            Role.valid_from <= day,
            or_(Role.valid_until.is_(None), Role.valid_until > day),
        )
    )
    by_mailbox = select(Organisation.id).where(Organisation.email.in_(emails))
    ids = union(by_role, by_mailbox)
    found = db.session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    )
    return {row.id: row.name for row in found}
