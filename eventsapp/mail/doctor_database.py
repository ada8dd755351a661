"""The doctor at the database: does it answer, does mail lie too long, who works, what came in."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import perf_counter

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings
from eventsapp.mail import figures, lists, outage, return_path
from eventsapp.mail.doctor_words import Finding, bad, good, unknown
from eventsapp.mail.due import BULK, LEVELS
from eventsapp.mail.intake import RECEIVER
from eventsapp.mail.models import InboundMail, Intake
from eventsapp.mail.outbox import FIRST_BULK

DATABASE, WAITING = N_("Database"), N_("Mail that waits")
WORKERS, INTAKE = N_("Who sends"), N_("Mail that comes in")
TRIAL = N_("The way back of undeliverable mail")
TOO_LONG = timedelta(minutes=3)
STILL = timedelta(minutes=10)
LIVES = timedelta(minutes=1)
LATELY = timedelta(days=7)


def database() -> Iterator[Finding]:
    """Ask it something."""
    begun = perf_counter()
    db.session.execute(text("SELECT 1"))
    took = (perf_counter() - begun) * 1000
    name = "PostgreSQL" if db.engine.dialect.name == "postgresql" else "SQLite"
    yield good(DATABASE, N_("%(name)s answers in %(took)s ms."), name=name, took=took)


def waiting() -> Iterator[Finding]:
    """Look how long the oldest mail waits that may leave."""
    found = figures.waiting(FIRST_BULK)
    count = found.urgent + found.bulk
    if found.since is None:
        yield good(WAITING, N_("Nothing waits."))
    elif found.urgent_since is not None and now() - found.urgent_since > TOO_LONG:
        yield bad(
            WAITING,
            N_("1 mail waits, for %(minutes)s minutes.")
            if count == 1
            else N_("%(count)s mails wait, the oldest for %(minutes)s minutes."),
            N_("See below who sends, and what the mail server says."),
            count=count,
            minutes=_minutes_since(found.urgent_since),
        )
    elif found.bulk_since is not None and (still := _stands_still(found.bulk_since)) is not None:
        yield bad(
            WAITING,
            N_("1 mail to many waits, and none has left for %(minutes)s minutes.")
            if found.bulk == 1
            else N_("%(count)s mails to many wait, and none has left for %(minutes)s minutes."),
            N_("See below who sends, and what the mail server says."),
            count=found.bulk,
            minutes=_minutes_since(still),
        )
    else:
        one = N_("1 mail waits and is on its way.")
        more = N_("%(count)s mails wait and are on their way.")
        yield good(WAITING, one if count == 1 else more, count=count)


def _stands_still(due: datetime) -> datetime | None:
    """Give since when no mail of the bulk came to its end although some are due; None when it does.

    An edition may take hours, and a limit makes it slow, but something leaves each minute.
    """
    since = max(due, outage.last_settled(LEVELS[BULK]) or due)
    return since if now() - since > STILL else None


def _minutes_since(moment: datetime) -> int:
    return int((now() - moment).total_seconds() // 60)


def workers() -> Iterator[Finding]:
    """Look whether somebody runs the jobs."""
    running = settings()
    if running.engine == "workers":
        yield from _workers()
    elif db.engine.dialect.name == "postgresql":
        yield unknown(
            WORKERS,
            N_("The clock is built in. Which process has it, only its log tells."),
            N_("Look in the log for “this process runs the jobs”."),
        )
    elif not running.deliver:
        yield bad(
            WORKERS,
            N_("The clock of this process delivers no mail (EVENTS_DELIVER is off)."),
            N_("Set EVENTS_DELIVER=yes, or see to it that another process delivers."),
        )
    elif _clock_runs():
        yield good(WORKERS, N_("The built-in clock runs."))
    else:
        yield bad(
            WORKERS,
            N_("No clock runs: nothing is sent."),
            N_("Start the product with `flask serve`."),
        )


def _clock_runs() -> bool:
    """Tell whether somebody holds the lock of the clock."""
    try:
        with (settings().data_dir / "clock.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


# Queues in which a job has been due for minutes while none of theirs runs.
_IDLE = text("""
    SELECT DISTINCT job.queue_name FROM procrastinate_jobs AS job
    JOIN procrastinate_events AS event ON event.job_id = job.id
    WHERE job.status = 'todo' AND event.at < :since
        AND (job.scheduled_at IS NULL OR job.scheduled_at < :since)
        AND NOT EXISTS (
            SELECT 1 FROM procrastinate_jobs AS other
            WHERE other.queue_name = job.queue_name AND other.status = 'doing'
        )
    ORDER BY job.queue_name
""")


def _workers() -> Iterator[Finding]:
    statement = text("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > :since")
    try:
        count = db.session.scalar(statement, {"since": now() - LIVES}) or 0
        idle = list(db.session.scalars(_IDLE, {"since": now() - TOO_LONG}))
    except SQLAlchemyError:
        db.session.rollback()
        count, idle = 0, []
    if count and idle:
        yield bad(
            WORKERS,
            N_("Workers live, but nobody works off these queues: %(queues)s"),
            N_("Start one with `flask worker`."),
            queues=", ".join(idle),
        )
    elif count:
        one = N_("A worker gave a sign of life for one queue this minute.")
        more = N_("Workers gave %(count)s signs of life this minute: one for each queue of each.")
        yield good(WORKERS, one if count == 1 else more, count=count)
    else:
        yield bad(
            WORKERS, N_("No worker lives: nothing is sent."), N_("Start one with `flask worker`.")
        )


def intake() -> Iterator[Finding]:
    """Tell what the readers of the mailbox and the receiver wrote down last."""
    rows = list(db.session.scalars(select(Intake).order_by(Intake.name)))
    running = settings()
    if running.has_postoffice:
        yield good(INTAKE, N_("The built-in post office hands in what is answered there."))
    elif not rows and not running.imap_url and not running.receiver_port:
        yield bad(
            INTAKE,
            N_("Nobody reads what comes back: answers and undeliverable mail are not seen."),
            N_("Set EVENTS_IMAP_URL, or EVENTS_RECEIVER_PORT for the built-in receiver."),
        )
    for row in rows:
        if row.fault and (row.name != RECEIVER or running.receiver_port):
            yield bad(
                INTAKE,
                N_("The %(name)s fails since %(since)s: %(detail)s"),
                N_("See “Receiver” for what helps.")
                if row.name == RECEIVER
                else N_("See “Mailbox” for what helps."),
                name=row.name,
                since=row.failing_since,
                detail=row.detail or row.fault,
            )
        elif row.name != RECEIVER:
            yield good(
                INTAKE,
                N_("The %(name)s was read last at %(at)s."),
                name=row.name,
                at=row.tried_at,
            )


def trial() -> Iterator[Finding]:
    """Look whether something came back to our bounce address of late."""
    if not settings().bounce_address:
        yield bad(
            TRIAL,
            N_("There is no bounce address: what cannot be delivered is not recognised."),
            N_("Set EVENTS_BOUNCE_ADDRESS to an address whose mailbox is read."),
        )
        return
    address = return_path.address_for(lists.TRIAL)
    last = db.session.scalar(
        select(func.max(InboundMail.received_at)).where(
            InboundMail.recipient == address, InboundMail.received_at > now() - LATELY
        )
    )
    if last is not None:
        yield good(TRIAL, N_("Our trial mail came in at %(at)s."), at=last)
    else:
        yield unknown(
            TRIAL,
            N_("No trial mail came in during the last week."),
            N_("Send one (here, or `flask doctor --trial`) and look again after some minutes."),
        )
