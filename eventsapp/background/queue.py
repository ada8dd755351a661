"""The queue of the workers: wake-ups for jobs, in PostgreSQL, in the transaction that needs them.

`listen` is called once when the application is made; `worker.py` runs what lies in the queue. A
wake-up says which job has work, never which work: the rows say that. Of one job at most one
wake-up waits, however many mails are queued.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from flask_sqlalchemy.session import Session
from sqlalchemy import event, text

from eventsapp.background.jobs import TABLE
from eventsapp.core import wakeups
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import settings

log = structlog.get_logger()

_QUEUES = {job.name: job.queue for job in TABLE}

# What the library's own `defer` does, on the session's connection, in one statement that cannot
# fail for a wake-up that is there already. That one serves this transaction too, as long as no
# worker takes it before the commit: a worker passes over locked rows, and this lock stands in the
# way of no other transaction.
_WAKE = text("""
    WITH waiting AS (
        SELECT id FROM procrastinate_jobs
        WHERE queueing_lock = :lock AND status = 'todo' FOR KEY SHARE
    ), made AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, scheduled_at)
        SELECT :queue, :job, :lock, CAST(:at AS timestamptz)
        WHERE NOT EXISTS (SELECT FROM waiting)
        ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
        RETURNING id
    )
    SELECT id FROM waiting UNION ALL SELECT id FROM made
""")
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
    moment = now()
    for job, at in sorted({(job, _later(at, moment)) for job, at in calls}, key=str):
        _call(session, job, at)


def _later(at: datetime | None, moment: datetime) -> datetime | None:
    """Round a moment to come upward to whole seconds, so that many mails share a wake-up."""
    if at is None or at <= moment:
        return None
    return (at + timedelta(microseconds=999_999)).replace(microsecond=0)


def _call(session: Session, job: str, at: datetime | None) -> None:
    lock = job if at is None else f"{job}@{at:%Y%m%dT%H%M%S}"
    wanted = {"queue": _QUEUES[job], "job": job, "lock": lock, "at": at}
    for _ in range(_TRIES):
        if session.execute(_WAKE, wanted).first() is not None:
            return
        # Another transaction's wake-up came, and was taken, within this statement: once more.
    log.warning("wake-up left to the next minute", job=job)
