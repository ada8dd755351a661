"""Decides which lines of a list become readers, and makes those readers.

`subscriber_import.py` calls `plan` for the trial and for the real thing alike, and `keep` for the
real thing only. An opt-out holds for the person and for the address, also under another name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import insert, or_, select

from eventsapp.contacts.consent import OPTED_OUT
from eventsapp.contacts.models import (
    Consent,
    Subscription,
    subscription_region,
    subscription_theme,
)
from eventsapp.contacts.subscriber_lines import Line
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.core.numbering import next_numbers
from eventsapp.core.text import fold
from eventsapp.directory.matching import Doing, Outcome, Remark
from eventsapp.directory.models import Person, PersonAddress
from eventsapp.directory.rules import MAILBOX, proposed_salutation, search_key, sort_key
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose

HOW = "import"
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has an address: under which number and name, and whether they read."""

    person_id: int
    address_id: int
    name: str
    has_home: bool
    subscription: str  # "reads", "left" or ""


@dataclass(slots=True)
class Book:
    """Who has each address of a list, and which of them get no newsletter."""

    holders: dict[str, list[Holder]] = field(default_factory=dict)
    withheld: Mapping[int | str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """A line that makes a reader: of somebody known, or of somebody new."""

    line: Line
    holder: Holder | None


def load_book(newsletter_id: int, emails: Collection[str]) -> Book:
    """Read who has these addresses, and who of them is kept from the newsletter."""
    book = Book()
    wanted = sorted(emails)
    for start in range(0, len(wanted), _CHUNK):
        for email, holder in _holders(newsletter_id, wanted[start : start + _CHUNK]):
            book.holders.setdefault(email, []).append(holder)
    people = [one.person_id for some in book.holders.values() for one in some]
    book.withheld = suppression.withheld(people, wanted, Purpose.NEWSLETTER)
    return book


def _holders(newsletter_id: int, emails: list[str]) -> Iterable[tuple[str, Holder]]:
    statement = (
        select(
            PersonAddress.email,
            PersonAddress.id,
            Person.id.label("person_id"),
            Person.given_name,
            Person.prefix,
            Person.family_name,
            Person.municipality_id,
            Subscription.id.label("subscription_id"),
            Subscription.ended_at,
        )
        .join(Person, Person.id == PersonAddress.person_id)
        .outerjoin(
            Subscription,
            (Subscription.person_id == Person.id) & (Subscription.newsletter_id == newsletter_id),
        )
        .where(
            PersonAddress.email.in_(emails),
            Person.erased_at.is_(None),
            or_(Person.external_id.is_(None), Person.external_id.not_like(f"{MAILBOX}%")),
        )
        .order_by(Person.id)
    )
    for row in db.session.execute(statement):
        name = " ".join(filter(None, (row.given_name, row.prefix, row.family_name)))
        state = "" if row.subscription_id is None else "left" if row.ended_at else "reads"
        holder = Holder(row.person_id, row.id, name, row.municipality_id is not None, state)
        yield row.email, holder


def plan(
    book: Book, lines: Sequence[tuple[int, Line | Outcome]]
) -> tuple[list[Outcome], list[Taken]]:
    """Decide about every line; give what happens with each, and those that make a reader."""
    outcomes: list[Outcome] = []
    taken: list[Taken] = []
    seen: dict[str, int] = {}
    people: set[int] = set()
    erased = suppression.kept_out(
        {_identity(line) for _, line in lines if not isinstance(line, Outcome)}
    )
    for number, line in lines:
        if isinstance(line, Outcome):
            outcomes.append(line)
            continue
        who = line.name or line.email
        why = _why_not(book, line, seen) or _erased(line, erased)
        seen.setdefault(line.email, number)
        holder = None if why else _holder(book, line)
        if holder is not None and holder.person_id in people:
            why = Remark(N_("This person stands in the list already, with another address."))
        if why is not None:
            outcomes.append(Outcome(number, Doing.LEFT, who, [why]))
            continue
        remarks = list(line.remarks)
        if holder is not None:
            people.add(holder.person_id)
            remarks.insert(0, Remark(N_("Is in the address book already.")))
        taken.append(Taken(line, holder))
        outcomes.append(Outcome(number, Doing.ADDED, who, remarks))
    return outcomes, taken


def _why_not(book: Book, line: Line, seen: Mapping[str, int]) -> Remark | None:
    """Tell why a line makes no reader, None when it does."""
    if line.email in seen:
        sentence = N_("This address stands in line %(line)s already.")
        return Remark(sentence, {"line": str(seen[line.email])})
    holders = book.holders.get(line.email, [])
    if any(one.subscription == "reads" for one in holders):
        return Remark(N_("Reads it already; the own choices stay as they are."))
    keys: list[int | str] = [line.email, *(one.person_id for one in holders)]
    reasons = [book.withheld.get(key) for key in keys]
    has_left = any(one.subscription == "left" for one in holders)
    if has_left or OPTED_OUT in reasons:
        return Remark(N_("Has unsubscribed before, and stays so."))
    if any(reasons):
        return Remark(N_("Mail to this address does not arrive."))
    return None


def _erased(line: Line, erased: Collection[str]) -> Remark | None:
    """Tell of who was erased by own wish, and has an address that others use as well."""
    if _identity(line) in erased:
        return Remark(N_("Was erased by own wish, and is not read in again."))
    return None


def _identity(line: Line) -> str:
    return suppression.identity_of(line.email, line.name)


def _holder(book: Book, line: Line) -> Holder | None:
    """Find who a line is about: of this name, or without a name the only one at the address."""
    holders = book.holders.get(line.email, [])
    named = [one for one in holders if fold(one.name) == fold(line.name or line.email)]
    if named:
        return named[0]
    alone = not line.name and len(holders) == 1
    return holders[0] if alone else None


def keep(actor: Actor, taken: Sequence[Taken], about: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Make readers of these lines, each with the line in the log of consent that proves it.

    Gives for each, for who takes the list back: the number of the subscription and of the person,
    whether the list brought that person, and the municipality it gave to somebody known.
    """
    ids = _people(taken)
    moment = now()
    made = _numbered(
        Subscription,
        [
            {
                "newsletter_id": about["newsletter_id"],
                "person_id": person_id,
                "address_id": address_id,
                "reader_kind": one.line.kind,
                "how": HOW,
                "started_at": _began(one.line) or moment,
            }
            for one, (person_id, address_id) in zip(taken, ids, strict=True)
        ],
    )
    _insert(
        subscription_region,
        [
            {"subscription_id": number, "region_id": region}
            for number, one in zip(made, taken, strict=True)
            for region in one.line.region_ids
        ],
    )
    _insert(
        subscription_theme,
        [
            {"subscription_id": number, "theme_id": theme}
            for number, one in zip(made, taken, strict=True)
            for theme in one.line.theme_ids
        ],
    )
    _insert(
        Consent,
        [
            {
                "person_id": person_id,
                "purpose": Purpose.NEWSLETTER.value,
                "is_given": True,
                "at": moment,
                "how": HOW,
                "words": str(about.get("words", "")),
                "by_person_id": actor.person_id,
                "proof": proof_of(one.line, str(about["proof"])),
                "newsletter_id": about["newsletter_id"],
            }
            for one, (person_id, _) in zip(taken, ids, strict=True)
        ],
    )
    return [
        (number, person_id, one.holder is None, _home_given(one))
        for number, one, (person_id, _) in zip(made, taken, ids, strict=True)
    ]


def proof_of(line: Line, of_list: str) -> str:
    """Write what proves that somebody agreed: the day, the own proof, that of the whole list."""
    day = line.agreed_on.isoformat() if line.agreed_on else ""
    return " · ".join(filter(None, (day, line.proof, of_list)))[:2000]


def _people(taken: Sequence[Taken]) -> list[tuple[int, int]]:
    """Give number of person and address for each line; who is new is added to the book."""
    with speaking("nl"):
        to_nobody = {"nl": translate(N_("Dear reader"))}
    with speaking("en"):
        to_nobody["en"] = translate(N_("Dear reader"))
    _settle_homes(taken)
    new = [one.line for one in taken if one.holder is None]
    people = _numbered(Person, [_person(line, to_nobody) for line in new])
    addresses = _numbered(
        PersonAddress,
        [
            {"person_id": number, "email": line.email}
            for number, line in zip(people, new, strict=True)
        ],
    )
    made = iter(zip(people, addresses, strict=True))
    return [
        (one.holder.person_id, one.holder.address_id) if one.holder is not None else next(made)
        for one in taken
    ]


def _settle_homes(taken: Sequence[Taken]) -> None:
    """Give who is in the book without a municipality the one of the list."""
    homes = {
        one.holder.person_id: home
        for one in taken
        if one.holder is not None and (home := _home_given(one))
    }
    for start in range(0, len(homes), _CHUNK):
        some = list(homes)[start : start + _CHUNK]
        for person in db.session.scalars(select(Person).where(Person.id.in_(some))):
            person.municipality_id = homes[person.id]


def _home_given(one: Taken) -> int | None:
    is_without = one.holder is not None and not one.holder.has_home
    return one.line.municipality_id if is_without else None


def _person(line: Line, to_nobody: Mapping[str, str]) -> dict[str, Any]:
    # Who gave no name stands in lists by the address, as who subscribes without one.
    family = line.family_name if line.name else line.email[:120]
    names = (line.given_name, line.prefix, family)
    greeting = proposed_salutation(*names, language=line.language)
    return {
        "given_name": line.given_name,
        "prefix": line.prefix,
        "family_name": family,
        "sort_key": sort_key(*names),
        "search_key": search_key(*names, line.email),
        "salutation": greeting if line.name else to_nobody[line.language],
        "language": line.language,
        "municipality_id": line.municipality_id,
    }


def _began(line: Line) -> datetime | None:
    return datetime.combine(line.agreed_on, time(12), UTC) if line.agreed_on else None


def _numbered(model: type[Any], rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows and give their numbers in the same order; far faster than object by object."""
    found = next_numbers(model, len(rows))
    _insert(model, [{"id": number, **row} for number, row in zip(found, rows, strict=True)])
    return found


def _insert(table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(table), rows)
