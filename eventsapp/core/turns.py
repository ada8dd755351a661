"""Lets those who write to one SQLite file wait in order of arrival; `core/db.py` uses it.

SQLite lets one write at a time, and whoever finds it busy sleeps, tries again and sleeps longer:
who came last may go first, and one of many waits half a second. Here everybody queues, within the
process and with the other processes of this machine. It is manners only: SQLite's own lock keeps
the data safe, so who waits too long may go on and ask SQLite itself. The kernel drops what a killed
process held.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

_is_patient: ContextVar[bool] = ContextVar("is_patient", default=False)

LONGEST_WAIT = 10.0  # seconds, before SQLite's own wait
PAUSE = 0.0005  # seconds; only one thread of a process looks whether another process is done


@contextmanager
def patiently() -> Iterator[None]:
    """Let transactions that begin in this block join the queue one at a time, of all processes.

    For work that goes on for minutes where people wait for theirs: who comes to answer then waits
    for one batch of an edition at most, however many senders there are.
    """
    token = _is_patient.set(True)
    try:
        yield
    finally:
        _is_patient.reset(token)


class Turns:
    """The queue before one database file, shared by all connections of this process to it."""

    def __init__(self, database: Path) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()
        # Who is next holds one file while waiting for the other. Without the first, a busy process
        # would take its own turn again before another has woken up.
        self._next = self._open(database, "next")
        self._turn = self._open(database, "turn")
        # The patient hold theirs from before they queue until their turn is over.
        self._patient = self._open(database, "patient")
        self._patient_here = threading.Lock()

    @staticmethod
    def _open(database: Path, name: str) -> int:
        path = database.with_name(f"{database.name}-{name}")
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, longest: float = LONGEST_WAIT) -> bool:
        """Wait for the turn, at most so many seconds; tell whether it came."""
        until = time.monotonic() + longest
        if not self._take_here(longest):
            return False
        if _lock(self._next, until):
            came = _lock(self._turn, until)
            fcntl.flock(self._next, fcntl.LOCK_UN)
            if came:
                return True
        self._pass_here()
        return False

    def take_patiently(self, longest: float = LONGEST_WAIT) -> bool:
        """Wait for the turn behind the others who are patient; give it back patiently too."""
        until = time.monotonic() + longest
        if not self._patient_here.acquire(timeout=longest):
            return False
        if _lock(self._patient, until):
            if self.take(until - time.monotonic()):
                return True
            fcntl.flock(self._patient, fcntl.LOCK_UN)
        self._patient_here.release()
        return False

    def give_back_patiently(self) -> None:
        """Let the next have its turn; for who took it patiently."""
        self.give_back()
        fcntl.flock(self._patient, fcntl.LOCK_UN)
        self._patient_here.release()

    def give_back(self) -> None:
        """Let the next have its turn; for who had it."""
        fcntl.flock(self._turn, fcntl.LOCK_UN)
        self._pass_here()

    def _take_here(self, longest: float) -> bool:
        """Wait behind the other threads of this process."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        if ticket.acquire(timeout=longest):
            return True
        with self._guard:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return False
        return True  # it came at the very last moment

    def _pass_here(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


def _lock(file: int, until: float) -> bool:
    """Lock a file, looking again and again, since a wait in the kernel knows no end."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(PAUSE)


class QueuedConnection(sqlite3.Connection):
    """A connection that takes its turn to write and gives it back when the transaction is over."""

    turns: Turns | None = None
    _has_turn = False
    _is_patient = False

    def take_turn(self) -> None:
        """Wait for the turn to write; begin the transaction right after."""
        if self.turns is None or self._has_turn:
            return
        self._is_patient = _is_patient.get()
        take = self.turns.take_patiently if self._is_patient else self.turns.take
        self._has_turn = take()

    def commit(self) -> None:
        """Keep what was written."""
        try:
            super().commit()
        finally:
            self._is_over()

    def rollback(self) -> None:
        """Undo what was written."""
        try:
            super().rollback()
        finally:
            self._is_over()

    def close(self) -> None:
        """Close, which undoes what was not kept."""
        try:
            super().close()
        finally:
            self._give_back()

    def _is_over(self) -> None:
        if not self.in_transaction:
            self._give_back()

    def _give_back(self) -> None:
        if self._has_turn and self.turns is not None:
            self._has_turn = False
            if self._is_patient:
                self.turns.give_back_patiently()
            else:
                self.turns.give_back()


_queues: dict[tuple[int, str], Turns] = {}
_queues_guard = threading.Lock()


def turns_for(connection: Any) -> Turns | None:
    """Give the queue before the file of this connection, one in a process; none in memory."""
    (_, _, file), *_ = connection.execute("PRAGMA database_list").fetchall()
    if not file:
        return None
    with _queues_guard:
        key = (os.getpid(), str(file))  # a process that was split off queues for itself
        if key not in _queues:
            _queues[key] = Turns(Path(file))
        return _queues[key]
