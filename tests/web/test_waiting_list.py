"""The waiting list by hand: its order, and a seat that an advisor gives."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.core.errors import Conflict, Forbidden
from eventsapp.invitations import waiting
from eventsapp.invitations.models import Invitation
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting
from tests.factories import actor_of, make_cast, make_invitation, make_meeting, make_person


@pytest.fixture
def story(transaction, freeze):
    """A meeting of Anna's to come, with Piet who comes."""
    freeze("2027-01-04 10:00")
    with transaction():
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord, days=8)
        make_invitation(meeting, make_person("Piet Jansen"), reply="accepted")
        return SimpleNamespace(anna=actor_of(cast.anna), bram=actor_of(cast.bram), meeting=meeting)


@pytest.fixture
def queue(story, transaction):
    """Two people wait for a meeting with one seat, Koos longer than Truus."""
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        meeting.capacity = 1
        koos, truus = make_person("Koos Kok"), make_person("Truus Tol")
        for person, hours in ((truus, 1), (koos, 2)):
            since = now() - timedelta(hours=hours)
            make_invitation(meeting, person, reply="waitlisted", waiting_since=since)
    return koos, truus


def waiting_for(session, person):
    return session.scalar(select(Invitation).where(Invitation.person_id == person.id))


def test_who_waits_longest_stands_first(story, transaction, queue):
    with transaction() as session:
        found = waiting.waiting_list(story.anna, session.get(Meeting, story.meeting.id))
        assert [one.person.given_name for one in found.waiting] == ["Koos", "Truus"]
        assert found.free == 0


def test_a_seat_can_be_given_out_of_turn_and_is_told_by_mail(story, transaction, queue):
    _, truus = queue
    with transaction() as session:
        assert waiting.give_seat(story.anna, waiting_for(session, truus)) == 1
    with transaction() as session:
        assert waiting_for(session, truus).reply == "accepted"
        assert session.scalar(select(Message.template)) == "seat_offered"


def test_a_seat_is_given_once(story, transaction, queue):
    koos, _ = queue
    with transaction() as session:
        waiting.give_seat(story.anna, waiting_for(session, koos))
    with transaction() as session, pytest.raises(Conflict):
        waiting.give_seat(story.anna, waiting_for(session, koos))


def test_an_advisor_of_another_region_gives_no_seat(story, transaction, queue):
    koos, _ = queue
    with transaction() as session, pytest.raises(Forbidden):
        waiting.give_seat(story.bram, waiting_for(session, koos))
