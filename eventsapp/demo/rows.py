"""Gathers the rows of the demo programme and inserts them with one statement a table.

The numbers are given here instead of asked back row by row: that makes loading some four times
faster. Used while the demo programme is loaded only, within one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Table, func, insert, select, text

from eventsapp.core.db import Model, db


class Rows:
    """Rows that wait to be saved, each with the number it is going to have."""

    def __init__(self) -> None:
        self._waiting: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self._last: dict[Table, int] = {}

    def add(self, model: type[Model], **row: Any) -> int:
        """Keep a row for its table and give the number that it gets."""
        table = model.__table__
        assert isinstance(table, Table)
        if table not in self._last:
            self._last[table] = db.session.scalar(select(func.max(table.c.id))) or 0
        self._last[table] += 1
        self._waiting[table].append({"id": self._last[table], **row})
        return self._last[table]

    def tie(self, table: Any, **row: Any) -> None:
        """Keep a row of a table that only ties others together."""
        self._waiting[getattr(table, "__table__", table)].append(row)

    def save(self) -> None:
        """Insert what was kept, what is pointed at before what points at it."""
        for table in Model.metadata.sorted_tables:
            if rows := self._waiting.pop(table, []):
                db.session.execute(insert(table), rows)
        if db.engine.dialect.name == "postgresql":
            for table in self._last:
                db.session.execute(_count_on(table))


def _count_on(table: Table) -> Any:
    """Let PostgreSQL number on from here: it does not see the numbers that we gave ourselves."""
    return text(
        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"
        f" (SELECT max(id) FROM {table.name}))"  # noqa: S608 - the name of one of our own tables
    )
