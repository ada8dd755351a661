"""Connections to PostgreSQL: what they keep prepared, how they begin, and whether they still hold.

`core/db.py` attaches it to the engine; nothing of it is loaded where the database is SQLite.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

RESTED = 1.0
"""Seconds after which a connection is asked whether its server is still there."""


class LastingConnection(psycopg.Connection[Any]):
    """A connection that keeps its prepared statements when it has only read.

    The library lets go of all of them at a rollback, which may undo what they are about. Nearly all
    that we do begins or ends with reading; each statement would be planned anew at each question.
    """

    def rollback(self) -> None:
        """End the transaction; one that may only read has nothing to undo."""
        has_only_read = (
            self.read_only and self.pgconn.transaction_status == TransactionStatus.INTRANS
        )
        if has_only_read:
            self.commit()
        else:
            super().rollback()


def listen(engine: Engine, is_read_only: Callable[[], bool]) -> None:
    """Attach these rules to an engine; `is_read_only` says how the next transaction begins."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "begin", partial(_begin, is_read_only))
    event.listen(engine, "connect", _note_use)
    event.listen(engine, "checkout", partial(_greet, engine.dialect))
    event.listen(engine, "checkin", _note_use)


def _connect(
    _dialect: Dialect, _record: ConnectionPoolEntry, given: Any, named: Any
) -> LastingConnection:
    return LastingConnection.connect(*given, **named)


def _begin(is_read_only: Callable[[], bool], connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection
    wanted = is_read_only()
    if raw.read_only is not wanted:
        raw.read_only = wanted


def _note_use(_raw: object, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = monotonic()


def _greet(dialect: Dialect, raw: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that rested whether its server is still there; if not, make all anew.

    One that was just used need not be asked: that would be a question more for each transaction.
    Where the server was away for less than that, one request fails and the others do not.
    """
    if monotonic() - record.info.get("used_at", 0.0) < RESTED:
        return
    try:
        dialect.do_ping(raw)
    except dialect.loaded_dbapi.Error as fault:
        raise InvalidatePoolError from fault
