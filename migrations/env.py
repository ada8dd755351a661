"""Runs migrations on the engine of the application, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import text

import eventsapp.core.audit
import eventsapp.core.limits
import eventsapp.core.submissions  # noqa: F401
from eventsapp.core.db import Model, UTCDateTime, WallTime, db

# Any number will do, as long as nobody else locks it.
LOCK = 4_611_207_904


def render_item(kind: str, item: Any, _context: object) -> str | bool:
    """Write our own column types as plain ones: a migration never imports the product."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, WallTime):
        return "sa.DateTime()"
    return False


def same_type(_context: object, _inspected: Any, column: Any, *_more: object) -> bool | None:
    """Leave moments out of the comparison: SQLite cannot tell whether they have a zone."""
    return False if isinstance(column.type, UTCDateTime | WallTime) else None


def include(_object: object, name: str | None, kind: str, *_more: object) -> bool:
    """Leave alone what no model describes: the tables of the job queue, the letters of names."""
    of_others = {"table": ("procrastinate_", "person_gram"), "index": ("ix_person_search_gram",)}
    return not (name or "").startswith(of_others.get(kind, ("-",)))


def run() -> None:
    """Migrate in one transaction; on SQLite with foreign keys off, checked at the end.

    With foreign keys on, remaking a table empties the tables that refer to it.
    """
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=is_sqlite,
            render_item=render_item,
            include_object=include,
            compare_type=same_type,
            compare_server_default=False,
        )
        with connection.begin():
            if not is_sqlite:
                # Machines that start at once: one migrates, the others find that it is done.
                connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
                connection.execute(text("SET LOCAL lock_timeout = '4s'"))
            with context.begin_transaction():
                context.run_migrations()
            if is_sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                raise RuntimeError("a migration left rows that refer to nothing")
        if is_sqlite:
            raw.execute("PRAGMA foreign_keys=ON")


with current_app.app_context():
    run()
