"""Several senders at once, and a sender that is killed: nothing is lost, nobody is mailed twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Thread

import pytest
from flask_migrate import stamp
from sqlalchemy import select, text

from eventsapp.background import jobs
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.invitations.invite import Choice, invite
from eventsapp.mail import delivery, repair
from eventsapp.mail.models import Message
from tests.factories import actor_of, make_cast, make_meeting, make_person

ROOT = Path(__file__).parents[2]
MANY = 200
BOTH = pytest.mark.databases("sqlite", "postgresql")


@pytest.fixture
def waiting(transaction, open_smtp):
    """`waiting(n)` queues so many invitations."""

    def act(count):
        with transaction():
            cast = make_cast()
            meeting = make_meeting(cast.anna.person, cast.noord)
            people = [
                make_person(f"Lid{one} Bos", f"lid{one}@raad.example") for one in range(count)
            ]
            chosen = Choice(person_ids=frozenset(one.id for one in people))
            invite(actor_of(cast.anna), meeting, chosen)
        return open_smtp

    return act


@BOTH
def test_two_senders_at_once_mail_nobody_twice(app, waiting, transaction):
    server, faults = waiting(60), []

    def run():
        try:
            with app.app_context():
                delivery.deliver(jobs.worker(), calendar_part)
        except Exception as fault:
            faults.append(fault)

    threads = [Thread(target=run) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=60)
    assert faults == []
    assert Counter(Counter(one.to for one in server.letters).values()) == {1: 60}
    with transaction() as session:
        assert set(session.scalars(select(Message.state))) == {"sent"}


@pytest.fixture
def serve(app, settings, tmp_path):
    """`serve()` starts the real command on this database; whatever still runs is ended."""
    started = []
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("EVENTS_")},
        "EVENTS_MODE": "production",
        "EVENTS_SECRET_KEY": settings.secret_key,
        "EVENTS_DATABASE_URL": settings.database_url,
        "EVENTS_DATA_DIR": str(tmp_path),
        "EVENTS_PORT": "0",
        "EVENTS_BASE_URL": "http://127.0.0.1:0",
        "EVENTS_SMTP_URL": settings.smtp_url,
        "EVENTS_MAIL_FROM": settings.mail_from,
        "EVENTS_PROGRAMME_NAME": settings.programme_name,
        "EVENTS_PROGRAMME_PHONE": settings.programme_phone,
        "EVENTS_LOG_LEVEL": "error",
    }
    with app.app_context():
        stamp()  # the tables of tests were made without a migration
        db.session.remove()

    def act():
        command = [sys.executable, "-m", "flask", "--app", "eventsapp.app:create_app", "serve"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environ))
        return started[-1]

    yield act
    for each in started:
        each.kill()
        each.wait(timeout=20)
    with app.app_context():
        db.session.execute(text("DROP TABLE alembic_version"))
        db.session.commit()


def stop(process, how):
    process.send_signal(how)
    process.wait(timeout=30)


@BOTH
@pytest.mark.parametrize("moment", ["after the last dot", "anywhere"])
def test_after_a_kill_nothing_is_lost_and_at_most_one_mail_is_doubled(
    moment, waiting, serve, transaction, freeze
):
    server = waiting(MANY)
    server.patience = MANY // 3 if moment == "after the last dot" else 0
    process = serve()
    server.wait_for(MANY // 3, 60)
    stop(process, signal.SIGKILL)
    server.patience = 0
    with transaction() as session:
        doubtful = set(
            session.scalars(
                select(Message.address).where(
                    Message.started_at.is_not(None), Message.state == "leased"
                )
            )
        )
    assert len(doubtful) <= 1
    if moment == "after the last dot":
        assert doubtful == {server.letters[-1].to}
    process = serve()
    server.wait_for(MANY - 1, 60)
    stop(process, signal.SIGTERM)
    finish(transaction, freeze)
    came = Counter(one.to for one in server.letters)
    assert len(came) == MANY
    assert {to for to, count in came.items() if count > 1} <= doubtful
    with transaction() as session:
        again = set(session.scalars(select(Message.address).where(Message.reason == "sent_again")))
        assert set(session.scalars(select(Message.state))) == {"sent"}
    assert again == doubtful


def finish(transaction, freeze):
    """Let the sweeps and rounds of the next quarter of an hour run."""
    began = now()
    for minutes in (6, 7, 8):
        freeze((began.replace(microsecond=0) + minutes * jobs.TABLE[1].every).isoformat())
        with transaction():
            repair.sweep()
        with transaction():
            delivery.deliver(jobs.worker(), calendar_part)
