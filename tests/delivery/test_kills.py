"""Senders that are killed at any moment: nothing is lost, nothing is doubled, doubt is named.

Four points are tried in every run; TEST_KILLS=60 (`make test-kills`) tries so many.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import make_url, select
from sqlalchemy.exc import OperationalError

from eventsapp.core.db import db
from eventsapp.mail import outbox, suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import PENDING_STATES, Message
from tests.application import make_product
from tests.databases import PostgresDatabase
from tests.delivery.editions import letter_to, open_edition
from tests.postgres import Postgres

ROOT = Path(__file__).parents[2]
POINTS = max(int(os.environ.get("TEST_KILLS", "4")) // 4, 1)
MANY = 2000 if POINTS > 1 else 300
LEAVING = 20
PATIENCE = 600
BOTH = pytest.mark.databases("sqlite", "postgresql")


class Senders:
    """Processes that send, on one database."""

    def __init__(self, environ):
        self._environ = environ
        self.running = []

    def start(self, **more):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.delivery.sender"],
            cwd=ROOT, env=self._environ | more, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.running.append(process)
        return process

    def kill(self):
        process = self.running.pop(0)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE)
        _close(process)

    def stop(self):
        for process in self.running:
            process.stdin.close()
        for process in self.running:
            try:
                process.wait(timeout=PATIENCE)
            finally:
                process.kill()
            process.stdout.close()


def _close(process):
    process.stdin.close()
    process.stdout.close()


@pytest.fixture
def senders(environ):
    made = Senders(environ)
    yield made
    made.stop()


@pytest.fixture
def edition(transaction, open_smtp):
    """`edition(600)` queues so many newsletters."""

    def act(count):
        with transaction():
            mailing = open_edition()
            outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(count)])

    return act


def wait_until(is_so):
    """Look often, for long."""
    until = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < until, "it did not come to an end"
        Event().wait(0.1)


def is_finished(transaction):
    with transaction() as session:
        waits = select(Message.id).where(Message.state.in_(PENDING_STATES)).limit(1)
        return session.scalar(waits) is None


def leave(transaction):
    """The last readers opt out, as long as no sender holds their mail; gives their addresses."""
    with transaction() as session:
        last = (
            select(Message)
            .where(Message.person_id > MANY - LEAVING, Message.state == "queued")
            .with_for_update()
        )
        rows = session.scalars(last).all()
        for row in rows:
            suppression.withhold_person(row.person_id, Purpose.NEWSLETTER, "opted_out")
        return {row.address for row in rows}


def told(transaction):
    with transaction() as session:
        return dict(session.execute(select(Message.address, Message.state)).all())


@BOTH
@pytest.mark.parametrize("point", range(POINTS))
@pytest.mark.parametrize("workers", [1, 3])
def test_a_kill_loses_nothing_and_doubles_nothing(
    workers, point, edition, senders, transaction, open_smtp, settings, database_kind
):
    moment = Random(f"{database_kind} {workers} {point}").randrange(1, MANY - LEAVING)
    edition(MANY)
    for _ in range(workers):
        senders.start()
    open_smtp.wait_for(max(moment // 2, 1), PATIENCE)
    left = leave(transaction)
    open_smtp.wait_for(moment, PATIENCE)
    senders.kill()
    if workers == 1:
        senders.start()
    wait_until(lambda: is_finished(transaction))
    states = told(transaction)
    came = Counter(one.to for one in open_smtp.letters)
    by_state = Counter(states.values())
    sent = {to for to, state in states.items() if state == "sent"}
    unknown = {to for to, state in states.items() if state == "unknown"}
    assert set(by_state) <= {"sent", "unknown", "skipped"}, by_state
    assert set(came.values()) == {1}, "nobody gets it twice"
    assert sent <= set(came), "what was sent has arrived"
    assert set(came) <= sent | unknown, "what arrived is sent, or named as unsure"
    assert len(unknown) <= settings.smtp_connections
    assert {states[to] for to in left} <= {"skipped"}
    assert not left & set(came), "who opted out gets nothing more"


@pytest.mark.databases("postgresql")
def test_a_disk_that_fills_up_stops_before_a_mail_and_never_after(
    edition, senders, transaction, open_smtp
):
    edition(200)
    senders.start(FILE_LIMIT="1500")  # a journal of some forty mails; the next round begins anew
    wait_until(lambda: is_finished(transaction))
    assert set(told(transaction).values()) == {"sent"}
    assert Counter(Counter(one.to for one in open_smtp.letters).values()) == {1: 200}


@pytest.fixture
def own(mail_server, tmp_path, environ):
    """A product on a PostgreSQL of its own, that may crash; its commits survive that."""
    server = Postgres.start()
    url = server.create("crashing")
    place = make_url(url).set(drivername="postgresql").render_as_string()
    with psycopg.connect(place, autocommit=True) as link:
        link.execute("ALTER DATABASE crashing SET synchronous_commit = on")
    product = make_product(PostgresDatabase(url), mail_server, tmp_path)
    made = Senders(environ | {"EVENTS_DATABASE_URL": url})
    yield SimpleNamespace(app=product.app, place=place, senders=made)
    made.stop()
    product.close()
    server.stop()


def crash(place):
    """Kill a process of PostgreSQL that serves a sender: it ends them all and starts anew."""
    with psycopg.connect(place, autocommit=True) as link:
        ours = "SELECT pid FROM pg_stat_activity WHERE datname = 'crashing' AND pid <> %s"
        pids = link.execute(ours, (link.info.backend_pid,)).fetchall()
        os.kill(pids[0][0], signal.SIGKILL)


@pytest.mark.databases("sqlite")
def test_a_database_that_starts_anew_in_mid_send_loses_and_doubles_nothing(own, open_smtp):
    @contextmanager
    def transaction():
        with own.app.app_context():
            yield db.session()
            db.session.commit()

    with transaction():
        mailing = open_edition()
        outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(MANY)])
    own.senders.start()
    open_smtp.wait_for(MANY // 3, PATIENCE)
    crash(own.place)

    def is_over():
        try:
            return is_finished(transaction)
        except OperationalError:  # it is still getting up
            return False

    wait_until(is_over)
    states = told(transaction)
    came = Counter(one.to for one in open_smtp.letters)
    assert set(came.values()) == {1}
    assert {to for to, state in states.items() if state != "unknown"} <= set(came)
    assert Counter(states.values())["unknown"] == 0, "the sender lived, so nothing is unsure"
