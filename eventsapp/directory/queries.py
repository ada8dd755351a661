"""Finds people, organisations and networks, one or a page at a time, and says how to reach them.

`person_for` and its sisters give a row *and* check the right to read it. Editors have no address
book; a confidential network looks as if it were not there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    SQLColumnExpression,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import contains_eager

from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Municipality, Network, Organisation, Person, Role
from eventsapp.directory.places import (
    held_on,
    organisation_in_regions,
    person_in_regions,
    working_regions,
    working_regions_of_organisations,
    working_regions_of_people,
)
from eventsapp.directory.reach import Contact, addresses_of, present_contacts
from eventsapp.directory.rules import begins_a_word, words_of

__all__ = [
    "Contact",
    "addresses_of",
    "network_for",
    "organisation_for",
    "organisations_page",
    "people_page",
    "person_for",
    "present_contacts",
    "working_regions",
    "working_regions_of_organisations",
    "working_regions_of_people",
]


@dataclass(frozen=True, slots=True)
class FunctionLine:
    """What somebody in a list does, for which organisation."""

    kind: str
    title: str
    organisation_id: int
    organisation: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person in a list: with the present functions and the address we write to."""

    id: int
    name: str
    phone: str
    updated_at: datetime
    functions: list[FunctionLine]
    email: str | None


def is_known() -> ColumnElement[bool]:
    """Condition on Person: somebody to show, not erased and not a mere mailbox."""
    is_mailbox = and_(Person.external_id.is_not(None), Person.external_id.like("mailbox:%"))
    return and_(Person.erased_at.is_(None), ~is_mailbox)


# Columns, not objects, and built once: building and loading took longer than the asking itself.
_LISTED = select(
    Person.id,
    Person.given_name,
    Person.prefix,
    Person.family_name,
    Person.phone,
    Person.updated_at,
    Person.sort_key,
).where(is_known(), Person.ended_on.is_(None))
_FUNCTIONS = (
    select(Role.person_id, Role.kind, Role.title, Organisation.id, Organisation.name)
    .join(Organisation, Organisation.id == Role.organisation_id)
    .where(
        Role.person_id.in_(bindparam("ids", expanding=True)),
        Role.valid_from <= bindparam("day"),
        or_(Role.valid_until.is_(None), Role.valid_until > bindparam("day")),
    )
    .order_by(Role.is_contact.desc(), Organisation.search_key, Role.id)
)
_PLACE = func.coalesce(Municipality.name, "").label("place")
_ORGANISATIONS = select(
    Organisation.id,
    Organisation.name,
    Organisation.kind,
    Organisation.ended_on,
    Organisation.updated_at,
    Organisation.search_key,
    _PLACE,
).outerjoin(Municipality, Municipality.id == Organisation.municipality_id)


def contains_words(key: SQLColumnExpression[str], text: str) -> list[ColumnElement[bool]]:
    """Conditions: this search key holds each word that was typed, short ones at a beginning."""
    # Folded words hold letters and figures only, so there is nothing to escape for LIKE.
    return [
        (literal(" ") + key).like(f"% {word}%") if begins_a_word(word) else key.contains(word)
        for word in words_of(text)
    ]


def person_for(actor: Actor, person_id: int, *, write: bool = False) -> Person:
    """Give a person to look at; with `write` locked and the right to change checked.

    NotFound when there is none or the name was erased, Forbidden without the right.
    """
    actor.demand_address_book()
    person = db.session.get(
        Person, person_id, with_for_update=write or None, populate_existing=write
    )
    if person is None or person.erased_at is not None:
        raise NotFound
    if write:
        actor.demand_write(working_regions_of_people([person.id])[person.id])
    return person


def organisation_for(actor: Actor, organisation_id: int, *, write: bool = False) -> Organisation:
    """Give an organisation to look at; with `write` locked and the right to change checked.

    NotFound when there is none, Forbidden without the right.
    """
    actor.demand_address_book()
    organisation = db.session.get(
        Organisation, organisation_id, with_for_update=write or None, populate_existing=write
    )
    if organisation is None:
        raise NotFound
    if write:
        actor.demand_write(working_regions_of_organisations([organisation.id])[organisation.id])
    return organisation


def network_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Condition on Network: not confidential, or the actor organises it or is named as deputy."""
    return or_(
        Network.is_confidential.is_(False),
        Network.organiser_person_id == actor.person_id,
        Network.deputies.any(Person.id == actor.person_id),
    )


def network_for(actor: Actor, network_id: int, *, write: bool = False) -> Network:
    """Give a network to look at; with `write` locked and the right to change checked.

    NotFound when there is none, or it is confidential and the actor neither organises it nor is
    a deputy: coordinators too.
    """
    actor.demand_address_book()
    statement = select(Network).where(Network.id == network_id, network_visible_to(actor))
    if write:
        statement = statement.with_for_update(of=Network)
    network = db.session.scalar(statement.execution_options(populate_existing=write))
    if network is None:
        raise NotFound
    if write and not has_charge(actor, network):
        actor.demand_write([network.region_id] if network.region_id else [])
    return network


def has_charge(actor: Actor, network: Network) -> bool:
    """Tell whether the actor organises this network or is named as its deputy."""
    if actor.person_id is None:
        return False
    deputies = {person.id for person in network.deputies}
    return actor.person_id == network.organiser_person_id or actor.person_id in deputies


def people_page(
    actor: Actor,
    text: str = "",
    *,
    region_id: int | None = None,
    municipality_id: int | None = None,
    organisation_kind: str = "",
    role_kind: str = "",
    sort: str = "name",
    cursor: str | None = None,
) -> Page[PersonLine]:
    """Give a page of people: by name, or with sort "changed" the last changed first."""
    actor.demand_address_book()
    day = today()
    statement = _LISTED.where(*contains_words(Person.search_key, text))
    if region_id is not None:
        statement = statement.where(person_in_regions([region_id], day))
    held: list[ColumnElement[bool]] = []
    if municipality_id is not None:
        statement = statement.where(_in_municipality(municipality_id, day))
    if organisation_kind:
        held.append(Organisation.kind == organisation_kind)
    if role_kind:
        held.append(Role.kind == role_kind)
    if held:
        through = select(Role.person_id).join(Organisation).where(held_on(day), *held)
        statement = statement.where(Person.id.in_(through))
    keys = [Key(Person.sort_key), Key(Person.id)]
    if sort == "changed":
        keys = [Key(Person.updated_at, descending=True), Key(Person.id, descending=True)]
    page = paginate(statement, keys, cursor)
    return Page(person_lines(page.items), page.before, page.after)


def person_lines(people: Sequence[Person | Row[Any]]) -> list[PersonLine]:
    """Give these people with their present functions and addresses, in two questions."""
    ids = [person.id for person in people]
    functions: dict[int, list[FunctionLine]] = {}
    for person_id, kind, title, organisation_id, name in db.session.execute(
        _FUNCTIONS, {"ids": ids, "day": today()}
    ):
        line = FunctionLine(kind, title, organisation_id, name)
        functions.setdefault(person_id, []).append(line)
    emails = addresses_of(ids)
    return [
        PersonLine(
            one.id,
            " ".join(filter(None, (one.given_name, one.prefix, one.family_name))),
            one.phone,
            one.updated_at,
            functions.get(one.id, []),
            emails[one.id],
        )
        for one in people
    ]


def roles_of(person_ids: Collection[int], on: date) -> dict[int, list[Role]]:
    """Give the functions that these people hold on a day, with their organisations."""
    statement = (
        select(Role)
        .join(Role.organisation)
        .options(contains_eager(Role.organisation))
        .where(Role.person_id.in_(person_ids), held_on(on))
        .order_by(Role.is_contact.desc(), Organisation.search_key, Role.id)
    )
    found: dict[int, list[Role]] = {}
    for role in db.session.scalars(statement):
        found.setdefault(role.person_id, []).append(role)
    return found


def _in_municipality(municipality_id: int, day: date) -> ColumnElement[bool]:
    through = (
        select(Role.person_id)
        .join(Organisation)
        .where(held_on(day), Organisation.municipality_id == municipality_id)
    )
    return or_(Person.municipality_id == municipality_id, Person.id.in_(through))


def organisations_page(
    actor: Actor,
    text: str = "",
    *,
    region_id: int | None = None,
    municipality_id: int | None = None,
    kind: str = "",
    with_ended: bool = False,
    sort: str = "name",
    cursor: str | None = None,
) -> Page[Row[Any]]:
    """Give a page of organisations by name, by place ("place") or the last changed ("changed").

    A row has `id, name, kind, ended_on, updated_at` and the name of its municipality as `place`.
    """
    actor.demand_address_book()
    statement = _ORGANISATIONS.where(*contains_words(Organisation.search_key, text))
    if region_id is not None:
        statement = statement.where(organisation_in_regions([region_id]))
    if municipality_id is not None:
        statement = statement.where(Organisation.municipality_id == municipality_id)
    if kind:
        statement = statement.where(Organisation.kind == kind)
    if not with_ended:
        statement = statement.where(
            or_(Organisation.ended_on.is_(None), Organisation.ended_on > today())
        )
    keys = [Key(Organisation.search_key), Key(Organisation.id)]
    if sort == "place":
        keys = [Key(_PLACE), *keys]
    elif sort == "changed":
        keys = [Key(Organisation.updated_at, descending=True), Key(Organisation.id, True)]
    return paginate(statement, keys, cursor)
