"""Indexes of the letters within a search key, by which a word is found that stands inside another.

Each database keeps one by itself, of every three letters in a row: SQLite in a table of its own
that triggers follow, PostgreSQL by its extension pg_trgm. `models.py` hangs them on a table, the
migration makes them; nothing else writes there. `person_search.py` asks.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Table, column, event, table

# A space stands before the first word too, so that a beginning of a word reads alike everywhere.
_SQLITE = (
    "CREATE VIRTUAL TABLE person_gram USING fts5(search_key, content='', columnsize=0,"
    " detail=none, tokenize='trigram')",
    "CREATE TRIGGER person_gram_added AFTER INSERT ON person BEGIN"
    " INSERT INTO person_gram (rowid, search_key) VALUES (new.id, ' ' || new.search_key);"
    " END",
    "CREATE TRIGGER person_gram_changed AFTER UPDATE OF search_key ON person"
    " WHEN old.search_key <> new.search_key BEGIN"
    " INSERT INTO person_gram (person_gram, rowid, search_key)"
    " VALUES ('delete', old.id, ' ' || old.search_key);"
    " INSERT INTO person_gram (rowid, search_key) VALUES (new.id, ' ' || new.search_key);"
    " END",
    "CREATE TRIGGER person_gram_dropped AFTER DELETE ON person BEGIN"
    " INSERT INTO person_gram (person_gram, rowid, search_key)"
    " VALUES ('delete', old.id, ' ' || old.search_key);"
    " END",
)
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_person_search_gram ON person USING gin ((' ' || search_key) gin_trgm_ops)",
)

person_gram = table("person_gram", column("rowid"), column("person_gram"))


def keep_letters_of(people: Table) -> None:
    """Make the index along with the table of people, and drop it along with it."""
    for statement in _SQLITE:
        event.listen(people, "after_create", _when("sqlite", statement))
    for statement in _POSTGRESQL:
        event.listen(people, "after_create", _when("postgresql", statement))
    event.listen(people, "after_drop", _when("sqlite", "DROP TABLE IF EXISTS person_gram"))


def _when(dialect: str, statement: str) -> Any:
    make: Any = DDL  # its types are not told
    return make(statement).execute_if(dialect=dialect)
