"""Many rows in one statement, on both databases. Used while the demo programme is loaded only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from eventsapp.core.db import Model, db


def add_rows(model: type[Model], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows and give their numbers, in the order of the rows."""
    if not rows:
        return []
    identity: Any = model.id  # type: ignore[attr-defined]
    statement = insert(model).returning(identity, sort_by_parameter_order=True)
    return list(db.session.scalars(statement, list(rows)))


def add_ties(table: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of a table that only ties others together."""
    if rows:
        db.session.execute(insert(table), list(rows))
