"""Finds people by words within their names and addresses, by the index of three letters.

`contains_words` of `queries.py` reads each key in turn, which is right for a few hundred. Here is
asked who is meant of a hundred thousand.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, literal_column, select

from eventsapp.core.db import db, is_sqlite
from eventsapp.directory.models import Person
from eventsapp.directory.queries import contains_words
from eventsapp.directory.rules import begins_a_word, words_of
from eventsapp.directory.search_tables import person_gram

GRAM = 3


def has_words(text: str) -> list[ColumnElement[bool]]:
    """Conditions on Person: name or address hold each word, as `contains_words` means it."""
    if is_sqlite():
        return contains_words(Person.search_key, text)
    # Written as the index has it, or PostgreSQL does not see that it is meant.
    key = literal_column("' '").concat(Person.search_key)
    return [key.like(f"%{piece}%") for piece in _pieces(text)]


def people_with(text: str) -> Select[int] | None:
    """Select the numbers of those who may hold all these words, nobody else who does left out.

    None where the words are too short to be looked up.
    """
    if not (looked_up := grams(text)):
        return None
    if db.engine.dialect.name != "sqlite":
        return select(Person.id).where(*has_words(text))
    wanted = " ".join(f'"{gram}"' for gram in looked_up)
    return select(person_gram.c.rowid).where(person_gram.c.person_gram.op("MATCH")(wanted))


def grams(text: str) -> list[str]:
    """Give the threes of letters that a key must have to hold what was typed."""
    found = (
        piece[start : start + GRAM]
        for piece in _pieces(text)
        for start in range(len(piece) - GRAM + 1)
    )
    return list(dict.fromkeys(found))


def _pieces(text: str) -> list[str]:
    return [f" {word}" if begins_a_word(word) else word for word in words_of(text)]
