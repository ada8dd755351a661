"""`flask doctor`: tries what can be tried of the mail engine, and says of the rest: cannot know.

The command and the coordinator's page call `examine`. The database is asked first and let go; what
goes over the network runs side by side after that, each bounded in time. Changes nothing, but for
the trial mail that `send_trial` sends to our own bounce address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import structlog
from sqlalchemy.exc import SQLAlchemyError

from eventsapp.core.db import db, read_only
from eventsapp.core.labels import N_
from eventsapp.mail import doctor_database, doctor_dns, doctor_machine, doctor_servers
from eventsapp.mail.doctor_words import Finding, unknown

log = structlog.get_logger()

# What a broken answer of another machine, or a fault of ours, can bring about.
_STUMBLES = (OSError, ValueError, TypeError, LookupError, AttributeError, SQLAlchemyError)
Check = Callable[[], Iterable[Finding]]
ASKS_THE_DATABASE: tuple[Check, ...] = (
    doctor_database.database,
    doctor_database.waiting,
    doctor_database.workers,
    doctor_database.intake,
    doctor_database.trial,
)
ASKS_THE_NETWORK: tuple[Check, ...] = (
    doctor_servers.relays,
    doctor_servers.mailbox,
    doctor_servers.receiver,
    doctor_servers.one_click,
    doctor_dns.spf,
    doctor_dns.dkim,
    doctor_dns.dmarc,
)
ASKS_THE_MACHINE: tuple[Check, ...] = (
    doctor_machine.running_settings,
    doctor_machine.clock,
    doctor_machine.zones,
    doctor_machine.room,
)


def examine() -> list[Finding]:
    """Try everything, in half a minute at most; the order of the findings is always the same."""
    with read_only():
        found = list(_run(ASKS_THE_MACHINE))
        asked = list(_run(ASKS_THE_DATABASE))
        db.session.rollback()  # nobody may wait for us while we ask around
    with ThreadPoolExecutor(len(ASKS_THE_NETWORK)) as pool:
        waiting = [pool.submit(copy_context().run, _one, check) for check in ASKS_THE_NETWORK]
        for each in waiting:
            found += each.result()
    return found + asked


def _run(checks: Iterable[Check]) -> Iterator[Finding]:
    for check in checks:
        yield from _one(check)


def _one(check: Check) -> list[Finding]:
    """Do one check to its end; one that breaks is a fault of ours, not of what it looks at."""
    try:
        return list(check())
    except _STUMBLES as fault:
        log.exception("a check of the doctor broke", check=check.__name__)
        return [unknown(check.__name__, N_("This could not be looked at: %(why)s"), why=str(fault))]
