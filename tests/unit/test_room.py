"""A full disk is told from other faults, and said in words, not each second."""

import errno
import sqlite3

import pytest
import structlog
from psycopg.errors import DiskFull, UniqueViolation
from sqlalchemy.exc import OperationalError

from eventsapp.core import room


def fault_of_sqlite(name):
    fault = sqlite3.OperationalError("database or disk is full")
    fault.sqlite_errorname = name
    return OperationalError("INSERT", {}, fault)


def caused(fault):
    try:
        raise ValueError from fault
    except ValueError as other:
        return other


@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError(errno.EFBIG, "File too large"),
        fault_of_sqlite("SQLITE_FULL"),
        fault_of_sqlite("SQLITE_IOERR_WRITE"),
        OperationalError("INSERT", {}, DiskFull("could not extend file")),
        caused(OSError(errno.ENOSPC, "No space left on device")),
    ],
    ids=str,
)
def test_a_full_disk_is_known_by_whatever_it_stopped(fault):
    assert room.is_lacking(fault)


@pytest.mark.parametrize(
    "fault",
    [
        None,
        OSError(errno.EACCES, "Permission denied"),
        fault_of_sqlite("SQLITE_BUSY"),
        OperationalError("INSERT", {}, UniqueViolation("twice")),
        ValueError("full"),
    ],
    ids=str,
)
def test_another_fault_is_not_a_full_disk(fault):
    assert not room.is_lacking(fault)


def test_it_is_said_once_and_so_is_its_end(tmp_path):
    watch = room.Watch()
    with structlog.testing.capture_logs() as said:
        watch.returned()
        for _ in range(3):
            watch.lacks(tmp_path, "sending mail")
        for _ in range(3):
            watch.returned()
    assert [one["log_level"] for one in said] == ["error", "warning"]
    assert (said[0]["folder"], said[0]["doing"]) == (str(tmp_path), "sending mail")
