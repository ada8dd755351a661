"""A meeting of Anna's, whom to invite, and the sender as the clock would run it."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.invitations.invite import Choice, invite
from eventsapp.mail import delivery
from eventsapp.mail.models import Message
from tests.factories import actor_of, make_meeting, make_person, wall


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
