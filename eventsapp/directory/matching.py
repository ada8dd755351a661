"""Decides line by line what a list would add, change or leave in the address book. Pure.

Works on the address book in memory; a plan and its execution are the same decision. A line is
taken whole or not at all. Empty cells never wipe anything, a field that two lines of one list fill
differently keeps the first, and a function that ended is not begun again: so the same list twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eventsapp.core.actor import Actor
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_, Labelled
from eventsapp.core.text import fold
from eventsapp.directory.book import Book, Card, Held
from eventsapp.directory.columns import Column
from eventsapp.directory.identity import known_organisation, known_person
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.lines import Line
from eventsapp.directory.rules import proposed_salutation

_NAMES = ("given_name", "prefix", "family_name")


class Doing(Labelled):
    """What happens with a line of a list."""

    ADDED = "added", N_("Is added")
    CHANGED = "changed", N_("Is changed")
    LEFT = "left", N_("Stays as it is")
    FAULT = "fault", N_("Can't be read")


@dataclass(slots=True)
class Remark:
    """A sentence for the reader; `terms` are values that are to be translated as well."""

    sentence: str
    values: dict[str, str] = field(default_factory=dict)
    terms: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What one line does; `number` is the line as Excel shows it."""

    number: int
    doing: Doing
    who: str
    remarks: list[Remark] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """What a line wants, before it is known whether the actor may."""

    number: int
    remarks: list[Remark] = field(default_factory=list)
    regions: list[set[int] | frozenset[int]] = field(default_factory=list)
    new: list[tuple[str, Card]] = field(default_factory=list)
    sets: list[tuple[Card, str, Any]] = field(default_factory=list)
    emails: list[tuple[Card, str]] = field(default_factory=list)
    roles: list[Held] = field(default_factory=list)
    ends: list[tuple[Held, Any]] = field(default_factory=list)

    def say(self, sentence: str, /, **values: str) -> None:
        self.remarks.append(Remark(sentence, values))

    @property
    def changes(self) -> bool:
        return bool(self.sets or self.emails or self.roles or self.ends)


def take_line(book: Book, actor: Actor, number: int, line: Line) -> Outcome:
    """Decide about one line and carry it out in the address book in memory."""
    plan = _Plan(number)
    try:
        organisation = _organisation(book, plan, line) if line.organisation_name else None
        person = _person(book, plan, line, organisation) if line.has_person else None
        if person is not None and organisation is not None:
            _role(book, plan, line, person, organisation)
    except InputError as fault:
        return refused(number, line.who, fault)
    if not all(actor.may_write(regions) for regions in plan.regions):
        remark = Remark(N_("This belongs to another region, so it stays as it is."))
        return Outcome(number, Doing.LEFT, line.who, [remark])
    _carry_out(book, plan)
    for town in line.unknown_towns:
        plan.say(N_("The municipality “%(name)s” is not known and is left out."), name=town)
    if plan.new:
        return Outcome(number, Doing.ADDED, line.who, plan.remarks)
    doing = Doing.CHANGED if plan.changes else Doing.LEFT
    return Outcome(number, doing, line.who, plan.remarks)


def refused(number: int, who: str, fault: InputError) -> Outcome:
    """Tell that a line can't be taken, and why."""
    values = {key: str(value) for key, value in fault.values.items()}
    return Outcome(number, Doing.FAULT, who[:120], [Remark(fault.message, values)])


def _organisation(book: Book, plan: _Plan, line: Line) -> Card:
    card = known_organisation(book, line)
    if card is None:
        facts = dict(line.organisation)
        facts.setdefault("kind", line.guessed_kind)
        card = Card(book.next_key(), {"name": line.organisation_name, **facts})
        plan.new.append(("organisation", card))
        town = facts.get("municipality_id")
        plan.regions.append(book.regions_of_town.get(town, set()) if town else set())
        plan.say(N_("New organisation: %(name)s"), name=card.name())
        card.said = dict.fromkeys(card.fields, plan.number)
        return card
    wanted = dict(line.organisation)
    if card not in book.organisations_named(line.organisation_name):
        wanted["name"] = line.organisation_name
    else:
        card.said.setdefault("name", plan.number)
    if _compare(plan, card, wanted):
        plan.regions.append(book.regions_of_organisation.get(card.key, set()))
        if any(name == "municipality_id" for _, name, _ in plan.sets):
            plan.regions.append(
                book.regions_of_town.get(line.organisation["municipality_id"], set())
            )
    return card


def _person(book: Book, plan: _Plan, line: Line, organisation: Card | None) -> Card:
    card = known_person(book, line, organisation)
    if card is None:
        card = Card(book.next_key(), dict(line.person), list(line.emails))
        plan.new.append(("person", card))
        town = line.person.get("municipality_id")
        if town is not None:
            plan.regions.append(book.regions_of_town.get(town, set()))
        card.said = dict.fromkeys((*card.fields, *_NAMES), plan.number)
        plan.say(N_("New person"))
        if any(email in book.opted_out for email in line.emails):
            plan.say(N_("Somebody with this address wants no mail; that stays so."))
        return card
    if not (line.emails or line.person.get("external_id")):
        _leave_alone(plan, card, line)
        return card
    before = len(plan.sets)
    _compare_person(plan, card, line)
    for email in line.emails:
        if email not in card.emails:
            plan.emails.append((card, email))
            plan.say(N_("New address: %(email)s"), email=email)
    if len(plan.sets) > before or plan.emails:
        plan.regions.append(book.regions_of_person(card.key))
    return card


def _leave_alone(plan: _Plan, card: Card, line: Line) -> None:
    """Change nothing of somebody who was recognised by the name only, and say so."""
    same = [name for name, value in line.person.items() if card.fields.get(name) == value]
    card.said = {**dict.fromkeys((*same, *_NAMES), plan.number), **card.said}
    if len(same) < len(line.person):
        plan.say(N_("Recognised by the name only, so nothing is changed. Add an address."))


def _compare_person(plan: _Plan, card: Card, line: Line) -> None:
    wanted = {name: value for name, value in line.person.items() if name != "note"}
    if fold(line.name) == fold(card.name()):
        # The same name in capitals is no other name.
        wanted = {name: value for name, value in wanted.items() if name not in _NAMES}
        card.said = {**dict.fromkeys(_NAMES, plan.number), **card.said}
    elif "family_name" in wanted:
        wanted.setdefault("prefix", "")
    _compare(plan, card, wanted)
    _compare_note(plan, card, line.person.get("note", ""))
    _keep_greeting(plan, card, line)


def _compare(plan: _Plan, card: Card, wanted: Mapping[str, Any]) -> bool:
    """Note which fields would change; tell whether any does."""
    changes = False
    for name, value in wanted.items():
        if (card.fields.get(name) or "") == value:
            card.said.setdefault(name, plan.number)
        elif name in card.said and card.said[name] != plan.number:
            plan.remarks.append(
                Remark(
                    N_("%(field)s: line %(line)s says something else; that one is kept."),
                    {"line": str(card.said[name])},
                    {"field": label_of(name)},
                )
            )
        else:
            changes = True
            plan.sets.append((card, name, value))
            plan.remarks.append(_change(card, name, value))
    return changes


def _change(card: Card, name: str, value: Any) -> Remark:
    if name == "municipality_id":
        return Remark(N_("%(field)s is filled in"), {}, {"field": label_of(name)})
    if name == "kind":
        kinds = {"new": OrganisationKind(value).label}
        return Remark(N_("%(field)s becomes %(new)s"), {}, {"field": label_of(name), **kinds})
    old = card.text(name)[:80]
    values = {"new": str(value)[:80]}
    if not old:
        return Remark(N_("%(field)s becomes %(new)s"), values, {"field": label_of(name)})
    sentence = N_("%(field)s: %(old)s becomes %(new)s")
    return Remark(sentence, {"old": old, **values}, {"field": label_of(name)})


def _compare_note(plan: _Plan, card: Card, note: str) -> None:
    """Add a remark to those that stand there, once; what an advisor wrote is never replaced."""
    if not note or note in card.text("note"):
        return
    joined = "\n\n".join(part for part in (card.text("note"), note) if part)
    plan.sets.append((card, "note", joined))
    plan.say(N_("The remark is added"))


def _keep_greeting(plan: _Plan, card: Card, line: Line) -> None:
    """Let a greeting that we proposed ourselves follow a change of name."""
    new = {name: value for each, name, value in plan.sets if each is card}
    if "salutation" in line.person or not new.keys() & set(_NAMES):
        return
    if card.text("salutation") == _greeting(card, {}):
        plan.sets.append((card, "salutation", _greeting(card, new)))


def _greeting(card: Card, new: Mapping[str, Any]) -> str:
    given, prefix, family, language = (
        str(new.get(name, card.text(name))) for name in (*_NAMES, "language")
    )
    return proposed_salutation(given, prefix, family, language or "nl")


def _role(book: Book, plan: _Plan, line: Line, person: Card, organisation: Card) -> None:
    between = book.roles_between(person.key, organisation.key)
    kind = line.role_kind or _usual_role(organisation)
    same = [role for role in between if role.kind == kind] if line.role_kind else between
    going_on = [role for role in same if role.valid_until is None or role.valid_until > book.on]
    regions = book.regions_of_organisation.get(organisation.key, set())
    if going_on:
        role = going_on[0]
        if line.valid_until and role.valid_until is None and line.valid_until >= role.valid_from:
            plan.ends.append((role, line.valid_until))
            plan.regions.append(regions)
            plan.say(N_("The function ends on %(day)s"), day=line.valid_until.isoformat())
        return
    ended = max((role.valid_until for role in same if role.valid_until), default=None)
    if ended and not (line.valid_from and line.valid_from >= ended):
        plan.say(N_("This function ended on %(day)s and stays so."), day=ended.isoformat())
        return
    if organisation.fields.get("ended_on"):
        raise InputError(N_("The organisation “%(name)s” has ended."), name=organisation.name())
    begins = line.valid_from or min(book.on, line.valid_until or book.on)
    if line.valid_until and line.valid_until < begins:
        raise InputError(N_("The last day is before the first day."))
    wants = line.is_contact or kind is RoleKind.CONTACT
    role = Held(
        person=person.key,
        organisation=organisation.key,
        kind=kind,
        valid_from=begins,
        valid_until=line.valid_until,
        title=line.role_title,
        is_contact=wants and not book.has_contact(organisation.key),
    )
    plan.roles.append(role)
    if not organisation.is_new:
        plan.regions.append(regions)
    plan.remarks.append(
        Remark(
            N_("New function: %(kind)s at %(organisation)s"),
            {"organisation": organisation.name()},
            {"kind": kind.label},
        )
    )


def _usual_role(organisation: Card) -> RoleKind:
    kind = organisation.fields.get("kind")
    if kind == OrganisationKind.MUNICIPALITY:
        return RoleKind.OFFICIAL
    return RoleKind.MEMBER if "council" in str(kind) else RoleKind.OTHER


def _carry_out(book: Book, plan: _Plan) -> None:
    for sort, card in plan.new:
        if sort == "person":
            book.put_person(card)
        else:
            book.put_organisation(card)
            town = card.fields.get("municipality_id")
            book.regions_of_organisation[card.key] = book.regions_of_town.get(town or 0, set())
    for card, name, value in plan.sets:
        _set(book, card, name, value)
        card.said[name] = plan.number
    for card, email in plan.emails:
        # The address in a list is newer than the one we had, so it becomes the first.
        card.emails.insert(0, email)
        card.changed.add("emails")
        book.put_email(card, email)
    for role in plan.roles:
        book.put_role(role)
    for role, on in plan.ends:
        role.valid_until, role.is_changed = on, True


def _set(book: Book, card: Card, name: str, value: Any) -> None:
    card.fields[name] = value
    card.changed.add(name)
    if name == "external_id":
        book.put_number("organisation" if "name" in card.fields else "person", card)
    elif name in _NAMES:
        book.put_name(card)
    elif name == "name":
        book.put_organisation(card)


_FIELDS = {
    "name": Column.ORGANISATION.label,
    "municipality_id": Column.MUNICIPALITY.label,
    "kind": Column.ORGANISATION_KIND.label,
}


def label_of(name: str) -> str:
    """Give the msgid under which a field is named on the screen."""
    return _FIELDS.get(name) or (Column(name).label if name in set(Column) else name)
