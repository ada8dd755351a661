"""Numbers for many new rows at once, so that what belongs to them can name them beforehand.

Reading in a list of thousands needs it: rows then go in as they are, without asking for the number
of each. Call it only when writing: on SQLite it relies on nobody else writing meanwhile.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal_column, select

from eventsapp.core.db import db


def next_numbers(model: type[Any], count: int) -> list[int]:
    """Set so many numbers of a table aside, for rows that are inserted in this transaction."""
    if db.engine.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
        each = func.generate_series(literal_column("1"), count).table_valued("place")
        return list(db.session.scalars(select(func.nextval(sequence)).select_from(each)))
    last = db.session.scalar(select(func.max(model.id))) or 0
    return list(range(last + 1, last + 1 + count))
