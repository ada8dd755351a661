"""Finds whom one might invite: organisations or people, by where they are and what they do.

The invitation page asks it anew at each change of a filter. It only gives numbers; who of them can
be invited is told by `audience.py`. Without any filter it finds nobody: inviting everybody is never
what was meant. Never writes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.directory.models import (
    Municipality,
    Network,
    Organisation,
    Person,
    Role,
    network_organisation,
    organisation_theme,
)
from eventsapp.directory.places import held_on, organisation_in_regions, person_in_regions
from eventsapp.directory.queries import contains_words, is_known, network_visible_to
from eventsapp.invitations.audience import Choice
from eventsapp.invitations.kinds import Presence
from eventsapp.invitations.models import Attendance
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import visible_to

MOST = 1_000
MONTH = timedelta(days=30)
FOUND_BY_NAME = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the search is narrowed down to; `municipality` is a name as people type it.

    `came_within` counts months back from today. `only_people` holds who is on a contact list.
    """

    region_id: int | None = None
    municipality: str = ""
    organisation_kind: str = ""
    role_kind: str = ""
    theme_id: int | None = None
    network_id: int | None = None
    came_within: int | None = None
    only_people: frozenset[int] | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was asked for."""
        return self == Filters()


def organisations(actor: Actor, filters: Filters) -> Choice:
    """Give the organisations of today that answer to all filters; at most a thousand."""
    actor.demand_address_book()
    if filters.is_empty:
        return Choice()
    where = [_exists_today(), *_organisation_conditions(actor, filters)]
    if filters.role_kind:
        through = select(Role.organisation_id).where(
            held_on(today()), Role.kind == filters.role_kind
        )
        where.append(Organisation.id.in_(through))
    if filters.came_within:
        came = _attended(actor, filters.came_within)
        where.append(Organisation.id.in_(select(Attendance.organisation_id).where(came)))
    if filters.only_people is not None:
        through = select(Role.organisation_id).where(
            held_on(today()), Role.person_id.in_(filters.only_people)
        )
        where.append(Organisation.id.in_(through))
    statement = select(Organisation.id).where(*where).order_by(Organisation.search_key)
    return Choice(organisation_ids=frozenset(db.session.scalars(statement.limit(MOST))))


def people(actor: Actor, filters: Filters) -> Choice:
    """Give the people who answer to all filters, through their functions or by themselves."""
    actor.demand_address_book()
    if filters.is_empty:
        return Choice()
    day = today()
    where: list[ColumnElement[bool]] = [is_known(), Person.ended_on.is_(None)]
    if filters.region_id:
        where.append(person_in_regions([filters.region_id], day))
    if filters.municipality:
        where.append(_lives_or_works_in(filters.municipality))
    tied = _tie_conditions(actor, filters)
    if filters.role_kind:
        tied.append(Role.kind == filters.role_kind)
    if tied:
        through = select(Role.person_id).join(Organisation).where(held_on(day), *tied)
        where.append(Person.id.in_(through))
    if filters.came_within:
        came = _attended(actor, filters.came_within)
        where.append(Person.id.in_(select(Attendance.person_id).where(came)))
    if filters.only_people is not None:
        where.append(Person.id.in_(filters.only_people))
    statement = select(Person.id).where(*where).order_by(Person.sort_key)
    return Choice(person_ids=frozenset(db.session.scalars(statement.limit(MOST))))


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody found by name, to be chosen by hand."""

    key: str
    name: str
    detail: str


def by_name(actor: Actor, text: str) -> list[Hit]:
    """Find organisations and people by a part of their name, a few of each."""
    actor.demand_address_book()
    if not text.strip():
        return []
    organisations = db.session.execute(
        select(Organisation.id, Organisation.name, Municipality.name.label("place"))
        .outerjoin(Organisation.municipality)
        .where(_exists_today(), *contains_words(Organisation.search_key, text))
        .order_by(Organisation.search_key, Organisation.id)
        .limit(FOUND_BY_NAME)
    ).all()
    people = db.session.scalars(
        select(Person)
        .where(is_known(), Person.ended_on.is_(None), *contains_words(Person.search_key, text))
        .order_by(Person.sort_key, Person.id)
        .limit(FOUND_BY_NAME)
    ).all()
    work = _organisation_names([person.id for person in people])
    return [
        *(Hit(f"o{row.id}", row.name, row.place or "") for row in organisations),
        *(Hit(f"p{person.id}", person.name, work.get(person.id, "")) for person in people),
    ]


def names_of(choice: Choice) -> dict[str, str]:
    """Give the names of who was chosen by hand, by key ("o3", "p12")."""
    organisations = db.session.execute(
        select(Organisation.id, Organisation.name).where(
            Organisation.id.in_(choice.organisation_ids)
        )
    )
    people = db.session.scalars(select(Person).where(Person.id.in_(choice.person_ids)))
    found = {f"o{row.id}": row.name for row in organisations}
    return found | {f"p{person.id}": person.name for person in people}


def _exists_today() -> ColumnElement[bool]:
    return or_(Organisation.ended_on.is_(None), Organisation.ended_on > today())


def _organisation_conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    where = _tie_conditions(actor, filters)
    if filters.region_id:
        where.append(organisation_in_regions([filters.region_id]))
    if filters.municipality:
        where.append(Organisation.municipality_id.in_(_municipalities(filters.municipality)))
    return where


def _tie_conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    """Conditions on Organisation that hold for its people too."""
    where: list[ColumnElement[bool]] = []
    if filters.organisation_kind:
        where.append(Organisation.kind == filters.organisation_kind)
    if filters.theme_id:
        about = select(organisation_theme.c.organisation_id).where(
            organisation_theme.c.theme_id == filters.theme_id
        )
        where.append(Organisation.id.in_(about))
    if filters.network_id:
        where.append(Organisation.id.in_(_members(actor, filters.network_id)))
    return where


def _members(actor: Actor, network_id: int) -> Select[int]:
    """Select the members of a network; a closed one of others has none."""
    return (
        select(network_organisation.c.organisation_id)
        .join(Network, Network.id == network_organisation.c.network_id)
        .where(Network.id == network_id, network_visible_to(actor))
    )


def _municipalities(name: str) -> Select[int]:
    return select(Municipality.id).where(*contains_words(Municipality.search_key, name))


def _lives_or_works_in(name: str) -> ColumnElement[bool]:
    inside = _municipalities(name)
    through = (
        select(Role.person_id)
        .join(Organisation)
        .where(held_on(today()), Organisation.municipality_id.in_(inside))
    )
    return or_(Person.municipality_id.in_(inside), Person.id.in_(through))


def _attended(actor: Actor, months: int) -> ColumnElement[bool]:
    """Condition on Attendance: was there within so many months, as far as the actor may know."""
    seen = select(Meeting.id).where(visible_to(actor), Meeting.starts_at >= now() - months * MONTH)
    was_there = Attendance.presence.in_((Presence.PRESENT, Presence.REPRESENTED))
    return and_(was_there, Attendance.meeting_id.in_(seen))


def _organisation_names(person_ids: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Role.person_id, Organisation.name)
        .join(Role.organisation)
        .where(Role.person_id.in_(person_ids), held_on(today()))
        .order_by(Role.is_contact, Role.id.desc())
    )
    return {row.person_id: row.name for row in rows}
