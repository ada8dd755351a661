"""Which of several processes runs the jobs: one leads, the others stand by and take over.

`clock.py` asks every few seconds. On PostgreSQL an advisory lock decides, which the server drops
when the leader's connection ends; on SQLite a locked file does, which the kernel drops.
"""

from __future__ import annotations

import contextlib
import fcntl
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from eventsapp.core import folders

# Any number will do, as long as all processes of this product use the same one.
LOCK = 4_611_207_903


class Leader(Protocol):
    """A claim to lead."""

    def leads(self) -> bool:
        """Tell whether this process leads, having tried to where nobody does."""

    def resign(self) -> None:
        """Let another process lead."""

    def held(self) -> tuple[int, ...]:
        """Give the open files by which it leads; who inherits them keeps others from leading."""


class FileLeader:
    """Leads among the processes of one machine that share a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def leads(self) -> bool:
        """Tell whether this process holds the lock of the file."""
        if self._file is not None:
            return True
        folders.private(self._path.parent)
        file = self._path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def held(self) -> tuple[int, ...]:
        """Give the locked file."""
        return () if self._file is None else (self._file.fileno(),)

    def resign(self) -> None:
        """Unlock the file."""
        if self._file is not None:
            self._file.close()
        self._file = None


class PostgresLeader:
    """Leads among all processes on one database, by a connection that does nothing else."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def leads(self) -> bool:
        """Tell whether this process holds the lock; a lost connection has lost it too."""
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
            return self._try()
        except SQLAlchemyError:
            self.resign()
            return False

    def _try(self) -> bool:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        # Out of the pool for good: closing it must end the session, and the lock with it.
        connection.detach()
        wanted = text("SELECT pg_try_advisory_lock(:lock)")
        if connection.scalar(wanted, {"lock": LOCK}):
            self._connection = connection
            return True
        connection.close()
        return False

    def held(self) -> tuple[int, ...]:
        """Give none: leases alone keep senders on one PostgreSQL apart."""
        return ()

    def resign(self) -> None:
        """Unlock, and end the connection; a server that is busy might hear of its end later."""
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            with contextlib.suppress(SQLAlchemyError):
                self._connection.close()
        self._connection = None
