"""A newsletter to thousands: senders of their own help the clock, and never outlive it."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest
from sqlalchemy import func, select, update

from eventsapp.background import jobs, senders
from eventsapp.background.leader import FileLeader
from eventsapp.background.sender import READY
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail import outbox
from eventsapp.mail.models import Message
from tests.delivery.editions import letter_to, open_edition
from tests.delivery.killing import PATIENCE, children_of


def wait_until(is_so):
    until = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < until, "it did not come to that"
        Event().wait(0.05)


@pytest.fixture
def edition(transaction, open_smtp, monkeypatch):
    """`edition(40)` queues so many newsletters; ten are many in these tests."""
    monkeypatch.setattr(senders, "MANY", 10)

    def act(count):
        with transaction():
            mailing = open_edition()
            outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(count)])

    return act


@pytest.fixture
def made(app, settings, environ):
    """Senders as the clock of this process has them; gone when the test ends."""
    ours = senders.Senders(settings, tuple, environ)
    with app.app_context():
        yield ours
        ours.stop()
        db.session.remove()


def states(transaction):
    with transaction() as session:
        return dict(
            session.execute(select(Message.state, func.count()).group_by(Message.state)).all()
        )


def put_off(transaction):
    """Let the newsletters leave in a while from now: whatever takes long, they are not due yet."""
    with transaction() as session:
        soon = Message.not_before < now() + timedelta(seconds=60)
        session.execute(
            update(Message).where(soon).values(not_before=now() + timedelta(seconds=80))
        )


@pytest.mark.databases("sqlite", "postgresql")
def test_senders_of_their_own_send_each_newsletter_once(edition, made, open_smtp, transaction):
    edition(300)
    wait_until(lambda: made.look() or jobs.STAND_BACK.is_set())
    open_smtp.wait_for(300, PATIENCE)
    wait_until(lambda: states(transaction) == {"sent": 300})
    assert Counter(Counter(one.to for one in open_smtp.letters).values()) == {1: 300}


@pytest.mark.databases("sqlite")
def test_they_start_while_a_newsletter_can_still_be_undone(edition, made, open_smtp, transaction):
    def are_ready():
        put_off(transaction)
        made.look()
        return jobs.STAND_BACK.is_set()

    edition(20)
    wait_until(are_ready)
    assert open_smtp.letters == []


@pytest.mark.databases("sqlite")
def test_each_has_a_session_of_its_own_in_which_it_yields(edition, made):
    edition(20)
    before = set(children_of(os.getpid()))
    made.look()
    called = set(children_of(os.getpid())) - before
    assert len(called) == 2
    assert {os.getsid(pid) for pid in called} == called


@pytest.mark.databases("sqlite")
def test_a_few_newsletters_call_nobody(edition, made):
    edition(10)
    before = children_of(os.getpid())
    made.look()
    assert children_of(os.getpid()) == before


@pytest.fixture
def stand_back():
    """What is set while senders of their own are at work."""
    yield jobs.STAND_BACK
    jobs.STAND_BACK.clear()


@pytest.mark.databases("sqlite")
def test_the_clock_does_not_begin_while_they_are_at_work(
    edition, app, stand_back, open_smtp, transaction
):
    edition(5)
    stand_back.set()
    with app.app_context():
        assert jobs.deliver_bulk() is None, "not even the mail server is called"
    assert states(transaction) == {"queued": 5}


@pytest.mark.databases("sqlite")
def test_what_the_clock_is_sending_it_leaves_to_them_once_they_are_ready(
    edition, app, stand_back, open_smtp, transaction
):
    def send():
        with app.app_context():
            jobs.run(jobs.BULK_DELIVERY)

    edition(3000)
    open_smtp.hold_at(10)
    sending = Thread(target=send)
    sending.start()
    open_smtp.wait_for(10)
    stand_back.set()
    open_smtp.go_on()
    sending.join(PATIENCE)
    found = states(transaction)
    assert set(found) == {"sent", "queued"}
    assert found["sent"] == len(open_smtp.letters)


@pytest.mark.databases("sqlite")
def test_a_sender_that_goes_by_itself_goes_in_good_order(app, environ):
    command = [sys.executable, "-m", "flask", "--app", "eventsapp.app:create_worker", "sender"]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, env=environ, text=True, **pipes) as sender:
        assert sender.stdout.readline().strip() == READY
        sender.terminate()  # its input is still open, as it is after a minute without work
        assert (sender.wait(PATIENCE), sender.stderr.read()) == (0, "")


@pytest.mark.databases("sqlite")
def test_they_end_with_the_process_that_started_them_however_that_ended(
    transaction, open_smtp, serve, tmp_path
):
    def are_called():
        put_off(transaction)
        return len(children_of(process.pid)) == 2

    with transaction():
        mailing = open_edition()
        letters = [letter_to(number, mailing) for number in range(senders.MANY + 1)]
        outbox.enqueue(mailing, letters)
    put_off(transaction)
    process = serve()
    wait_until(are_called)
    helping = children_of(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=PATIENCE)
    leader = FileLeader(tmp_path / "clock.lock")
    wait_until(leader.leads)
    leader.resign()
    assert not [pid for pid in helping if Path(f"/proc/{pid}/exe").exists()]
