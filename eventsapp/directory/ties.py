"""Gives how people, organisations and networks are tied to each other, now and before.

The pages of a person, an organisation and a network ask it; nothing is written.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.directory.models import Network, Organisation, Person, Role
from eventsapp.directory.queries import network_visible_to


def roles_at(organisation_id: int) -> list[Role]:
    """Give all functions at an organisation, now and before, with people and their addresses."""
    statement = (
        select(Role)
        .join(Role.person)
        .options(contains_eager(Role.person).selectinload(Person.addresses))
        .where(Role.organisation_id == organisation_id, Person.erased_at.is_(None))
        .order_by(Role.valid_from.desc(), Person.sort_key, Role.id)
    )
    return list(db.session.scalars(statement))


def roles_held_by(person_id: int) -> list[Role]:
    """Give all functions of a person, now and before, the newest first."""
    statement = (
        select(Role)
        .options(joinedload(Role.organisation).joinedload(Organisation.municipality))
        .where(Role.person_id == person_id)
        .order_by(Role.valid_from.desc(), Role.id.desc())
    )
    return list(db.session.scalars(statement))


def role_for(actor: Actor, role_id: int) -> Role:
    """Give a function to look at; NotFound when there is none."""
    actor.demand_address_book()
    statement = (
        select(Role)
        .options(joinedload(Role.organisation), selectinload(Role.person))
        .where(Role.id == role_id)
    )
    role = db.session.scalar(statement)
    if role is None:
        raise NotFound
    return role


def successor_of(organisation: Organisation) -> Organisation | None:
    """Give what came after an organisation that ended, if anything did."""
    key = organisation.successor_id
    return db.session.get(Organisation, key) if key is not None else None


def predecessors_of(organisation: Organisation) -> list[Organisation]:
    """Give the organisations that this one came after."""
    statement = select(Organisation).where(Organisation.successor_id == organisation.id)
    return list(db.session.scalars(statement.order_by(Organisation.search_key)))


def networks_of(actor: Actor, organisation_id: int) -> list[Network]:
    """Give the networks that an organisation belongs to, closed ones of others left out."""
    statement = select(Network).where(
        Network.organisations.any(Organisation.id == organisation_id),
        network_visible_to(actor),
        or_(Network.ended_on.is_(None), Network.ended_on > today()),
    )
    return list(db.session.scalars(statement.order_by(Network.name)))
