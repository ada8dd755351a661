"""Adds, changes and ends networks: who belongs to one, where, and how often it means to meet.

Doors call it. A confidential network is kept by its organiser and deputies only, and
nobody makes a network confidential who would not see it afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Row, func, or_, select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.core.text import fold
from eventsapp.directory.facts import line, note
from eventsapp.directory.models import (
    Network,
    Organisation,
    Person,
    Region,
    network_organisation,
)
from eventsapp.directory.places import regions_touching
from eventsapp.directory.queries import has_charge, network_visible_to
from eventsapp.directory.rules import has_words, words_of

RARELY = 104  # weeks: a network that means to meet less often than every two years meets never


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """All that a form can say about a network; its members are added one by one."""

    name: str
    region_id: int | None = None
    cadence_weeks: int | None = None
    description: str = ""
    organiser_person_id: int | None = None
    is_confidential: bool = False
    deputy_ids: tuple[int, ...] = ()

    def tidied(self) -> NetworkFacts:
        """Bring all into the form in which we keep it; InputError names the field at fault."""
        name = line(self.name, 200, "name")
        if not name:
            raise InputError(N_("Fill in a name."), "name")
        if self.cadence_weeks is not None and not 1 <= self.cadence_weeks <= RARELY:
            raise InputError(
                N_("Fill in a number of weeks from 1 to %(most)s."), "cadence_weeks", most=RARELY
            )
        return replace(self, name=name, description=note(self.description, "description"))


def networks_page(
    actor: Actor,
    *,
    region_id: int | None = None,
    with_ended: bool = False,
    cursor: str | None = None,
) -> Page[Row[Any]]:
    """Give a page of networks by name, each with the number of its members.

    Closed ones that the actor does not keep are left out.
    """
    actor.demand_address_book()
    members = (
        select(func.count())
        .where(network_organisation.c.network_id == Network.id)
        .correlate(Network)
        .scalar_subquery()
        .label("members")
    )
    statement = select(Network, members).where(network_visible_to(actor))
    if region_id is not None:
        statement = statement.where(Network.region_id.in_(regions_touching(region_id)))
    if not with_ended:
        statement = statement.where(or_(Network.ended_on.is_(None), Network.ended_on > today()))
    return paginate(statement, [Key(Network.name), Key(Network.id)], cursor)


def networks_named(actor: Actor, text: str) -> list[Network]:
    """Find networks by words of their name; closed ones that the actor does not keep stay out."""
    words = words_of(text)
    if not words:
        return []
    living = or_(Network.ended_on.is_(None), Network.ended_on > today())
    statement = select(Network).where(network_visible_to(actor), living).order_by(Network.name)
    # Networks are few and have no search key: the folding is done here.
    return [
        network for network in db.session.scalars(statement) if has_words(fold(network.name), words)
    ]


def add_network(actor: Actor, facts: NetworkFacts) -> Network:
    """Add a network; Forbidden in another region, InputError for a fault."""
    facts = facts.tidied()
    _demand_write_region(actor, facts.region_id)
    network = Network()
    db.session.add(network)
    _keep(actor, network, facts)
    db.session.flush()  # the caller needs its number
    audit.record(actor, "network.added", "network", network.id)
    return network


def change_network(actor: Actor, network: Network, facts: NetworkFacts, version: int) -> Network:
    """Change a network; Conflict when somebody else changed it meanwhile."""
    demand_write_network(actor, network)
    facts = facts.tidied()
    if network.version != version:
        raise Conflict
    handed_over = network.organiser_person_id != facts.organiser_person_id
    _keep(actor, network, facts)
    db.session.flush()
    audit.record(actor, "network.changed", "network", network.id, handed_over=handed_over)
    return network


def _keep(actor: Actor, network: Network, facts: NetworkFacts) -> None:
    keepers = {facts.organiser_person_id, *facts.deputy_ids}
    if facts.is_confidential and actor.person_id not in keepers:
        raise InputError(
            N_("You would no longer see this closed group. Be its organiser or a deputy first."),
            "is_confidential",
        )
    network.name = facts.name
    network.region = db.session.get(Region, facts.region_id) if facts.region_id else None
    network.cadence_weeks = facts.cadence_weeks
    network.description = facts.description
    network.organiser_person_id = facts.organiser_person_id
    network.is_confidential = facts.is_confidential
    if {person.id for person in network.deputies} != set(facts.deputy_ids):
        network.deputies = list(
            db.session.scalars(select(Person).where(Person.id.in_(facts.deputy_ids)))
        )


def add_member(actor: Actor, network: Network, organisation: Organisation) -> None:
    """Let an organisation belong to a network; twice is once."""
    demand_write_network(actor, network)
    if organisation.ended_on is not None and organisation.ended_on <= today():
        raise InputError(N_("This organisation has ended."), "organisation")
    if organisation not in network.organisations:
        network.organisations.append(organisation)


def remove_member(actor: Actor, network: Network, organisation: Organisation) -> None:
    """Let an organisation no longer belong to a network; its meetings stay as they were."""
    demand_write_network(actor, network)
    if organisation in network.organisations:
        network.organisations.remove(organisation)


def end_network(actor: Actor, network: Network, on: date) -> None:
    """End a network on a day; what it did stays."""
    demand_write_network(actor, network)
    network.ended_on = on
    audit.record(actor, "network.ended", "network", network.id)


def demand_write_network(actor: Actor, network: Network) -> None:
    """Raise Forbidden unless the actor keeps this network or writes in its region."""
    if not has_charge(actor, network):
        _demand_write_region(actor, network.region_id)


def _demand_write_region(actor: Actor, region_id: int | None) -> None:
    actor.demand_write(regions_touching(region_id) if region_id is not None else ())
