"""Recognises whom a line of a list is about in the address book in memory. Pure.

`matching.py` asks it. When in doubt a line is refused with what to add, never guessed.
"""

from __future__ import annotations

from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import fold
from eventsapp.directory.book import Book, Card
from eventsapp.directory.lines import Line


def known_organisation(book: Book, line: Line) -> Card | None:
    """Find which organisation a line is about, None when it is a new one.

    By the outside number, else by name and municipality. InputError when that leaves several.
    """
    number = line.organisation.get("external_id")
    found = book.organisations_named(line.organisation_name)
    if number and (card := book.by_number("organisation", number)):
        if found and card not in found:
            raise InputError(
                N_("“%(name)s” is known already under another number."),
                name=line.organisation_name,
            )
        return card
    town = line.organisation.get("municipality_id")
    if town is not None:
        here = [card for card in found if card.fields.get("municipality_id") == town]
        found = here or [card for card in found if card.fields.get("municipality_id") is None]
    living = [card for card in found if not card.fields.get("ended_on")]
    if number and living:
        living = [card for card in living if not card.text("external_id")]
        if not living:
            raise InputError(
                N_("“%(name)s” is known already under another number."),
                name=line.organisation_name,
            )
    if len(living) > 1:
        raise InputError(
            N_("Several organisations are called “%(name)s”. Add the municipality."),
            name=line.organisation_name,
        )
    return living[0] if living else (found[0] if found else None)


def known_person(book: Book, line: Line, organisation: Card | None) -> Card | None:
    """Find who a line is about, None when it is somebody new.

    By the outside number, else by address and name, else by the name only.
    InputError when number, address and name contradict each other.
    """
    number = line.person.get("external_id")
    by_number = book.by_number("person", number) if number else None
    found = [card for email in line.emails if (card := book.with_address(email, line.name))]
    by_address = next((card for card in found if card is by_number), found[0] if found else None)
    is_other = by_address is not None and by_address is not by_number
    if number and by_address and is_other and (by_number or by_address.text("external_id")):
        raise InputError(N_("“%(name)s” is known already under another number."), name=line.name)
    if by_number is not None:
        other = by_number.said.get("family_name")
        if other is not None and fold(by_number.name()) != fold(line.name):
            raise InputError(
                N_("Line %(line)s has this number with another name."), line=str(other)
            )
        return by_number
    if line.emails:
        return by_address
    return _known_by_name(book, line, organisation)


def _known_by_name(book: Book, line: Line, organisation: Card | None) -> Card | None:
    """Recognise somebody without address: at the same organisation, else as the only one."""
    number = line.person.get("external_id")
    named = [card for card in book.named(line.name) if not (number and card.text("external_id"))]
    if organisation is not None:
        there = [
            (all(role.kind != line.role_kind for role in held), bool(card.emails), place, card)
            for place, card in enumerate(named)
            if (held := book.roles_between(card.key, organisation.key))
        ]
        # Of two people of one name the one who holds this very function.
        return min(there, key=lambda each: each[:3])[3] if there else None
    if without := [card for card in named if not card.emails]:
        return without[0]
    if len(named) > 1:
        raise InputError(
            N_("Several people are called “%(name)s”. Add an address or a number."),
            name=line.name,
        )
    return named[0] if named else None
