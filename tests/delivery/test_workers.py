"""Workers and web as processes of their own on one PostgreSQL, as an administrator runs them."""

import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from sqlalchemy import select

from eventsapp.background.jobs import TABLE
from eventsapp.background.reception import Reception
from eventsapp.core import wakeups
from eventsapp.core.db import db
from eventsapp.core.links import answer_token
from eventsapp.core.settings import settings as running
from eventsapp.invitations.models import Invitation
from eventsapp.mail.models import Message
from tests.delivery.fleet import ROOT

MANY = 60
ANSWERS = 6
QUEUES = len({job.queue for job in TABLE if not job.is_local})
BY_THE_CLOCK = {job.name for job in TABLE if not job.is_local} | {"rescue", "clean-up"}
TURNS = "SELECT count(DISTINCT job) >= :jobs FROM procrastinate_taken WHERE turn <> ''"
SHARED = "SELECT count(DISTINCT worker) > 1 FROM procrastinate_taken WHERE job LIKE 'deliver-%'"
ALIVE = "SELECT count(*) >= :least FROM procrastinate_workers"


@pytest.fixture
def tokens(app):
    """`tokens()` gives the personal links of all who are invited."""

    def act():
        with app.app_context():
            asked = db.session.scalars(select(Invitation).order_by(Invitation.id))
            made = [answer_token(one.id, one.generation) for one in asked]
            db.session.remove()
        return made

    return act


@pytest.fixture
def web(start, closed_network):
    """`web()` starts a process that serves pages; gives it and its address."""

    def act():
        process = start("serve")
        address = process.ready().split()[-1]
        closed_network.open.add(int(address.rpartition(":")[2]))
        return process, address

    return act


def accept(address, tokens):
    """Press "I will come" on each of these personal pages."""
    for token in tokens:
        data = urlencode({"reply": "accepted"}).encode()
        with urlopen(f"{address}/a/{token}/answer", data=data, timeout=600) as page:
            assert page.status == 200


def test_three_workers_do_all_and_nothing_twice_while_the_web_restarts(
    start, web, waiting, tokens, queue_of_jobs
):
    queue_of_jobs.watch()
    workers = [start("worker") for _ in range(3)]
    served, address = web()
    for each in workers:
        each.ready()
    queue_of_jobs.wait_until(ALIVE, least=3 * QUEUES)
    server = waiting(MANY)
    invited = tokens()
    accept(address, invited[:ANSWERS])
    assert served.stop(signal.SIGTERM) == 0
    _, address = web()
    accept(address, invited[ANSWERS : 2 * ANSWERS])
    server.wait_for(MANY + 2 * ANSWERS)
    # A turn of the clock at which all three were there; by then each job has had one.
    queue_of_jobs.wait_until("SELECT count(*) > 1 FROM procrastinate_taken WHERE job = 'rescue'")
    queue_of_jobs.wait_until(TURNS, jobs=len(BY_THE_CLOCK))
    queue_of_jobs.wait_until(SHARED)
    assert [each.stop(signal.SIGTERM) for each in workers] == [0, 0, 0]

    came = Counter((one.to, one.message["Message-ID"]) for one in server.letters)
    assert set(came.values()) == {1}
    assert len(came) == MANY + 2 * ANSWERS
    turns = Counter((job, turn) for job, _, turn in queue_of_jobs.taken() if turn)
    assert set(turns.values()) == {1}
    assert {job for job, _ in turns} == BY_THE_CLOCK
    assert queue_of_jobs.ask(ALIVE, least=1) == [(False,)], "each said goodbye"


def test_what_a_killed_worker_had_at_hand_is_done_by_another(
    app, start, waiting, queue_of_jobs, transaction, settings
):
    server = waiting(MANY)
    server.patience = MANY // 3
    killed = start("worker")
    server.wait_for(MANY // 3)
    killed.stop(signal.SIGKILL)
    server.patience = 0
    left = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND task_name = :name"
    assert queue_of_jobs.ask(left, name="deliver-mail") == [(1,)]
    # What the clock would bring about: its signs of life grow old.
    queue_of_jobs.ask("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 day'")
    start("worker").ready()
    with transaction():
        wakeups.call("sweep-mail")
    server.wait_for(MANY)
    queue_of_jobs.wait_until("SELECT count(*) = 0 FROM message WHERE state IN ('queued', 'leased')")
    came = Counter(one.to for one in server.letters)
    assert len(came) == MANY
    with transaction() as session:
        in_doubt = (Message.state == "unknown") | (Message.reason == "sent_again")
        named = set(session.scalars(select(Message.address).where(in_doubt)))
    assert {to for to, count in came.items() if count > 1} <= named
    assert len(named) <= settings.smtp_connections
    queue_of_jobs.wait_until(
        "SELECT count(*) = 0 FROM procrastinate_jobs WHERE status IN ('doing', 'failed')"
    )


def test_a_worker_survives_the_loss_of_its_database_and_tells_that_it_lives(
    start, waiting, queue_of_jobs, tmp_path
):
    here = [pid for (pid,) in queue_of_jobs.ask("SELECT pid FROM pg_stat_activity")]
    worker = start("worker")
    worker.ready()
    queue_of_jobs.wait_until(ALIVE, least=QUEUES)
    assert len(list((tmp_path / "workers").iterdir())) == 1
    queue_of_jobs.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(:here)",
        here=here,
    )
    server = waiting(3)
    server.wait_for(3)
    assert worker.stop(signal.SIGTERM) == 0
    assert list((tmp_path / "workers").iterdir()) == []


def test_a_worker_as_its_unit_starts_it_sends_without_docstrings_and_assertions(start, waiting):
    unit = (ROOT / "deploy" / "eventsapp-worker@.service").read_text("utf-8")
    environment = dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.M))
    assert environment["PYTHONOPTIMIZE"] == "2"
    worker = start("worker", **environment)
    worker.ready()
    server = waiting(3)
    server.wait_for(3)
    assert worker.stop(signal.SIGTERM) == 0


def test_a_worker_without_its_queue_says_what_to_do(environ):
    # A process of its own: in this one a browser may have an event loop running.
    told = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "eventsapp.app:create_worker", "worker"],
        cwd=ROOT,
        env={**environ, "EVENTS_ENGINE": "workers"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert told.returncode == 2
    assert "flask db upgrade" in told.stderr


def test_of_the_workers_of_a_machine_one_takes_mail_in(app, settings, free_port):
    port = free_port
    first, second = (Reception(app, settings.replace(receiver_port=port)) for _ in range(2))
    first.look()
    second.look()
    assert greeting(port).startswith("220 ")
    first.close()
    second.look()
    assert greeting(port).startswith("220 ")
    second.close()


def greeting(port):
    with socket.create_connection(("127.0.0.1", port), timeout=600) as link:
        return link.makefile().readline()


def test_without_workers_in_the_settings_none_starts(app):
    with app.app_context():
        assert running().engine == "embedded"
    told = app.test_cli_runner().invoke(args=["worker"])
    assert told.exit_code == 2
    assert "EVENTS_ENGINE=workers" in told.output
