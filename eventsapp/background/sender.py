"""`flask sender`: sends a large newsletter beside the process that serves the pages.

Started by `senders.py`, and by nobody else: it ends when its standard input does, so it never
outlives who started it. It does nothing but the bulk lane, at lower priority than the pages.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from threading import Thread, Timer
from time import monotonic

import click
from flask import Flask, current_app

from eventsapp.background import jobs
from eventsapp.background.yielding import yield_to_pages
from eventsapp.core import heap
from eventsapp.core.db import db, read_only
from eventsapp.mail.due import BULK, has_due

READY = "ready"
LOOK_EVERY = 0.5  # seconds
STAY = 60.0
"""Seconds without work after which it goes: a newsletter leaves every two months."""
COMING = timedelta(seconds=90)
"""What is due within this time is waited for: most mails can be undone for a minute."""
LONGEST_END = 20.0
"""Seconds for the mails at hand when it must end; its journal tells what was not heard by then."""


def run() -> None:
    """Send what is due until nothing is coming, or until standard input ends."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    # Ctrl-C reaches the whole group of processes; this one ends when the other one has ended it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _number, _frame: jobs.STOPPING.set())
    yield_to_pages()
    Thread(target=_end_with_input, daemon=True).start()
    heap.settle()
    click.echo(READY)
    sys.stdout.flush()
    worked_at = monotonic()
    while not jobs.STOPPING.is_set() and monotonic() - worked_at < STAY:
        with app.app_context():
            has_work = is_much_coming(than=0)
            jobs.run(jobs.BULK_DELIVERY)
            if has_work:
                worked_at = monotonic()
        jobs.STOPPING.wait(LOOK_EVERY)


def is_much_coming(than: int) -> bool:
    """Tell whether more newsletters than so many are due now or soon. Reads only."""
    with read_only():
        found = has_due(BULK, beyond=than, within=COMING)
        db.session.rollback()
    db.session.remove()
    return found


def _end_with_input() -> None:
    """Wait until who started us closes our input, or is no more, however that ended."""
    # Not by the buffer of Python, which must not be in use when the process goes by itself.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    jobs.STOPPING.set()
    late = Timer(LONGEST_END, os._exit, [1])
    late.daemon = True
    late.start()
