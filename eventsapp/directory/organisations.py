"""Adds, changes and ends organisations; a successor takes over people and networks.

Doors and the import call it. What was done by an organisation that ended stays with it.
"""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from sqlalchemy import select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import Model, db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.directory import rules
from eventsapp.directory.facts import OrganisationFacts, RoleFacts
from eventsapp.directory.models import Municipality, Network, Organisation, Region, Role, Theme
from eventsapp.directory.people import add_role, demand_write_organisation, end_role
from eventsapp.directory.places import regions_touching, working_regions_of_municipalities

__all__ = ["OrganisationFacts"]

M = TypeVar("M", bound=Model)


def add_organisation(actor: Actor, facts: OrganisationFacts) -> Organisation:
    """Add an organisation.

    Forbidden when it lies in another region; InputError for a fault or a taken outside number.
    """
    facts = facts.tidied()
    _demand_write_place(actor, facts)
    _demand_own_number(facts.external_id, None)
    organisation = Organisation()
    db.session.add(organisation)
    keep_organisation(organisation, facts)
    db.session.flush()  # the caller needs the number of the organisation
    audit.record(actor, "organisation.added", "organisation", organisation.id)
    return organisation


def change_organisation(
    actor: Actor, organisation: Organisation, facts: OrganisationFacts, version: int
) -> Organisation:
    """Change what we know of an organisation.

    Forbidden outside the actor's regions, Conflict when somebody else changed it meanwhile.
    """
    demand_write_organisation(actor, organisation)
    facts = facts.tidied()
    if organisation.version != version:
        raise Conflict
    _demand_own_number(facts.external_id, organisation.id)
    keep_organisation(organisation, facts)
    organisation.updated_at = now()
    db.session.flush()
    audit.record(actor, "organisation.changed", "organisation", organisation.id)
    return organisation


def keep_organisation(organisation: Organisation, facts: OrganisationFacts) -> None:
    """Write tidied facts into an organisation, with the key for searching."""
    organisation.name = facts.name
    organisation.kind = facts.kind
    organisation.municipality = _row(Municipality, facts.municipality_id)
    organisation.region = _row(Region, facts.region_id)
    organisation.aliases = facts.aliases
    organisation.email = facts.email or None
    organisation.phone = facts.phone
    organisation.website = facts.website
    organisation.note = facts.note
    organisation.external_id = facts.external_id
    wanted = set(facts.theme_ids)
    if wanted != {theme.id for theme in organisation.themes}:
        organisation.themes = list(
            db.session.scalars(select(Theme).where(Theme.id.in_(wanted)).order_by(Theme.position))
        )
    refresh_key(organisation)


def refresh_key(organisation: Organisation) -> None:
    """Make the key anew by which an organisation is sorted and found, its place included."""
    place = organisation.municipality
    organisation.search_key = rules.search_key(
        organisation.name,
        organisation.aliases,
        place.name if place else "",
        place.aliases if place else "",
    )


def end_organisation(
    actor: Actor,
    organisation: Organisation,
    on: date,
    successor: Organisation | None = None,
    *,
    carry_over: bool = False,
) -> None:
    """End an organisation on a day, with who comes after it if anybody does.

    All functions end that day; `carry_over` lets the people go on at the successor in the same
    functions. Networks exchange it for the successor. InputError when it succeeds itself.
    """
    demand_write_organisation(actor, organisation)
    if successor is not None:
        _refuse_circle(organisation, successor)
    if organisation.ended_on is not None:
        raise InputError(N_("This organisation has ended already."), "ended_on")
    for role in db.session.scalars(
        select(Role).where(Role.organisation_id == organisation.id, Role.valid_until.is_(None))
    ).all():
        _end_or_carry(actor, role, max(on, role.valid_from), successor if carry_over else None)
    for network in db.session.scalars(
        select(Network).where(Network.organisations.any(Organisation.id == organisation.id))
    ):
        network.organisations.remove(organisation)
        if successor is not None and successor not in network.organisations:
            network.organisations.append(successor)
    organisation.ended_on = on
    organisation.successor_id = successor.id if successor else None
    audit.record(actor, "organisation.ended", "organisation", organisation.id)


def _end_or_carry(actor: Actor, role: Role, on: date, successor: Organisation | None) -> None:
    end_role(actor, role, on)
    if successor is None:
        return
    goes_on = any(
        other.organisation_id == successor.id
        and other.kind == role.kind
        and rules.overlaps(other, on, None)
        for other in role.person.roles
    )
    if not goes_on:
        facts = RoleFacts(kind=role.kind, title=role.title, valid_from=on)
        add_role(actor, role.person, successor, facts)


def _refuse_circle(organisation: Organisation, successor: Organisation) -> None:
    following: Organisation | None = successor
    seen: set[int] = set()
    while following is not None and following.id not in seen:
        if following.id == organisation.id:
            raise InputError(N_("An organisation can't succeed itself."), "successor_id")
        seen.add(following.id)
        following = _row(Organisation, following.successor_id)
    if successor.ended_on is not None:
        raise InputError(N_("The successor has ended itself. Choose another one."), "successor_id")


def _demand_write_place(actor: Actor, facts: OrganisationFacts) -> None:
    regions: set[int] = set()
    if facts.municipality_id is not None:
        home = facts.municipality_id
        regions |= working_regions_of_municipalities([home])[home]
    if facts.region_id is not None:
        regions |= regions_touching(facts.region_id)
    actor.demand_write(regions)


def _demand_own_number(external_id: str | None, organisation_id: int | None) -> None:
    if external_id is None:
        return
    holder = db.session.scalar(
        select(Organisation.id).where(Organisation.external_id == external_id)
    )
    if holder is not None and holder != organisation_id:
        raise InputError(N_("Another organisation has this number already."), "external_id")


def _row(model: type[M], key: int | None) -> M | None:
    return db.session.get(model, key) if key is not None else None
