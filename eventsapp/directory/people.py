"""Adds and changes people, their addresses and their functions over time.

Doors, sign-ups and the import call it. A function is never overwritten: it ends on a day, and the
next one begins, so that the history stays with the organisation.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import selectinload

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import fold, one_line
from eventsapp.directory import rules
from eventsapp.directory.facts import AddressFacts, PersonFacts, RoleFacts
from eventsapp.directory.models import Organisation, Person, PersonAddress, Role
from eventsapp.directory.places import (
    working_regions_of_municipalities,
    working_regions_of_organisations,
    working_regions_of_people,
)

__all__ = ["AddressFacts", "PersonFacts", "RoleFacts"]


def add_person(actor: Actor, facts: PersonFacts) -> Person:
    """Add somebody to the address book.

    Forbidden when the own municipality lies in another region; InputError for a fault or an
    outside number that somebody else has.
    """
    facts = facts.tidied()
    if facts.municipality_id is not None:
        home = facts.municipality_id
        actor.demand_write(working_regions_of_municipalities([home])[home])
    _demand_own_number(facts.external_id, None)
    person = Person()
    db.session.add(person)
    keep_person(person, facts)
    db.session.flush()  # the caller needs the number of the person
    audit.record(actor, "person.added", "person", person.id)
    return person


def change_person(actor: Actor, person: Person, facts: PersonFacts, version: int) -> Person:
    """Change what we know of somebody.

    Forbidden outside the actor's regions, Conflict when somebody else changed it meanwhile.
    """
    demand_write_person(actor, person)
    facts = facts.tidied()
    if person.version != version:
        raise Conflict
    _demand_own_number(facts.external_id, person.id)
    keep_person(person, facts)
    # Addresses are rows of their own: without this a change of those alone would keep the version.
    person.updated_at = now()
    db.session.flush()
    audit.record(actor, "person.changed", "person", person.id)
    return person


def keep_person(person: Person, facts: PersonFacts) -> None:
    """Write tidied facts into a person, with the keys for sorting and searching."""
    person.given_name = facts.given_name
    person.prefix = facts.prefix
    person.family_name = facts.family_name
    person.salutation = facts.salutation
    person.language = facts.language
    person.phone = facts.phone
    person.municipality_id = facts.municipality_id
    person.note = facts.note
    person.external_id = facts.external_id
    _keep_addresses(person, facts.addresses)
    refresh_keys(person)


def refresh_keys(person: Person) -> None:
    """Make the keys anew by which a person is sorted and found."""
    person.sort_key = rules.sort_key(person.given_name, person.prefix, person.family_name)
    emails = [address.email for address in person.addresses]
    person.search_key = rules.search_key(person.name, *emails)


def _keep_addresses(person: Person, addresses: tuple[AddressFacts, ...]) -> None:
    """Bring the address rows in line; an address that stays keeps its row, for its functions."""
    known = {address.email.lower(): address for address in person.addresses}
    kept = []
    for position, facts in enumerate(addresses):
        row = known.get(facts.email) or PersonAddress(email=facts.email)
        row.via, row.position = facts.via, position
        kept.append(row)
    person.addresses = kept


def resembling(facts: PersonFacts) -> list[Person]:
    """Give the people who may be the same: with one of these addresses, or of the same name."""
    emails = {address.email.strip().lower() for address in facts.addresses}
    key = rules.sort_key(facts.given_name, facts.prefix, facts.family_name)
    by_address = select(PersonAddress.person_id).where(PersonAddress.email.in_(emails))
    statement = (
        select(Person)
        .where(or_(Person.sort_key == key, Person.id.in_(by_address)))
        .where(Person.erased_at.is_(None), or_(Person.external_id.is_(None), ~_is_mailbox()))
        .order_by(Person.sort_key, Person.id)
    )
    return list(db.session.scalars(statement.limit(5)))


def _is_mailbox() -> ColumnElement[bool]:
    return Person.external_id.like(f"{rules.MAILBOX}%")


def find_same(email: str, name: str) -> Person | None:
    """Find who has this address and this name, however it is capitalised."""
    statement = (
        select(Person)
        .join(PersonAddress)
        .where(PersonAddress.email.in_({email.strip(), email.strip().lower()}))
        .where(Person.erased_at.is_(None))
        .where(or_(Person.external_id.is_(None), ~_is_mailbox()))
        .options(selectinload(Person.addresses))
        .order_by(Person.id)
    )
    wanted = fold(name)
    return next(
        (person for person in db.session.scalars(statement) if fold(person.name) == wanted), None
    )


def mailbox_person(actor: Actor, organisation: Organisation) -> Person:
    """Give the stand-in by which an organisation without known contact is written to.

    InputError when the organisation has no mailbox.
    """
    if not organisation.email:
        raise InputError(N_("This organisation has no general mailbox."), "email")
    number = rules.mailbox_id(organisation.id)
    person = db.session.scalar(select(Person).where(Person.external_id == number))
    if person is None:
        person = Person(external_id=number)
        db.session.add(person)
    name = one_line(organisation.name, 120)
    keep_person(
        person,
        PersonFacts(
            family_name=name,
            salutation=rules.mailbox_salutation(name),
            phone=organisation.phone,
            municipality_id=organisation.municipality_id,
            external_id=number,
            addresses=(AddressFacts(organisation.email),),
        ),
    )
    db.session.flush()  # an invitation needs its number
    return person


def add_role(actor: Actor, person: Person, organisation: Organisation, facts: RoleFacts) -> Role:
    """Let a person do something for an organisation from a day.

    Forbidden outside the organisation's regions; InputError when the person holds that function
    there already during part of the period, or the organisation has ended by then.
    """
    demand_write_organisation(actor, organisation)
    facts = facts.tidied()
    if organisation.ended_on is not None and facts.valid_from >= organisation.ended_on:
        raise InputError(N_("This organisation no longer exists on that day."), "valid_from")
    if any(
        role.organisation_id == organisation.id
        and role.kind == facts.kind
        and rules.overlaps(role, facts.valid_from, facts.valid_until)
        for role in person.roles
    ):
        raise InputError(N_("%(name)s has this function there already."), "kind", name=person.name)
    role = Role(
        person=person,
        organisation=organisation,
        kind=facts.kind,
        title=facts.title,
        is_contact=facts.is_contact,
        address_id=facts.address_id
        if facts.address_id in {address.id for address in person.addresses}
        else None,
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
    )
    db.session.add(role)
    db.session.flush()  # who asks for the roles next must find it
    if facts.is_contact:
        make_contact(actor, role)
    return role


def end_role(actor: Actor, role: Role, on: date) -> Role:
    """End a function; `on` is the first day on which it is no longer held.

    Forbidden outside the organisation's regions; InputError when it would end before it began.
    """
    demand_write_organisation(actor, role.organisation)
    if on < role.valid_from:
        raise InputError(N_("The last day is before the first day."), "valid_until")
    if role.valid_until is not None and role.valid_until <= on:
        return role
    role.valid_until = on
    return role


def succeed(actor: Actor, role: Role, successor: Person, on: date) -> Role:
    """Hand a function to somebody else on a day: the one ends, the same begins for the other."""
    if successor.id == role.person_id:
        raise InputError(N_("Choose somebody else as successor."), "successor")
    if not rules.current(role, on) and role.valid_until != on:
        raise InputError(N_("This function is not held on that day."), "valid_from")
    end_role(actor, role, on)
    facts = RoleFacts(kind=role.kind, title=role.title, is_contact=role.is_contact, valid_from=on)
    return add_role(actor, successor, role.organisation, facts)


def make_contact(actor: Actor, role: Role) -> None:
    """Let this function be the one through which its organisation is invited, and no other."""
    demand_write_organisation(actor, role.organisation)
    statement = select(Role).where(
        Role.organisation_id == role.organisation_id,
        Role.id != role.id,
        Role.is_contact.is_(True),
        or_(Role.valid_until.is_(None), Role.valid_until > max(role.valid_from, today())),
    )
    for other in db.session.scalars(statement):
        other.is_contact = False
    role.is_contact = True


def demand_write_person(actor: Actor, person: Person) -> None:
    """Raise Forbidden unless the actor may change this person."""
    actor.demand_write(working_regions_of_people([person.id])[person.id])


def demand_write_organisation(actor: Actor, organisation: Organisation) -> None:
    """Raise Forbidden unless the actor may change this organisation."""
    actor.demand_write(working_regions_of_organisations([organisation.id])[organisation.id])


def _demand_own_number(external_id: str | None, person_id: int | None) -> None:
    if external_id is None:
        return
    if external_id.startswith(rules.MAILBOX) and person_id is None:
        raise InputError(N_("This number is kept for ourselves."), "external_id")
    holder = db.session.scalar(select(Person.id).where(Person.external_id == external_id))
    if holder is not None and holder != person_id:
        raise InputError(N_("Somebody else has this number already."), "external_id")
