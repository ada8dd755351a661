"""A meeting of Anna's, whom to invite, and the sender as the clock would run it."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.invitations.invite import Choice, invite
from eventsapp.mail import delivery
from eventsapp.mail.models import Message
from tests.delivery.certificates import certificate, trusted
from tests.delivery.editions import at_most, edition, send_bulk, states
from tests.delivery.scripted import ScriptedServer
from tests.delivery.sending import Sending
from tests.factories import actor_of, make_cast, make_meeting, make_person, wall

__all__ = ["at_most", "certificate", "edition", "send_bulk", "states", "trusted"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def story(cast, transaction, freeze, open_smtp):
    """Monday 4 January 2027, nine o'clock; Anna's meeting is on the 12th."""
    freeze("2027-01-04 09:00")
    with transaction():
        meeting = make_meeting(cast.anna.person, cast.noord, starts=wall(2027, 1, 12, 13, 30))
        anna = actor_of(cast.anna)
    return SimpleNamespace(cast=cast, anna=anna, meeting=meeting, server=open_smtp)


@pytest.fixture
def invite_people(story, transaction):
    """`invite_people("Riet Bos", …)` invites each at an address like riet.bos@raad.example."""

    def act(*names):
        with transaction():
            people = [
                make_person(name, f"{name.split()[0].lower()}@raad.example") for name in names
            ]
            choice = Choice(person_ids=frozenset(one.id for one in people))
            return invite(story.anna, story.meeting, choice)

    return act


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


@pytest.fixture
def send(transaction):
    """One round of delivery, with calendar entries, as the clock runs it."""

    def act():
        with transaction():
            return delivery.deliver(jobs.worker(), calendar_part)

    return act


@pytest.fixture
def rows(transaction):
    """`rows()` gives what the database says of each mail: address, state, reason."""

    def read():
        with transaction() as session:
            statement = select(Message.address, Message.state, Message.reason)
            return [tuple(row) for row in session.execute(statement.order_by(Message.id))]

    return read


@pytest.fixture
def environ(settings, tmp_path):
    """The environment of a process that runs the product on this database."""
    return {
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


@pytest.fixture
def serve(stamped, environ):
    """`serve()` starts the real command on this database; whatever still runs is ended."""
    started = []

    def act():
        command = [sys.executable, "-m", "flask", "--app", "eventsapp.app:create_app", "serve"]
        started.append(
            subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield act
    for each in started:
        each.kill()
        each.wait(timeout=600)
        each.stdout.close()


@pytest.fixture
def lane(closed_network):
    """A mail server with a script (`lane.server`) and a lane to it (`lane.send(20)`)."""
    server = ScriptedServer()
    closed_network.open.add(server.port)
    yield Sending(server)
    server.stop()
