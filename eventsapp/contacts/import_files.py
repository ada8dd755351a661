"""What lies beside a list that is read in: its lines, the outcome of each, and how far it is.

`address_import.py` calls it. It lies in the database, so that any process on any machine can go on
with a list that another one took in; it is kept for a day. Whom a list of readers made ("made",
numbers only) is kept for as long as it may be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextvars import copy_context
from typing import Any, Literal

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from eventsapp.core.db import db, set_read_only
from eventsapp.directory.models import AddressImportPart

Name = Literal["rows", "lines", "progress", "made"]
OF_A_DAY: tuple[Name, ...] = ("rows", "lines", "progress")


def read(import_id: int, name: Name) -> Iterator[Any]:
    """Give line after line of a part; none when it is not there."""
    content = db.session.scalar(
        select(AddressImportPart.content).where(
            AddressImportPart.import_id == import_id, AddressImportPart.name == name
        )
    )
    for line in (content or b"").splitlines():
        yield json.loads(line)


def write(import_id: int, name: Name, lines: Iterable[Any]) -> None:
    """Write a part whole, in place of what it was."""
    _write(db.session.connection(), import_id, name, lines)


def write_progress(import_id: int, done: int, total: int) -> None:
    """Tell at once how far a list is, beside the transaction of a caller who only reads."""

    def tell() -> None:
        set_read_only(False)
        with db.engine.begin() as connection:
            _write(connection, import_id, "progress", [[done, total]])

    copy_context().run(tell)


def is_there(import_id: int) -> bool:
    """Tell whether the lines of a list are still kept."""
    return (
        db.session.scalar(
            select(AddressImportPart.import_id).where(
                AddressImportPart.import_id == import_id, AddressImportPart.name == "rows"
            )
        )
        is not None
    )


def remove(import_id: int, *names: Name) -> None:
    """Throw away parts of a list, or all of them."""
    wanted = delete(AddressImportPart).where(AddressImportPart.import_id == import_id)
    db.session.execute(wanted.where(AddressImportPart.name.in_(names)) if names else wanted)


def _write(connection: Connection, import_id: int, name: Name, lines: Iterable[Any]) -> None:
    content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    values = {"import_id": import_id, "name": name, "content": content}
    connection.execute(
        insert(AddressImportPart)
        .values(values)
        .on_conflict_do_update(index_elements=["import_id", "name"], set_={"content": content})
    )
