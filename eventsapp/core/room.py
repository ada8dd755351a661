"""Room on the disk: tells a full disk from other faults, and says so in plain words.

`core/http.py`, the table of jobs and the delivery of mail ask it when something could not be kept.
It never makes room and never stops anything: whoever asks tries again by itself, or lets a person
do so.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from threading import Lock
from time import monotonic

import structlog
from sqlalchemy.exc import DBAPIError

log = structlog.get_logger()

TELL_EVERY = 60.0
"""Seconds between two log lines about the same full disk: jobs look each second."""
LITTLE = 100_000_000
"""Octets; with less than this free somebody must make room."""
# A quota and a limit on the size of files stop a write as a full disk does.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_POSTGRESQL_FULL = "53100"
_SQLITE_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"})


def is_lacking(fault: BaseException | None) -> bool:
    """Tell whether something went wrong because nothing more can be written."""
    while fault is not None:
        if isinstance(fault, OSError) and fault.errno in _FULL:
            return True
        cause = fault.orig if isinstance(fault, DBAPIError) else fault
        if getattr(cause, "sqlstate", None) == _POSTGRESQL_FULL:
            return True
        if getattr(cause, "sqlite_errorname", None) in _SQLITE_FULL:
            return True
        fault = fault.__cause__
    return False


class Watch:
    """What this process has said about the room on its disk; any thread may use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._told_at: float | None = None

    def lacks(self, folder: Path, doing: str) -> None:
        """Say that nothing can be written, and what waits for that; once a minute at most."""
        moment = monotonic()
        with self._lock:
            if self._told_at is not None and moment - self._told_at < TELL_EVERY:
                return
            self._told_at = moment
        log.error(
            "the disk is full: what is done now is not kept, so no mail leaves. Make room; "
            "everything goes on by itself then",
            folder=str(folder),
            free_kb=free(folder) // 1024,
            doing=doing,
        )

    def returned(self) -> None:
        """Say that there is room again, where it was said that there is none."""
        with self._lock:
            if self._told_at is None:
                return
            self._told_at = None
        log.warning("there is room on the disk again: what waited goes on")


watch = Watch()


def free(folder: Path) -> int:
    """Give the octets that are free on the disk of a folder."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
