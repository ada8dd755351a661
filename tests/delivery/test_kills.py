"""Senders that are killed at any moment: nothing is lost, nothing is doubled, doubt is named.

Of an edition, which is not sent again, four points are tried in every run; TEST_KILLS=60
(`make test-kills`) tries so many. Of an invitation round, of which a mail in doubt is sent again,
there are two and six.
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
GUESTS = 60
WAITING, HELD = 10, 100  # who leave before a sender comes; of how many that one holds a third does
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


def leave(transaction, person_ids, purpose=Purpose.NEWSLETTER):
    """These people opt out."""
    with transaction():
        for person_id in person_ids:
            suppression.withhold_person(person_id, purpose, "opted_out")


def leave_while_held(transaction, server):
    """Each third reader leaves of those whose mail a sender holds, while the server is silent.

    Gives their addresses, and how many senders hold mail.
    """
    rows = []

    def are_enough():
        came = {one.to for one in server.letters}
        with transaction() as session:
            held = select(Message.address, Message.person_id, Message.lease)
            found = session.execute(held.where(Message.state == "leased").order_by(Message.id))
            rows[:] = [row for row in found if row.address not in came]
        return len(rows) >= HELD

    wait_until(are_enough)
    leave(transaction, [row.person_id for row in rows[::3]])
    return {row.address for row in rows[::3]}, len({row.lease for row in rows})


def told(transaction):
    with transaction() as session:
        return dict(session.execute(select(Message.address, Message.state)).all())


@BOTH
@pytest.mark.parametrize("point", range(POINTS))
@pytest.mark.parametrize("workers", [1, 3])
def test_a_kill_loses_nothing_and_doubles_nothing(
    workers, point, edition, senders, transaction, open_smtp, settings, database_kind
):
    moment = Random(f"{database_kind} {workers} {point}").randrange(1, MANY * 2 // 3)
    edition(MANY)
    early = range(0, MANY, MANY // WAITING)
    leave(transaction, [number + 1 for number in early])
    waited = {f"lezer{number}@raad.example" for number in early}
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
    came = Counter(one.to for one in open_smtp.letters)
    by_state = Counter(states.values())
    sent = {to for to, state in states.items() if state == "sent"}
    unknown = {to for to, state in states.items() if state == "unknown"}
    skipped = {to for to, state in states.items() if state == "skipped"}
    assert set(by_state) <= {"sent", "unknown", "skipped"}, by_state
    assert set(came.values()) == {1}, "nobody gets it twice"
    assert sent <= set(came), "what was sent has arrived"
    assert set(came) <= sent | unknown, "what arrived is sent, or named as unsure"
    assert len(unknown) <= settings.smtp_connections
    assert waited <= skipped <= waited | held, "who opted out gets nothing more, and only they"
    on_the_wire = lanes * settings.smtp_connections
    assert len(held - skipped) <= on_the_wire < len(held), "but for a mail on each connection"


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
