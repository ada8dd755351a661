"""What a worker takes: at rest, after hundreds of invitations, and after an edition.

It runs as its unit starts it, with the libraries of `requirements.lock` and no others: those of the
tests add 6 MB. The figure is the peak of the process (`VmHWM`), so it never goes down again.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic

from flask import Flask
from sqlalchemy import select

from bench import meanwhile, programme, sink
from bench.meanwhile import PATIENCE
from bench.server import HERE, WORKER_IS_READY, Broken, started
from bench.sink import Sink
from config import Settings
from eventsapp.app import create_app
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.directory.models import Person
from eventsapp.invitations.audience import Choice
from eventsapp.invitations.invite import invite
from eventsapp.meetings.models import Meeting
from tests.postgres import Postgres

AT_REST = 20.0  # seconds; each job of the clock has run by then
INVITED = 500
READERS = 5_000
AIM = "an edition too; below 100, aim 60; one worker, once"
ROOT = HERE.parent
UNIT = ROOT / "deploy" / "eventsapp-worker@.service"
Figure = Callable[[str, str, str, str], None]


def measure(folder: Path, postgres: Postgres, figure: Figure) -> None:
    """Measure on PostgreSQL and print. Raises `Broken` where the libraries can't be had."""
    database = postgres.create("memory").replace("postgresql+psycopg:", "postgresql:")
    python = _install(folder / "python")
    with sink.serving() as bulk, sink.serving(processes=1) as urgent:
        environ = meanwhile.environ_of(folder / "memory", database, bulk, urgent)
        app = create_app(Settings.from_env(environ))
        programme.load(app, times=1)
        environ |= dict(re.findall(r"^Environment=(\w+)=(.*)$", UNIT.read_text("utf-8"), re.M))
        with started("worker", environ, WORKER_IS_READY, python) as worker, app.app_context():
            Event().wait(AT_REST)
            figure("worker_at_rest", f"{_peak(worker):.0f}", "MB", "demo programme, PostgreSQL")
            invited = _invite(app, urgent)
            figure("worker_after_invitations", f"{_peak(worker):.0f}", "MB", f"{invited} at once")
            wanted = meanwhile.queue(folder / "memory", database, READERS, bulk)
            meanwhile.all_leave(wanted)
            figure("worker_peak", f"{_peak(worker):.0f}", "MB", AIM)


def _install(folder: Path) -> str:
    """Make an environment of the product's own libraries, as `make compile` does."""
    python = str(folder / "bin" / "python")
    wanted = str(ROOT / "requirements.lock")
    steps = [
        [sys.executable, "-m", "venv", str(folder)],
        [python, "-m", "pip", "install", "-qq", "--require-hashes", "-r", wanted],
        [python, "-m", "compileall", "-q", "-o", "0", "-o", "2", str(folder / "lib")],
        [python, "-m", "compileall", "-q", "-o", "0", "-o", "2", "config", "eventsapp"],
    ]
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise Broken(f"an environment for a worker: {done.stderr[-300:]}")
    return python


def _invite(app: Flask, relay: Sink) -> int:
    """Invite hundreds to the last meeting to come, wait until all mails left; give how many."""
    before = relay.taken
    asked = select(Meeting).where(Meeting.status == "visible", Meeting.starts_at > now())
    people = select(Person.id).where(Person.erased_at.is_(None)).order_by(Person.id)
    with app.test_request_context():
        meeting = db.session.scalars(asked.order_by(Meeting.starts_at.desc())).first()
        numbers = frozenset(db.session.scalars(people.limit(INVITED)))
        mailing = invite(SYSTEM, meeting, Choice(person_ids=numbers)) if meeting else None
        if mailing is None:
            raise Broken("There was nobody to invite.")
        count = len(mailing.messages)
        db.session.commit()
    until = monotonic() + PATIENCE
    while relay.taken < before + count:
        if monotonic() > until:
            raise Broken(f"{relay.taken - before} of {count} invitations have left.")
        Event().wait(1.0)
    return count


def _peak(process: int) -> float:
    """Give the most megabytes (2^20) of memory that a process has had."""
    told = Path(f"/proc/{process}/status").read_text("ascii")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024
