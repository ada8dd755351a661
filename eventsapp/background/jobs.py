"""The table of jobs: what runs without anybody asking, and how often.

Both engines run it: `clock.py` inside the one-process product, `worker.py` in processes of its
own; `flask jobs` lists it and runs one by hand. A job commits its own work at its edge; what it
calls never does, but for the delivery of mail.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Event

import structlog
from sqlalchemy.exc import DBAPIError

from eventsapp.accounts import sessions
from eventsapp.background import editions, erasures, inbox
from eventsapp.contacts import (
    address_import,
    letters,
    reach_snapshots,
    subscriber_import,
    subscriber_taking_back,
    subscription_requests,
)
from eventsapp.core import limits, room, submissions, wakeups
from eventsapp.core.dates import now, today
from eventsapp.core.db import db, read_only
from eventsapp.core.settings import Settings, settings
from eventsapp.invitations import forgetting, reminders, stopping, undoing
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.mail import course, delivery, due, outbox, repair, retention, server_away, throttle
from eventsapp.newsletters import clicks, joining, sending, unused_pictures
from eventsapp.surveys import forgetting as surveys

log = structlog.get_logger()

STOPPING = Event()
"""Set when the process is about to stop: a round of delivery ends after the mails at hand."""

STAND_BACK = Event()
"""Set while senders in processes of their own send the newsletters, so that this one need not."""

COMING = timedelta(minutes=1)
"""A mail that is due later than this is found by the turn of each minute."""


def worker() -> str:
    """Give a name for one round of one thread, under which its leases stand."""
    host = re.sub(r"[^A-Za-z0-9-]", "", socket.gethostname())[:12]
    return f"{host}.{os.getpid()}.{secrets.token_hex(6)}"


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that runs by itself.

    `is_delivery` jobs rest where mail is delivered elsewhere; one that `has_lanes` runs as often
    at the same time as there are sender threads. What `is_local` works on is kept in the memory of
    the process that serves the pages, so each of these processes runs it. Workers take the jobs
    from a `queue` each, so that a long one delays none of another queue.
    """

    name: str
    run: Callable[[], object]
    every: timedelta
    is_delivery: bool = False
    has_lanes: bool = False
    is_local: bool = False
    queue: str = "chores"


def deliver_mail() -> object:
    """Send the invitations, answers and letters that are due, for as long as one round lasts."""
    return _deliver(outbox.SENDER, delivery.URGENT, STOPPING.is_set)


def deliver_bulk() -> object:
    """Send the newsletters that are due; they never stand before a confirmation."""
    if STAND_BACK.is_set():
        return None
    return _deliver(
        outbox.BULK_SENDER, delivery.BULK, lambda: STOPPING.is_set() or STAND_BACK.is_set()
    )


def _deliver(sender: str, lane: str, is_stopping: Callable[[], bool]) -> object:
    """Send for one round; call another sender to help, and one for the rest."""
    round_ = delivery.deliver(worker(), calendar_part, is_stopping, lane, partial(_call, sender))
    if settings().engine == "workers":  # the built-in clock looks again by itself
        again_at = round_.again_at
        # Where nothing was settled, what is due cannot leave now. What was queued since all had
        # left has a wake-up of its own; what comes due later is found by the turn of each minute.
        if again_at is None and round_.settled and not round_.is_all:
            again_at = due.next_at(lane, COMING)
        if again_at is not None:
            wakeups.call(sender, again_at)
        db.session.commit()
    return round_


def _call(sender: str) -> None:
    """Wake another sender now; without workers nobody need be woken.

    When it fails the mails at hand go on: it is a courtesy.
    """
    if settings().engine != "workers":
        return
    try:
        wakeups.call(sender)
        db.session.commit()
    except DBAPIError as fault:
        db.session.rollback()
        log.warning("no other sender was woken", job=sender, fault=repr(fault))


def sweep_mail() -> object:
    """Repair what a stopped sender left behind."""
    return repair.sweep()


def read_mailbox() -> object:
    """Take in the answers and the undeliverable mail that wait in the mailbox."""
    return inbox.read_mailbox(STOPPING.is_set)


def remind() -> object:
    """Put the reminders that are due now in the outbox."""
    return reminders.due(now())


def read_in_addresses() -> object:
    """Work off a long list of addresses that waits; others can write while it is judged."""
    with read_only():
        waiting = address_import.waiting()
        prepared = None
        if waiting is not None:
            prepared = address_import.prepare(waiting, tells=True)
        db.session.rollback()
    if prepared is not None:
        address_import.settle(prepared)
        wakeups.call(address_import.READER)  # another one may wait
    return None


def read_in_readers() -> object:
    """Work off a long list of readers that waits, in the same way; or take one back."""
    with read_only():
        waiting = subscriber_import.waiting()
        prepared = None
        if waiting is not None:
            prepared = subscriber_import.prepare(waiting, tells=True)
        db.session.rollback()
    if prepared is not None:
        subscriber_import.settle(prepared)
    if subscriber_taking_back.carry_out_waiting() or prepared is not None:
        wakeups.call(subscriber_import.READER)  # another one may wait
    return None


def count_readers() -> object:
    """Count who reads the newsletters and what that reaches; others can write meanwhile."""
    with read_only():
        looks = reach_snapshots.look(today(settings().timezone))
        db.session.rollback()
    reach_snapshots.keep(looks)
    return None


def write_last_seen() -> object:
    """Write down when sessions were last used, which a page view may not do."""
    return sessions.write_last_seen()


def erase_needs() -> object:
    """Erase what participants of past meetings needed to take part, and what no undo needs."""
    undoing.forget()
    return forgetting.erase_needs()


def erase_sign_ups() -> object:
    """Erase who began to sign up or to subscribe and never confirmed."""
    subscription_requests.forget_old()
    return forgetting.erase_sign_ups()


def take_in_readers() -> object:
    """Make readers of who said elsewhere that they want the newsletter."""
    return joining.take_in()


def settle_stopped() -> object:
    """Take back what senders gave back of mailings that somebody stopped, one after another."""
    with read_only():
        numbers = course.stopped_with_rest()
        db.session.rollback()
    for number in numbers:
        stopping.settle(number)
        db.session.commit()
    return len(numbers)


def erase_old_mail() -> object:
    """Erase what mails of long ago said; after each step others can write."""
    for _ in retention.purge():
        db.session.commit()
        if STOPPING.is_set():
            break
    return None


def forget_pictures() -> object:
    """Delete pictures that nobody uses any more; others can write while they are looked for."""
    with read_only():
        used = unused_pictures.in_use()
        db.session.rollback()
    return None if used is None else unused_pictures.forget(used)


def settle_editions() -> object:
    """Note which newsletters have been sent to the last reader."""
    return sending.settle()


def write_clicks() -> object:
    """Add up how often links were followed, which a page view may not write."""
    return clicks.followed.write()


def tidy() -> object:
    """Drop what nobody needs any more: keys of old forms, old tries, sessions, files, drafts.

    Surveys whose last day has passed are closed here, which drops who answered.
    """
    submissions.forget_old()
    throttle.forget_old()
    server_away.forget_old()
    limits.forget_old()
    sessions.forget_old()
    address_import.forget_old()
    subscriber_taking_back.forget_old()
    letters.forget_old_drafts()
    surveys.close_what_is_over()
    surveys.forget_old_names()
    return None


BULK_DELIVERY = Job(
    outbox.BULK_SENDER,
    deliver_bulk,
    timedelta(seconds=1),
    is_delivery=True,
    has_lanes=True,
    queue="bulk",
)
TABLE: tuple[Job, ...] = (
    Job(
        outbox.SENDER,
        deliver_mail,
        timedelta(seconds=1),
        is_delivery=True,
        has_lanes=True,
        queue="mail",
    ),
    BULK_DELIVERY,
    Job("sweep-mail", sweep_mail, timedelta(minutes=1), is_delivery=True),
    Job("settle-stopped", settle_stopped, timedelta(seconds=10)),
    Job("read-mailbox", read_mailbox, timedelta(seconds=30)),
    Job("remind", remind, timedelta(minutes=1)),
    Job(address_import.READER, read_in_addresses, timedelta(seconds=2)),
    Job(subscriber_import.READER, read_in_readers, timedelta(seconds=2)),
    Job("open-editions", editions.open_editions, timedelta(minutes=15)),
    Job("tell-what-is-due", editions.tell_what_is_due, timedelta(minutes=15)),
    Job("send-editions", editions.send_editions, timedelta(seconds=20)),
    Job("keep-planned-times", editions.keep_planned_times, timedelta(hours=24)),
    Job("erase-needs", erase_needs, timedelta(hours=1)),
    Job("erase-sign-ups", erase_sign_ups, timedelta(hours=6)),
    Job("take-in-readers", take_in_readers, timedelta(minutes=5)),
    Job("erase-old-mail", erase_old_mail, timedelta(hours=24)),
    Job("forget-pictures", forget_pictures, timedelta(hours=24)),
    Job("carry-out-erasures", erasures.carry_out, timedelta(seconds=30)),
    Job("erase-who-is-gone", erasures.forget, timedelta(hours=24)),
    Job("count-readers", count_readers, timedelta(hours=1)),
    Job("write-last-seen", write_last_seen, timedelta(minutes=1), is_local=True),
    Job("settle-editions", settle_editions, timedelta(seconds=30)),
    Job("write-clicks", write_clicks, timedelta(minutes=1), is_local=True),
    Job("tidy", tidy, timedelta(hours=6)),
)


def is_wanted(job: Job, running: Settings) -> bool:
    """Tell whether a job runs here: mail may be delivered elsewhere, or not at all."""
    return running.deliver or not job.is_delivery


def run(job: Job) -> bool:
    """Run a job to its end and commit it; a fault is logged, and tried again at the next turn."""
    began = now()
    try:
        job.run()
        db.session.commit()
    except Exception as fault:
        db.session.rollback()
        if room.is_lacking(fault):
            room.watch.lacks(settings().data_dir, job.name)
        else:
            log.exception("job failed", job=job.name)
        return False
    finally:
        db.session.remove()
    took = (now() - began).total_seconds()
    if took > 5:  # noqa: PLR2004 - a job that takes longer is worth a line
        log.info("job took long", job=job.name, seconds=round(took, 1))
    return True
