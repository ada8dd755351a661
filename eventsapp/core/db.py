"""The database object, the base of all models, and how transactions begin.

Every feature's `models.py` builds on `Model`; use cases use `db.session` and never commit: the
door does, once. GET requests run read-only, so that a link opened by a mail scanner cannot write.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar, cast

import click
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Engine,
    MetaData,
    any_,
    bindparam,
    event,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from eventsapp.core import turns

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

P = ParamSpec("P")
T = TypeVar("T")

_is_read_only: ContextVar[bool] = ContextVar("eventsapp_read_only", default=False)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: always aware and in UTC in Python, on both databases."""

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Tell what a value is in Python, for who reads one from text."""
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Keep a real `timestamptz` on PostgreSQL, a naive UTC text on SQLite."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments, which would silently be taken for UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Read SQLite's text in one step: a batch of mails has a thousand moments."""
        if dialect.name == "sqlite":
            return _moment_of
        return super().result_processor(dialect, coltype)


@lru_cache(maxsize=1024)  # the mails of an edition share most of their moments
def _moment_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


class WallTime(TypeDecorator[datetime]):
    """A time as it stands on the clock in the room, without zone (docs/adr/0008)."""

    impl = DateTime(timezone=False)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Tell what a value is in Python, for who reads one from text."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse aware moments: a wall time has its zone in a column of its own."""
        if value is not None and value.tzinfo is not None:
            raise ValueError("a wall time has no time zone")
        return value


class Model(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UTCDateTime}


db = SQLAlchemy(metadata=Model.metadata, disable_autonaming=True)


@contextmanager
def read_only() -> Iterator[None]:
    """Make transactions that begin inside this block refuse to write."""
    token = _is_read_only.set(True)
    try:
        yield
    finally:
        _is_read_only.reset(token)


@contextmanager
def reading_first() -> Iterator[None]:
    """Read inside this block before the turn to write is taken; what was read stays in memory.

    For a request that writes, at its very beginning: others need not wait while it looks up what
    does not change. What does change is read once more under its lock. PostgreSQL has no such turn,
    so there it is all one transaction.
    """
    session = db.session()
    if not is_sqlite() or session.in_transaction():
        # Without turns nothing is won by it; and what a transaction wrote is not to be kept yet.
        yield
        return
    session.expire_on_commit = False
    try:
        with read_only():
            yield
        session.commit()  # ends the reading; nothing was written
    finally:
        session.expire_on_commit = True
        if session.in_transaction():
            session.rollback()


def in_own_session(act: Callable[P, T]) -> Callable[P, T]:
    """Let a function run in another thread of this application, with a session of its own."""
    app = cast(Any, current_app)._get_current_object()  # the thread has no current one

    def apart(*arguments: P.args, **named: P.kwargs) -> T:
        with app.app_context():
            return act(*arguments, **named)

    return apart


def is_sqlite() -> bool:
    """Tell whether the database is the embedded one, which lets one write at a time."""
    return db.engine.dialect.name == "sqlite"


def is_one_of(dialect: str, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Ask whether a value is among those of one parameter, which `in_one` makes of a list.

    However long the list is the statement is the same, so that it is built and prepared once.
    """
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))


def in_one(dialect: str, values: Collection[int] | Collection[str]) -> list[int | str] | str:
    """Put numbers or texts into one parameter."""
    return list(values) if dialect == "postgresql" else json.dumps(list(values))


def set_read_only(value: bool) -> None:
    """Say for the present request whether its transactions may write."""
    _is_read_only.set(value)


def init_app(app: Flask, url: str) -> None:
    """Give the application its engine, with the settings that keep SQLite from losing updates."""
    options: dict[str, Any] = {}
    if url.startswith("sqlite"):
        options = {
            "connect_args": {"timeout": 15, "factory": turns.QueuedConnection},
            "pool_size": 20,
            "max_overflow": 40,
        }
    else:
        options = {"pool_size": 10, "max_overflow": 20, "pool_use_lifo": True}
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    app.extensions["migrate"] = _Migrations(app)
    app.cli.add_command(_MigrationCommands("db", help="Perform database migrations."))
    with app.app_context():
        listen(db.engine)


class _Migrations:
    """What `flask db` reads in the application; its library is loaded when it is read.

    Alembic takes 7 MB, which who serves pages or sends mail never needs.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        # It puts its own state, and its own commands, in the place of ours.
        folder = str(self._app.config["MIGRATIONS"])
        Migrate(self._app, db, directory=folder, render_as_batch=True)
        return getattr(self._app.extensions["migrate"], name)


class _MigrationCommands(click.Command):
    """`flask db`: hands on to the library's own commands, which it loads first."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        from flask_migrate.cli import db as commands  # type: ignore[import-not-found]

        made: click.Context = commands.make_context(*args, **kwargs)
        return made


def listen(engine: Engine) -> None:
    """Attach the connection and transaction rules of the engine's own dialect."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connect_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        from eventsapp.core import postgresql

        postgresql.listen(engine, _is_read_only.get)


def _connect_sqlite(connection: turns.QueuedConnection, _record: object) -> None:
    connection.turns = turns.turns_for(connection)
    # Without these the driver begins late and loses updates of two writers silently.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "temp_store=MEMORY",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    wanted = _is_read_only.get()
    info = connection.connection.info
    if info.get("query_only", False) != wanted:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if wanted else 'OFF'}")
        info["query_only"] = wanted
    if wanted:
        connection.exec_driver_sql("BEGIN")
        return
    raw: Any = connection.connection.dbapi_connection
    raw.take_turn()
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        if not raw.in_transaction:
            raw.rollback()  # it did not begin: lets the next have its turn
