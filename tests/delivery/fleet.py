"""The product as several processes on one PostgreSQL: web processes, workers, and their queue.

`tests/delivery/test_wakeups.py` looks at the queue, `tests/delivery/test_workers.py` at the
processes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import text

from config import Settings
from eventsapp.background import queue
from eventsapp.core.db import db
from eventsapp.core.settings import keep

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0  # seconds; workers yield, so a busy machine hardly gives them a turn

WATCH = """
    CREATE TABLE procrastinate_taken (job text, worker bigint, turn text);
    CREATE FUNCTION procrastinate_take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO procrastinate_taken
        VALUES (NEW.task_name, NEW.worker_id, coalesce(NEW.args ->> 'timestamp', ''));
        RETURN NEW;
    END $$;
    CREATE TRIGGER procrastinate_take AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (NEW.status = 'doing') EXECUTE FUNCTION procrastinate_take()
"""


class Queue:
    """The queue of the workers in the database of the test, looked at from beside the product."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def ask(self, question: str, **values: Any) -> list[Any]:
        """Ask the database, or tell it, in a transaction of its own."""
        with self._app.app_context():
            result = db.session.execute(text(question), values)
            rows = [tuple(row) for row in result] if result.returns_rows else []
            db.session.commit()
        return rows

    @property
    def waiting(self) -> list[str]:
        """The jobs for which a wake-up waits."""
        asked = "SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
        return [name for (name,) in self.ask(asked)]

    def watch(self) -> None:
        """Write down from now on which worker takes which job, and for which turn of the clock."""
        self.ask(WATCH)

    def taken(self, job: str = "%") -> list[tuple[str, int, str]]:
        """What was taken since: job, worker, and turn of the clock, empty for a wake-up."""
        asked = "SELECT job, worker, turn FROM procrastinate_taken WHERE job LIKE :job"
        return self.ask(asked, job=job)

    def wait_until(self, question: str, **values: Any) -> None:
        """Wait until the answer is yes; fail when that takes too long."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.ask(question, **values)[0][0]:
                return
            self.ask("SELECT pg_sleep(0.05)")
        raise AssertionError(f"it never came true: {question}")


@pytest.fixture
def stamped(app: Flask) -> Iterator[None]:
    """The database says that it is up to date: the tables of tests were made without migrations."""
    with app.app_context():
        flask_migrate.stamp()
        db.session.remove()
    yield
    with app.app_context():
        db.session.execute(text("DROP TABLE alembic_version"))
        db.session.commit()


@pytest.fixture
def queue_of_jobs(app: Flask, settings: Settings) -> Iterator[Queue]:
    """The product as it is set up for workers, with its queue made by the migration."""
    with app.app_context():
        # The other tables, of earlier and later migrations, were made without one.
        flask_migrate.stamp(revision="0002")
        flask_migrate.upgrade(revision="0003")
        flask_migrate.stamp()
    keep(app, settings.replace(engine="workers"))
    queue.listen()
    yield Queue(app)
    keep(app, settings)
    with app.app_context():
        flask_migrate.stamp(revision="0003")
        flask_migrate.downgrade(revision="0002")
        db.session.execute(text("DROP TABLE alembic_version"))
        db.session.commit()


class Process:
    """A process of the product, and the line that says that it is ready."""

    def __init__(self, command: str, sign: str, environ: Mapping[str, str]) -> None:
        self._sign = sign
        made = "create_worker" if command.startswith("worker") else "create_app"
        self.running = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", f"eventsapp.app:{made}", *command.split()],
            cwd=ROOT,
            env=dict(environ),
            stdout=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> str:
        """Wait until it works, and give what it said."""
        assert self.running.stdout
        return next(line for line in self.running.stdout if self._sign in line)

    def stop(self, how: int) -> int:
        """Send it a signal and wait for its end; give its status."""
        self.running.send_signal(how)
        return self.running.wait(timeout=PATIENCE)


@pytest.fixture
def start(queue_of_jobs: Queue, environ: dict[str, str]) -> Iterator[Callable[[str], Process]]:
    """`start("worker")` and `start("serve")` start a process; all are ended after the test."""
    made: list[Process] = []
    signs = {"worker": "This worker is ready", "serve": "ready at"}

    def act(command: str, **values: str) -> Process:
        given = {**environ, "EVENTS_ENGINE": "workers", "EVENTS_UNDO_SECONDS": "0", **values}
        made.append(Process(command, signs[command.split()[0]], given))
        return made[-1]

    yield act
    for each in made:
        each.running.kill()
        each.running.wait(timeout=PATIENCE)
        if each.running.stdout:
            each.running.stdout.close()
