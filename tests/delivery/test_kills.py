"""Senders that are killed at any moment: nothing is lost, nothing is doubled, doubt is named.

Of an edition, which is not sent again, four points are tried in every run; TEST_KILLS=60
(`make test-kills`) tries so many. Of an invitation round, of which a mail in doubt is sent again,
there are two and six. Whole processes are killed in `test_killed_processes.py`.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import make_url, select
from sqlalchemy.exc import OperationalError

from eventsapp.core.db import db
from eventsapp.mail import outbox
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import PENDING_STATES, Message
from tests.application import make_product
from tests.databases import PostgresDatabase
from tests.delivery.editions import letter_to, open_edition
from tests.delivery.killing import (
    IS_LONG,
    PATIENCE,
    POINTS,
    check_edition,
    check_leavers,
    is_finished,
    leave,
    leave_before,
    leave_while_held,
    told,
    wait_until,
)
from tests.postgres import Postgres

ROOT = Path(__file__).parents[2]
MANY = 2000 if IS_LONG else 300
GUESTS = 60
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


@BOTH
@pytest.mark.parametrize("point", range(POINTS))
@pytest.mark.parametrize("workers", [1, 3])
def test_a_kill_loses_nothing_and_doubles_nothing(
    workers, point, edition, senders, transaction, open_smtp, settings, database_kind
):
    moment = Random(f"{database_kind} {workers} {point}").randrange(1, MANY * 2 // 3)
    edition(MANY)
    waited = leave_before(transaction, MANY)
    open_smtp.hold_at(max(moment // 2, 1))
    for _ in range(workers):
        senders.start(LOOK_EVERY="0")
    open_smtp.wait_for(max(moment // 2, 1), PATIENCE)
    held, lanes = leave_while_held(transaction, open_smtp)
    open_smtp.go_on()
    open_smtp.wait_for(moment, PATIENCE)
    senders.kill()
    if workers == 1:
        senders.start(LOOK_EVERY="0")
    wait_until(lambda: is_finished(transaction))
    states = told(transaction)
    check_edition(states, open_smtp.letters, settings.smtp_connections)
    check_leavers(states, waited, held, lanes * settings.smtp_connections)


@pytest.fixture
def killed_round(waiting, senders, open_smtp, transaction):
    """An invitation round whose sender is killed while it waits for answers about some mails.

    Gives who got one of these. The last of them wants no mail any more; another sender goes on.
    """

    def act(moment):
        waiting(GUESTS)
        open_smtp.hold_at(moment)
        senders.start()
        open_smtp.wait_for(moment + 1, PATIENCE)
        senders.kill()
        open_smtp.go_on()
        unanswered = [one.to for one in open_smtp.letters[moment - 1 :]]
        with transaction() as session:
            last = select(Message.person_id).where(Message.address == unanswered[-1])
            leaver = session.scalars(last).one()
        leave(transaction, [leaver], Purpose.MEETINGS)
        senders.start(DOUBT="0")
        wait_until(lambda: is_settled(transaction))
        return unanswered

    return act


def is_settled(transaction):
    """Nothing waits, and of nothing is a copy still to come."""
    with transaction() as session:
        open_states = (*PENDING_STATES, "unknown")
        rest = select(Message.id).where(Message.state.in_(open_states)).limit(1)
        return session.scalar(rest) is None


@BOTH
@pytest.mark.parametrize("point", range(min(POINTS, 3)))
def test_a_killed_round_reaches_all_and_comes_twice_only_where_its_row_says_so(
    point, killed_round, transaction, open_smtp, settings, database_kind
):
    moment = Random(f"round {database_kind} {point}").randrange(1, GUESTS - 10)
    *doubted, leaver = killed_round(moment)
    with transaction() as session:
        rows = {row.address: row for row in session.scalars(select(Message))}
    came = Counter(one.to for one in open_smtp.letters)
    twice = {to for to, copies in came.items() if copies > 1}
    again = {to for to, row in rows.items() if row.reason == "sent_again"}
    assert set(came) == set(rows), "nobody is left out"
    assert set(came.values()) == {1, 2}, "nobody gets it three times"
    assert set(doubted) <= twice <= again
    assert len(again) < settings.smtp_connections
    assert {(rows[to].state, rows[to].attempts) for to in again} == {("sent", 2)}
    assert all((row.started_at is not None) == (to in {*again, leaver}) for to, row in rows.items())
    assert (rows[leaver].state, came[leaver]) == ("skipped", 1), "no copy to who opted out since"
    assert all(len({one.raw for one in open_smtp.to(to)}) == 1 for to in twice), "the same mail"


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
