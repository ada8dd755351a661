"""Pages of fifty rows by key, without counting and without OFFSET.

A cursor names the last row of a page by its sort values, so a page costs the same at row 50 as at
row 500,000, and rows that are added meanwhile neither repeat nor skip one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, tuple_

from eventsapp.core.db import UTCDateTime, db

SIZE = 50

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """One column that a list is sorted by; the last key of a list must be unique."""

    column: Any
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The rows of one page and the cursors of its neighbours, None where there is none."""

    items: list[T]
    before: str | None
    after: str | None


def paginate(
    statement: Select[*tuple[Any, ...]],
    keys: Sequence[Key],
    cursor: str | None = None,
    size: int = SIZE,
) -> Page[Row[Any]]:
    """Give the page at this cursor, or the first; an unreadable cursor gives the first.

    The statement must select every key column under its own name; it is sorted here.
    """
    where = _read(cursor, keys)
    backwards = bool(where and where[0] == "before")
    if where:
        statement = statement.where(_beyond(keys, where[1], backwards))
    order = [key.column.desc() if key.descending != backwards else key.column.asc() for key in keys]
    rows = list(db.session.execute(statement.order_by(*order).limit(size + 1)).all())
    has_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    first = _write("before", rows[0], keys) if rows else None
    last = _write("after", rows[-1], keys) if rows else None
    if backwards:
        return Page(rows, first if has_more else None, last)
    return Page(rows, first if where else None, last if has_more else None)


def leaf(
    rows: Sequence[T], number_of: Callable[[T], int], cursor: str | None = None, size: int = SIZE
) -> Page[T]:
    """Give the page at this cursor of a short list that is at hand, sorted, whole.

    The cursor names a row by its number; one that is there no more gives the first page.
    """
    direction, _, number = (cursor or "").partition("-")
    place = next((n for n, row in enumerate(rows) if str(number_of(row)) == number), None)
    start = 0
    if place is not None and direction in ("before", "after"):
        start = place + 1 if direction == "after" else max(place - size, 0)
    shown = list(rows[start : start + size])
    return Page(
        shown,
        f"before-{number_of(shown[0])}" if start and shown else None,
        f"after-{number_of(shown[-1])}" if start + size < len(rows) else None,
    )


def _beyond(keys: Sequence[Key], values: Sequence[Any], backwards: bool) -> ColumnElement[bool]:
    if len({key.descending for key in keys}) == 1:
        # Compared as one row: both databases then begin at the right place of an index.
        columns = tuple_(*(key.column for key in keys))
        beyond = tuple_(
            *(literal(value, key.column.type) for key, value in zip(keys, values, strict=True))
        )
        return columns < beyond if keys[0].descending != backwards else columns > beyond
    clauses = []
    for index, key in enumerate(keys):
        equal = [keys[i].column == values[i] for i in range(index)]
        smaller = key.descending != backwards
        step = key.column < values[index] if smaller else key.column > values[index]
        clauses.append(and_(*equal, step))
    return or_(*clauses)


def _write(direction: str, row: Row[Any], keys: Sequence[Key]) -> str:
    values = []
    for key in keys:
        value = _value(row, key.column)
        values.append(value.isoformat() if isinstance(value, date | datetime) else value)
    text = json.dumps([direction, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _value(row: Row[Any], column: Any) -> Any:
    entity = getattr(column, "class_", None)
    if entity is not None and len(row) and isinstance(row[0], entity):
        return getattr(row[0], column.key)
    return row._mapping[column.key]


def _read(cursor: str | None, keys: Sequence[Key]) -> tuple[str, list[Any]] | None:
    if not cursor:
        return None
    try:
        raw = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        direction, *values = raw
        if direction not in ("before", "after") or len(values) != len(keys):
            return None
        return direction, [
            _typed(key.column, value) for key, value in zip(keys, values, strict=True)
        ]
    except (ValueError, TypeError, OverflowError):
        return None


def _typed(column: Any, value: Any) -> Any:
    """Read a value that anybody may have forged; ValueError or the like when it can't be right."""
    kind = column.type.python_type
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        is_moment = isinstance(column.type, UTCDateTime)
        if is_moment != (moment.tzinfo is not None):
            raise ValueError("a moment has a zone, a wall time has none")
        return moment.astimezone(UTC) if is_moment else moment
    if kind is date:
        return date.fromisoformat(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError("not the type of the column")
    if (kind is int and abs(value) >= 2**31) or "\0" in str(value):
        raise ValueError("no database keeps this")
    return value
