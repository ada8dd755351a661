"""PostgreSQL is restarted while an edition is going out: nothing is lost, nothing goes twice."""

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from threading import Event
from time import monotonic
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text

from eventsapp.core.db import db
from eventsapp.mail import outbox
from eventsapp.mail.models import PENDING_STATES, Message
from tests.application import make_product
from tests.databases import PostgresDatabase
from tests.delivery.conftest import ROOT
from tests.delivery.editions import letter_to, open_edition
from tests.network import PATIENCE
from tests.postgres import Postgres

MANY, HELD_AT = 300, 100
ADDRESSES = [f"lezer{number}@raad.example" for number in range(MANY)]
BEGAN = text("SELECT pg_postmaster_start_time()")
pytestmark = pytest.mark.databases("sqlite")  # of the run; each test has a server of its own


def wait_until(is_so):
    """Look often, for long."""
    until = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < until, "it did not come to an end"
        Event().wait(0.1)


@pytest.fixture
def server():
    """A PostgreSQL of its own: nobody else notices what becomes of it."""
    made = Postgres.start()
    yield made
    made.stop()


@pytest.fixture
def own(server, mail_server, tmp_path):
    """A product on it; `own.url` is its database."""
    url = server.create("restarted")
    database = PostgresDatabase(url)
    product = make_product(database, mail_server, tmp_path)
    yield SimpleNamespace(app=product.app, url=url)
    product.close()


@pytest.fixture
def transaction(own):
    @contextmanager
    def begin():
        with own.app.app_context():
            yield db.session()
            db.session.commit()

    return begin


@pytest.fixture
def sender(own, environ):
    """A sender as a process of its own, which lives through all of it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.delivery.sender"],
        cwd=ROOT, env=environ | {"EVENTS_DATABASE_URL": own.url}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield process
    process.stdin.close()
    try:
        process.wait(timeout=PATIENCE)
    finally:
        process.kill()
        process.stdout.close()


@pytest.fixture
def relay(transaction, open_smtp):
    """An edition is queued; of its hundredth mail on the relay keeps its answers to itself."""
    with transaction():
        mailing = open_edition()
        outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(MANY)])
    open_smtp.hold_at(HELD_AT)
    return open_smtp


@pytest.fixture
def is_over(transaction):
    """Whether no mail waits or is held by a sender any more."""

    def ask():
        with transaction() as session:
            waits = select(Message.id).where(Message.state.in_(PENDING_STATES)).limit(1)
            return session.scalar(waits) is None

    return ask


@pytest.mark.parametrize("answers", ["while it is away", "when it is back"])
def test_a_restart_in_mid_send_loses_and_doubles_nothing(
    answers, own, server, relay, sender, transaction, is_over
):
    relay.wait_for(HELD_AT)
    with own.app.app_context():
        db.engine.dispose()
    with server.away():
        assert len(relay.letters) < MANY
        if answers == "while it is away":
            relay.go_on()
    relay.go_on()
    relay.wait_for(MANY)
    wait_until(is_over)
    assert Counter(one.to for one in relay.letters) == dict.fromkeys(ADDRESSES, 1)
    with transaction() as session:
        states = Counter(session.scalars(select(Message.state)))
    assert states == {"sent": MANY}, "the sender lived, so it knows of each"


def test_a_restarted_server_is_another_process_with_the_same_data(own, server, transaction):
    with transaction() as session:
        mailing = open_edition()
        outbox.enqueue(mailing, [letter_to(0, mailing)])
        began = session.scalar(BEGAN)
    with own.app.app_context():
        db.engine.dispose()
    server.restart()
    with transaction() as session:
        assert session.scalar(BEGAN) > began
        assert session.scalars(select(Message.state)).all() == ["queued"]
