"""The queue of the workers: wake-ups for jobs, in PostgreSQL, in the transaction that needs them.

`listen` is called once when the application is made; `worker.py` runs what lies in the queue. A
wake-up says which job has work, never which work: the rows say that. Of one job at most one
wake-up waits, however many mails are queued.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from flask_sqlalchemy.session import Session
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from psycopg import Error
from sqlalchemy import Connection, event

from eventsapp.background.jobs import TABLE
from eventsapp.core import wakeups
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import settings

log = structlog.get_logger()

# Used with the connection of a transaction only, so it is never opened.
_queue = App(connector=SyncPsycopgConnector())
_QUEUES = {job.name: job.queue for job in TABLE}

# A wake-up that waits serves this transaction too, as long as no worker takes it before the
# commit. A worker passes over locked rows, and this lock stands in the way of no other one.
_HOLD = """
    SELECT id FROM procrastinate_jobs
    WHERE queueing_lock = %s AND status = 'todo' FOR KEY SHARE
"""
_TRIES = 5


def listen() -> None:
    """Put wake-ups into the queue whenever a transaction commits that noted some."""
    if not event.contains(db.session, "before_commit", _wake):
        event.listen(db.session, "before_commit", _wake)


def _wake(session: Session) -> None:
    if session.in_nested_transaction() or settings().engine != "workers":
        return
    calls = wakeups.take(session)
    if not calls:
        return
    # Last of all that this transaction does: from here on it waits for no row of anybody else,
    # so that who waits for its wake-up waits for a commit only. In one order, against deadlocks.
    session.flush()
    connection = session.connection()
    moment = now()
    for job, at in sorted({(job, _later(at, moment)) for job, at in calls}, key=str):
        _call(connection, job, at)


def _later(at: datetime | None, moment: datetime) -> datetime | None:
    """Round a moment to come upward to whole seconds, so that many mails share a wake-up."""
    if at is None or at <= moment:
        return None
    return (at + timedelta(microseconds=999_999)).replace(microsecond=0)


def _call(connection: Connection, job: str, at: datetime | None) -> None:
    lock = job if at is None else f"{job}@{at:%Y%m%dT%H%M%S}"
    try:
        for _ in range(_TRIES):
            if _is_called(connection, job, lock, at):
                return
    except (ConnectorException, Error):
        # Rolled back to the savepoint. The work itself is kept; workers look each minute anyway.
        log.exception("wake-up failed", job=job)


def _is_called(connection: Connection, job: str, lock: str, at: datetime | None) -> bool:
    """Make sure that a wake-up waits; False when one came and went meanwhile."""
    link: Any = connection.connection.driver_connection
    try:
        with connection.begin_nested():  # a fault here undoes nothing of the transaction
            if link.execute(_HOLD, (lock,)).fetchone() is None:
                _queue.configure_task(
                    job, queue=_QUEUES[job], queueing_lock=lock, schedule_at=at, connection=link
                ).defer()
    except AlreadyEnqueued:
        return False
    return True
