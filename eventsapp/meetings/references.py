"""Looks up what a plan names by number: regions, themes, network, people. For `planning.py` only.

Numbers come from forms, so each may be wrong, of the wrong sort, or of a closed group.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import func, or_, select

from eventsapp.core.actor import Actor, Level
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.directory.models import (
    AdvisorRegion,
    Municipality,
    Network,
    Organisation,
    Person,
    Region,
    RegionScheme,
    Theme,
)
from eventsapp.directory.queries import has_charge, network_visible_to
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.plan import MeetingPlan


@dataclass(frozen=True, slots=True)
class References:
    """The rows that a plan names."""

    regions: list[Region]
    themes: list[Theme]
    deputies: list[Person]
    has_closed_network: bool
    municipality_id: int | None


def references_for(actor: Actor, plan: MeetingPlan, meeting: Meeting | None = None) -> References:
    """Find the rows; InputError with its field when one is not there or not for this actor.

    What `meeting` has already may stay, even where the actor could not choose it anew.
    """
    network = _network(actor, plan.network_id, meeting)
    kept = meeting.organiser_person_id if meeting else actor.person_id
    if plan.organiser_person_id not in (None, kept, actor.person_id):
        _advisors({plan.organiser_person_id}, set(), "organiser_person_id")
    return References(
        regions=_regions({plan.lead_region_id, *plan.region_ids}, meeting),
        themes=_themes(plan.theme_ids),
        deputies=_advisors(
            plan.deputy_ids, {deputy.id for deputy in meeting.deputies} if meeting else set()
        ),
        has_closed_network=network is not None and network.is_confidential,
        municipality_id=_municipality(plan.municipality_id, plan.town),
    )


def networks_open_to(actor: Actor) -> list[Network]:
    """Give the networks that an actor may choose: living ones, closed ones only if own."""
    statement = select(Network).where(Network.ended_on.is_(None), network_visible_to(actor))
    return list(db.session.scalars(statement.order_by(Network.name)))


def network_names_open_to(actor: Actor) -> list[tuple[int, str]]:
    """Give number and name of the networks that an actor may choose."""
    statement = select(Network.id, Network.name).where(
        Network.ended_on.is_(None), network_visible_to(actor)
    )
    return [(number, name) for number, name in db.session.execute(statement.order_by(Network.name))]


def linked(plan: MeetingPlan) -> MeetingPlan:
    """Tie co-organisers to the organisations of the directory that are called exactly so."""
    names = {line.name.lower() for line in plan.co_organisers if line.organisation_id is None}
    if not names:
        return plan
    rows = db.session.execute(
        select(func.lower(Organisation.name), func.min(Organisation.id))
        .where(func.lower(Organisation.name).in_(names), Organisation.ended_on.is_(None))
        .group_by(func.lower(Organisation.name))
        .having(func.count() == 1)  # of two that are called the same, neither is guessed
    )
    known = {row[0]: row[1] for row in rows}
    return replace(
        plan,
        co_organisers=tuple(
            replace(line, organisation_id=line.organisation_id or known.get(line.name.lower()))
            for line in plan.co_organisers
        ),
    )


def themes() -> list[Theme]:
    """Give the themes, in their own order."""
    return list(db.session.scalars(select(Theme).order_by(Theme.position, Theme.id)))


def advisors() -> list[Person]:
    """Give everybody who has a region, by name: who may organise or be a second advisor."""
    tied = select(AdvisorRegion.person_id)
    statement = select(Person).where(Person.id.in_(tied), Person.ended_on.is_(None))
    return list(db.session.scalars(statement.order_by(Person.sort_key, Person.id)))


def _regions(ids: Collection[int], meeting: Meeting | None) -> list[Region]:
    kept = [region.id for region in meeting.regions] if meeting else []
    found = db.session.scalars(
        select(Region)
        .join(RegionScheme)
        .where(
            Region.id.in_(ids),
            RegionScheme.is_working.is_(True),
            or_(Region.ended_on.is_(None), Region.id.in_(kept)),
        )
        .order_by(Region.name)
    ).all()
    if len(found) != len(set(ids)):
        raise InputError(N_("Choose a region from the list."), "lead_region_id")
    return list(found)


def _themes(ids: Collection[int]) -> list[Theme]:
    found = (
        db.session.scalars(select(Theme).where(Theme.id.in_(ids)).order_by(Theme.position)).all()
        if ids
        else []
    )
    if len(found) != len(set(ids)):
        raise InputError(N_("Choose themes from the list."), "theme_ids")
    return list(found)


def _network(actor: Actor, network_id: int | None, meeting: Meeting | None) -> Network | None:
    if network_id is None:
        return None
    network = db.session.get(Network, network_id)
    is_kept = meeting is not None and meeting.network_id == network_id
    is_open = network is not None and (
        is_kept
        or not network.is_confidential
        or actor.level is Level.SYSTEM
        or has_charge(actor, network)
    )
    if not is_open:
        raise InputError(N_("Choose a network from the list."), "network_id")
    return network


def _municipality(municipality_id: int | None, town: str) -> int | None:
    """Give the municipality that was named, else the one that is called as the town."""
    if municipality_id is not None:
        if db.session.get(Municipality, municipality_id) is None:
            raise InputError(N_("Choose a municipality from the list."), "municipality_id")
        return municipality_id
    if not town:
        return None
    called = select(Municipality.id).where(
        func.lower(Municipality.name) == town.lower(), Municipality.ended_on.is_(None)
    )
    return db.session.scalars(called.limit(1)).first()


def _advisors(
    ids: Collection[int | None], kept: Collection[int], field: str = "deputy_ids"
) -> list[Person]:
    if not ids:
        return []
    tied = select(AdvisorRegion.person_id)
    found = db.session.scalars(
        select(Person).where(Person.id.in_(ids), or_(Person.id.in_(tied), Person.id.in_(kept)))
    ).all()
    if len(found) != len(set(ids)):
        raise InputError(N_("Choose an advisor from the list."), field)
    return list(found)
