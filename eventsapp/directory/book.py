"""The address book in memory, as the import compares it with a list line by line. Pure.

`importer.py` fills it in a handful of questions and writes back what a plan changed in it. Cards
that are not in the database yet have a negative key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from eventsapp.core.text import fold
from eventsapp.directory.rules import regions_of


@dataclass(slots=True)
class Card:
    """One person or organisation: its fields, and which of them this list has spoken about."""

    key: int
    fields: dict[str, Any]
    emails: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    said: dict[str, int] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Tell whether this list brought it."""
        return self.key < 0

    def text(self, name: str) -> str:
        """Give a field as text, "" when nothing is known."""
        value = self.fields.get(name)
        return "" if value is None else str(value)

    def name(self) -> str:
        """Give the name as people read it, of a person or an organisation."""
        if "name" in self.fields:
            return self.text("name")
        parts = (self.text(part) for part in ("given_name", "prefix", "family_name"))
        return " ".join(part for part in parts if part)


@dataclass(slots=True)
class Held:
    """A function of a person at an organisation."""

    person: int
    organisation: int
    kind: str
    valid_from: date
    valid_until: date | None = None
    title: str = ""
    is_contact: bool = False
    id: int | None = None
    is_changed: bool = False


class Book:
    """People, organisations and functions with the ways to find them."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.people: dict[int, Card] = {}
        self.organisations: dict[int, Card] = {}
        self.roles: list[Held] = []
        self.opted_out: frozenset[str] = frozenset()
        self.regions_of_town: dict[int, set[int]] = {}
        self.regions_of_organisation: dict[int, set[int]] = {}
        self._by_number: dict[tuple[str, str], Card] = {}
        self._by_email: dict[str, list[Card]] = {}
        self._by_name: dict[str, list[Card]] = {}
        self._organisations_by_name: dict[str, list[Card]] = {}
        self._held_by: dict[int, list[Held]] = {}
        self._held_at: dict[int, list[Held]] = {}
        self._last = 0

    def next_key(self) -> int:
        """Give the key of a card that is not in the database yet."""
        self._last -= 1
        return self._last

    def put_person(self, card: Card) -> None:
        """Put a person in, findable by number, address and name."""
        self.people[card.key] = card
        self.put_number("person", card)
        for email in card.emails:
            self.put_email(card, email)
        self.put_name(card)

    def put_number(self, sort: str, card: Card) -> None:
        """Make a card findable by its outside number."""
        if number := card.text("external_id"):
            self._by_number[sort, number] = card

    def put_email(self, card: Card, email: str) -> None:
        """Make a person findable by one more address."""
        self._by_email.setdefault(email.lower(), []).append(card)

    def put_name(self, card: Card) -> None:
        """Make a person findable by the present name."""
        self._by_name.setdefault(fold(card.name()), []).append(card)

    def put_organisation(self, card: Card) -> None:
        """Put an organisation in, findable by number, name and other names."""
        self.organisations[card.key] = card
        self.put_number("organisation", card)
        names = [card.name(), *card.text("aliases").split(",")]
        for name in {fold(name) for name in names} - {""}:
            self._organisations_by_name.setdefault(name, []).append(card)

    def put_role(self, role: Held) -> None:
        """Put a function in, findable from both its ends."""
        self.roles.append(role)
        self._held_by.setdefault(role.person, []).append(role)
        self._held_at.setdefault(role.organisation, []).append(role)

    def by_number(self, sort: str, number: str) -> Card | None:
        """Find a "person" or "organisation" by its number in another system."""
        return self._by_number.get((sort, number))

    def with_address(self, email: str, name: str) -> Card | None:
        """Find who has this address and this name."""
        wanted = fold(name)
        found = self._by_email.get(email.lower(), [])
        return next((card for card in found if fold(card.name()) == wanted), None)

    def named(self, name: str) -> list[Card]:
        """Give the people of this name, however it is capitalised."""
        return [card for card in self._by_name.get(fold(name), ()) if _is_called(card, name)]

    def organisations_named(self, name: str) -> list[Card]:
        """Give the organisations of this name or with it as another name."""
        return self._organisations_by_name.get(fold(name), [])

    def roles_between(self, person: int, organisation: int) -> list[Held]:
        """Give all functions of a person at an organisation, now and before."""
        return [role for role in self._held_by.get(person, ()) if role.organisation == organisation]

    def has_contact(self, organisation: int) -> bool:
        """Tell whether somebody is named as the contact of an organisation today."""
        return any(
            role.is_contact and self.is_current(role)
            for role in self._held_at.get(organisation, ())
        )

    def is_current(self, role: Held) -> bool:
        """Tell whether a function is held today."""
        return role.valid_from <= self.on and (
            role.valid_until is None or role.valid_until > self.on
        )

    def regions_of_person(self, key: int) -> frozenset[int]:
        """Give the working regions of a person, as rights compare them."""
        held = (role for role in self._held_by.get(key, ()) if self.is_current(role))
        home = self.people[key].fields.get("municipality_id")
        return regions_of(
            [self.regions_of_organisation.get(role.organisation, set()) for role in held],
            self.regions_of_town.get(home, set()) if home else (),
        )


class Towns:
    """The municipalities by each of their names; a name that two share means neither."""

    def __init__(self, towns: Iterable[tuple[int, str, str]]) -> None:
        found: dict[str, set[int]] = {}
        for key, name, aliases in towns:
            for each in (name, name.partition("(")[0], *aliases.split(",")):
                if folded := fold(each):
                    found.setdefault(folded, set()).add(key)
        self._known = {name: min(keys) for name, keys in found.items() if len(keys) == 1}

    def named(self, name: str) -> int | None:
        """Find a municipality by any of its names, with or without "gemeente" before it."""
        folded = fold(name)
        return self._known.get(folded) or self._known.get(folded.removeprefix("gemeente "))


def _is_called(card: Card, name: str) -> bool:
    # A card that got another name stays findable under the old one; it is not called so any more.
    return fold(card.name()) == fold(name)
