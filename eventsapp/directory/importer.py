"""Compares a list with the address book, and carries out what was decided, all at once.

`contacts/address_import.py` calls it for a dry run and for the real one: both make the same plan,
the dry run keeps nothing. Never touches who opted out, and never commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import selectinload

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.directory import rules
from eventsapp.directory.book import Book, Card, Held, Towns
from eventsapp.directory.columns import Column
from eventsapp.directory.lines import Line, read_line
from eventsapp.directory.matching import Outcome, refused, take_line
from eventsapp.directory.models import (
    Municipality,
    Organisation,
    Person,
    PersonAddress,
    RegionScheme,
    Role,
)
from eventsapp.directory.people import refresh_keys
from eventsapp.directory.places import (
    working_regions_of_municipalities,
    working_regions_of_organisations,
)
from eventsapp.directory.tables import Row

STEP = 200  # lines between two words about progress
_PERSON = (
    *("given_name", "prefix", "family_name", "salutation", "language", "phone"),
    *("municipality_id", "note", "external_id"),
)
_ORGANISATION = (
    *("name", "kind", "municipality_id", "aliases", "email", "phone", "website"),
    *("external_id", "ended_on"),
)
Tell = Callable[[int, int], None]
Read = tuple[int, Line | Outcome]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """What was written: the new people with their addresses, and how many of the rest."""

    people: dict[int, list[str]]
    organisations: int
    changed: int
    roles: int


def lock_book() -> None:
    """Let two imports come one after the other, so that they can't both add the same person."""
    db.session.execute(select(RegionScheme.id).with_for_update())


def load_book(on: date) -> Book:
    """Read the address book into memory, as it is on this day."""
    book = Book(on)
    book.regions_of_town = working_regions_of_municipalities()
    book.regions_of_organisation = working_regions_of_organisations()
    _load_organisations(book)
    _load_people(book)
    rows = db.session.execute(
        select(
            Role.person_id,
            Role.organisation_id,
            Role.kind,
            Role.valid_from,
            Role.valid_until,
            Role.title,
            Role.is_contact,
            Role.id,
        )
    )
    for row in rows:
        if row.person_id in book.people:
            book.put_role(Held(*row))
    return book


def _load_organisations(book: Book) -> None:
    columns = [getattr(Organisation, name) for name in _ORGANISATION]
    for row in db.session.execute(select(Organisation.id, *columns).order_by(Organisation.id)):
        book.put_organisation(Card(row[0], dict(zip(_ORGANISATION, row[1:], strict=True))))


def _load_people(book: Book) -> None:
    emails: dict[int, list[str]] = {}
    addresses = select(PersonAddress.person_id, PersonAddress.email)
    order = (PersonAddress.person_id, PersonAddress.position, PersonAddress.id)
    for person_id, email in db.session.execute(addresses.order_by(*order)):
        emails.setdefault(person_id, []).append(email.lower())
    columns = [getattr(Person, name) for name in _PERSON]
    statement = (
        select(Person.id, *columns)
        .where(
            Person.erased_at.is_(None),
            or_(Person.external_id.is_(None), Person.external_id.not_like("mailbox:%")),
        )
        .order_by(Person.id)
    )
    for row in db.session.execute(statement):
        fields = dict(zip(_PERSON, row[1:], strict=True))
        book.put_person(Card(row[0], fields, emails.get(row[0], [])))


def load_towns() -> Towns:
    """Read the names of the municipalities into memory."""
    statement = select(Municipality.id, Municipality.name, Municipality.aliases)
    return Towns((key, name, aliases) for key, name, aliases in db.session.execute(statement))


def read_lines(
    rows: Sequence[Row], columns: Sequence[Column | None], towns: Towns, tell: Tell | None = None
) -> list[Read]:
    """Judge every line by itself: the slow part, that needs no address book and no lock."""
    places = [(index, column) for index, column in enumerate(columns) if column is not None]
    read: list[Read] = []
    for done, row in enumerate(rows):
        if tell is not None and done % STEP == 0:
            tell(done, len(rows))
        width = len(row.cells)
        cells = {column: row.cells[index] for index, column in places if index < width}
        read.append((row.number, _read(cells, row.fault, towns)))
    return read


def _read(cells: dict[Column, str], fault: str, towns: Towns) -> Line | Outcome:
    try:
        if fault:
            raise InputError(fault)
        return read_line(cells, towns.named)
    except InputError as refusal:
        who = cells.get(Column.NAME) or cells.get(Column.FAMILY_NAME) or ""
        return refused(0, who or cells.get(Column.ORGANISATION, ""), refusal)


def plan(book: Book, actor: Actor, lines: Sequence[Read]) -> list[Outcome]:
    """Decide about every line; the book in memory is changed along, the database is not."""
    outcomes = []
    for number, line in lines:
        if isinstance(line, Outcome):
            line.number = number
            outcomes.append(line)
        else:
            outcomes.append(take_line(book, actor, number, line))
    return outcomes


def keep(book: Book) -> Kept:
    """Write what a plan changed in the book; people and organisations first, then functions."""
    ids: dict[int, int] = {}
    new_organisations = [card for card in book.organisations.values() if card.is_new]
    new_people = [card for card in book.people.values() if card.is_new]
    changed = _change_organisations(book) + _change_people(book)
    _add_organisations(book, new_organisations, ids)
    _add_people(new_people, ids)
    roles = [role for role in book.roles if role.id is None]
    _add_roles(roles, ids)
    _end_roles([role for role in book.roles if role.is_changed and role.id is not None])
    return Kept(
        {ids[card.key]: card.emails for card in new_people},
        len(new_organisations),
        changed,
        len(roles),
    )


def _add_organisations(book: Book, cards: list[Card], ids: dict[int, int]) -> None:
    towns = _towns({card.fields.get("municipality_id") for card in cards})
    rows = []
    for card in cards:
        fields = {name: card.fields.get(name) for name in _ORGANISATION if card.fields.get(name)}
        town = towns.get(card.fields.get("municipality_id") or 0)
        rows.append(Organisation(**fields, search_key=_organisation_key(card, town)))
    db.session.add_all(rows)
    db.session.flush()  # functions need the numbers
    ids.update((card.key, row.id) for card, row in zip(cards, rows, strict=True))


def _add_people(cards: list[Card], ids: dict[int, int]) -> None:
    rows = []
    for card in cards:
        fields = {name: card.fields[name] for name in _PERSON if card.fields.get(name)}
        names = (card.text("given_name"), card.text("prefix"), card.text("family_name"))
        language = fields.setdefault("language", "nl")
        fields.setdefault("salutation", rules.proposed_salutation(*names, language=language))
        rows.append(
            Person(
                **fields,
                sort_key=rules.sort_key(*names),
                search_key=rules.search_key(card.name(), *card.emails),
            )
        )
    db.session.add_all(rows)
    db.session.flush()  # addresses and functions need the numbers
    ids.update((card.key, row.id) for card, row in zip(cards, rows, strict=True))
    addresses = [
        {"person_id": ids[card.key], "email": email, "position": position, "via": ""}
        for card in cards
        for position, email in enumerate(card.emails)
    ]
    if addresses:
        db.session.execute(insert(PersonAddress), addresses)


def _change_organisations(book: Book) -> int:
    changed = {
        card.key: card for card in book.organisations.values() if card.changed and not card.is_new
    }
    towns = _towns({card.fields.get("municipality_id") for card in changed.values()})
    for keys in _in_parts(sorted(changed)):
        for row in db.session.scalars(select(Organisation).where(Organisation.id.in_(keys))):
            card = changed[row.id]
            for name in card.changed:
                setattr(row, name, card.fields[name])
            row.search_key = _organisation_key(card, towns.get(row.municipality_id or 0))
    return len(changed)


def _change_people(book: Book) -> int:
    changed = {card.key: card for card in book.people.values() if card.changed and not card.is_new}
    for keys in _in_parts(sorted(changed)):
        statement = (
            select(Person).where(Person.id.in_(keys)).options(selectinload(Person.addresses))
        )
        for row in db.session.scalars(statement):
            _change_person(row, changed[row.id])
    return len(changed)


def _change_person(row: Person, card: Card) -> None:
    for name in card.changed - {"emails"}:
        setattr(row, name, card.fields[name])
    if "emails" in card.changed:
        known = {address.email.lower(): address for address in row.addresses}
        for position, email in enumerate(card.emails):
            address = known.get(email) or PersonAddress(email=email)
            address.position = position
            if email not in known:
                row.addresses.append(address)
    row.updated_at = now()
    refresh_keys(row)


def _add_roles(roles: list[Held], ids: dict[int, int]) -> None:
    rows = [
        {
            "person_id": ids.get(role.person, role.person),
            "organisation_id": ids.get(role.organisation, role.organisation),
            "kind": str(role.kind),
            "title": role.title,
            "is_contact": role.is_contact,
            "valid_from": role.valid_from,
            "valid_until": role.valid_until,
        }
        for role in roles
    ]
    if rows:
        db.session.execute(insert(Role), rows)


def _end_roles(roles: list[Held]) -> None:
    for role in roles:
        db.session.execute(
            update(Role).where(Role.id == role.id).values(valid_until=role.valid_until)
        )


def _organisation_key(card: Card, town: tuple[str, str] | None) -> str:
    return rules.search_key(card.name(), card.text("aliases"), *(town or ()))


def _towns(keys: set[Any]) -> dict[int, tuple[str, str]]:
    wanted = [key for key in keys if key is not None]
    if not wanted:
        return {}
    statement = select(Municipality.id, Municipality.name, Municipality.aliases)
    rows = db.session.execute(statement.where(Municipality.id.in_(wanted)))
    return {key: (name, aliases) for key, name, aliases in rows}


def _in_parts(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
