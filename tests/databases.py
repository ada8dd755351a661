"""Databases for tests: a SQLite file and a PostgreSQL database for each process of the run.

The tables are made once from the models (the structure tests compare these with the migrations)
and emptied after each test. A test in `tests/web` runs on both; `tests/delivery` runs on
PostgreSQL, the rest on SQLite, unless `@pytest.mark.databases("sqlite", "postgresql")` says so.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from sqlalchemy import MetaData, make_url

from tests.postgres import Postgres, PostgresMissing

KINDS_BY_FOLDER = {"web": ("sqlite", "postgresql"), "delivery": ("postgresql",)}


def kinds_for(item: Any) -> tuple[str, ...]:
    """The databases on which a test runs."""
    if marker := item.get_closest_marker("databases"):
        return tuple(marker.args)
    return KINDS_BY_FOLDER.get(item.path.parent.name, ("sqlite",))


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL in the process that outlives the others, when a run has several."""
    config.addinivalue_line("markers", "databases(*kinds): run this test on these databases")
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        try:
            config.stash[SHARED] = Postgres.start()
        except PostgresMissing as missing:
            config.stash[MISSING] = str(missing)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each process of the run where PostgreSQL is."""
    if postgres := node.config.stash.get(SHARED, None):
        node.workerinput["postgres"] = str(postgres.folder)
    else:
        node.workerinput["postgres_missing"] = node.config.stash.get(MISSING, "")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the PostgreSQL that this process started."""
    if postgres := config.stash.get(SHARED, None):
        postgres.stop()


SHARED = pytest.StashKey[Postgres]()
MISSING = pytest.StashKey[str]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that needs a database once on each of its kinds."""
    if "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", kinds_for(metafunc.definition), indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """The database of this test; the first of its kinds where it was not asked for by name."""
    return getattr(request, "param", kinds_for(request.node)[0])


class Database(Protocol):
    """One database of this process."""

    url: str

    def empty(self, tables: MetaData) -> None:
        """Remove all rows."""

    def close(self) -> None:
        """Let go of it."""


class SQLiteFile:
    """A database file, in memory where the machine offers that."""

    def __init__(self, folder: Path, name: str = "events.db") -> None:
        self._path = folder / name
        self.url = f"sqlite:///{self._path}"

    def empty(self, tables: MetaData) -> None:
        """Remove all rows."""
        link = sqlite3.connect(self._path, timeout=60)
        link.execute("PRAGMA synchronous=OFF")
        link.executescript(f"BEGIN IMMEDIATE; {_deletions(tables)} COMMIT;")
        link.close()

    def close(self) -> None:
        """Let go of it: nothing is held between two tests."""


class PostgresDatabase:
    """A database on the server of this run."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = make_url(url).set(drivername="postgresql")
        self._link = psycopg.connect(parts.render_as_string(), autocommit=True)
        # Without foreign keys the order does not matter; a forgotten transaction shows as a fault.
        self._link.execute("SET session_replication_role = replica")
        self._link.execute("SET lock_timeout = '60s'")

    def empty(self, tables: MetaData) -> None:
        """Remove all rows."""
        if statements := _deletions(tables):
            self._link.execute(statements)

    def close(self) -> None:
        """Let go of it."""
        self._link.close()


def _deletions(tables: MetaData) -> str:
    # Many tables are empty in a test: DELETE passes them faster than TRUNCATE does.
    return "".join(f'DELETE FROM "{name}";' for name in tables.tables)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """The PostgreSQL of this run."""
    given: dict[str, str] = getattr(request.config, "workerinput", {})
    if missing := given.get("postgres_missing"):
        pytest.fail(missing)
    if folder := given.get("postgres"):
        yield Postgres(Path(folder))
        return
    own = Postgres.start()
    yield own
    own.stop()


@pytest.fixture(scope="session")
def fast_folder() -> Iterator[Path]:
    """A folder for files that need not survive: in memory where that exists."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="eventsapp-test-", dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this process among those of the run."""
    return getattr(request.config, "workerinput", {}).get("workerid", "only")
