"""Reminders: when, to whom, never twice and never for what is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.core.errors import Conflict
from eventsapp.invitations import reminders
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.invitations.models import Invitation
from eventsapp.mail.compose import compose
from eventsapp.mail.delivery import Obsolete
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting
from tests.factories import actor_of, make_cast, make_invitation, make_meeting, make_person, wall

START = wall(2027, 3, 16, 13, 30)


@pytest.fixture
def story(transaction, freeze):
    """On 1 February three are invited to 16 March; Petra said yes, Riet no, Wim nothing."""
    freeze("2027-02-01 10:00")
    with transaction():
        cast = make_cast()
        cast.anna_actor = actor_of(cast.anna)
        cast.meeting = make_meeting(cast.anna.person, cast.noord, starts=START)
        riet, wim = make_person("Riet Bos"), make_person("Wim Smit")
        cast.to_petra = make_invitation(cast.meeting, cast.petra, reply="accepted")
        cast.to_riet = make_invitation(cast.meeting, riet, reply="declined")
        cast.to_wim = make_invitation(cast.meeting, wim)
    return cast


@pytest.fixture
def at(transaction, freeze):
    """`at("2027-03-09 14:00")` runs the job at that Dutch time and gives what it queued."""

    def run(moment):
        freeze(moment)
        with transaction() as session:
            before = set(session.scalars(select(Message.id)))
            reminders.due(now())
            rows = session.scalars(select(Message).order_by(Message.id)).all()
            return [(one.template, one.reference) for one in rows if one.id not in before]

    return run


def named(template, invitation):
    return (template, f"invitation:{invitation.id}")


def test_who_comes_is_reminded_a_week_and_a_day_before(story, at):
    assert at("2027-03-09 13:29") == []
    week = at("2027-03-09 13:31")
    assert named("reminder_week", story.to_petra) in week
    assert at("2027-03-15 13:31") == [named("reminder_day", story.to_petra)]


def test_the_silent_are_reminded_a_week_before_when_there_is_no_deadline(story, at):
    assert named("reminder_silent", story.to_wim) in at("2027-03-09 13:31")


def test_the_silent_are_reminded_two_days_before_the_deadline(story, at, transaction):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).answer_by = wall(2027, 2, 20).date()
    assert at("2027-02-18 08:59") == []
    assert at("2027-02-18 09:01") == [named("reminder_silent", story.to_wim)]
    assert at("2027-02-20 09:00") == []
    assert named("reminder_silent", story.to_wim) not in at("2027-03-09 13:31")


def test_nothing_is_reminded_twice(story, at):
    assert len(at("2027-03-09 13:31")) == 2
    assert at("2027-03-09 13:32") == []
    assert at("2027-03-10 09:00") == []


def test_a_window_that_passed_is_not_made_up_for(story, at):
    assert at("2027-03-14 15:00") == []
    assert at("2027-03-16 13:00") == []
    assert at("2027-03-17 09:00") == []


def test_a_meeting_that_moves_is_reminded_of_anew(story, at, transaction):
    at("2027-03-09 13:31")
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        for name in ("starts_wall", "ends_wall", "starts_at", "ends_at"):
            setattr(meeting, name, getattr(meeting, name) + timedelta(days=14))
    assert at("2027-03-15 13:31") == []
    assert named("reminder_week", story.to_petra) in at("2027-03-23 13:31")


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_only_meetings_that_take_place_are_reminded_of(story, at, transaction, status):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).status = status
    assert at("2027-03-09 13:31") == []


def test_the_plan_of_the_meeting_switches_each_reminder(story, at, transaction):
    with transaction() as session:
        plan = {"reminder_week": False, "reminder_silent": False}
        session.get(Meeting, story.meeting.id).mail_plan = plan
    assert at("2027-03-09 13:31") == []
    assert at("2027-03-15 13:31") == [named("reminder_day", story.to_petra)]


def test_who_was_invited_just_now_is_left_in_peace(story, at, transaction):
    with transaction() as session:
        session.get(Invitation, story.to_wim.id).invited_at = now() + timedelta(days=36)
    assert named("reminder_silent", story.to_wim) not in at("2027-03-09 13:31")
    assert named("reminder_silent", story.to_wim) in at("2027-03-11 13:31")


def test_who_said_yes_just_now_needs_no_reminder(story, at, transaction, freeze):
    freeze("2027-03-09 12:00")
    with transaction() as session:
        session.get(Invitation, story.to_petra.id).replied_at = now()
    assert named("reminder_week", story.to_petra) not in at("2027-03-09 13:31")


def test_a_reminder_of_an_answer_that_changed_does_not_leave(story, at, transaction):
    at("2027-03-09 13:31")
    with transaction() as session:
        session.get(Invitation, story.to_wim.id).reply = "declined"
        session.flush()
        statement = select(Message).where(Message.template == "reminder_silent")
        with pytest.raises(Obsolete):
            calendar_part(session.scalars(statement).one())


def test_a_reminder_speaks_plainly(story, at, transaction):
    at("2027-03-09 13:31")
    with transaction() as session:
        statement = select(Message).where(Message.template == "reminder_silent")
        mail = compose(session.scalars(statement).one())
    assert mail.subject == "Komt u ook? Netwerkbijeenkomst Noord, di 16 mrt 2027"
    assert "Wij weten nog niet of u komt." in mail.text


def test_chosen_ones_are_reminded_by_hand(story, transaction):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        chosen = [story.to_petra.id, story.to_riet.id, story.to_wim.id]
        reminders.remind(story.anna_actor, meeting, chosen)
        queued = {one.reference: one.template for one in session.scalars(select(Message))}
    assert queued == {
        f"invitation:{story.to_petra.id}": "reminder_week",
        f"invitation:{story.to_wim.id}": "reminder_silent",
    }


def test_nobody_is_reminded_by_hand_of_what_is_over(story, transaction, freeze):
    freeze("2027-03-17 09:00")
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        with pytest.raises(Conflict):
            reminders.remind(story.anna_actor, meeting, [story.to_wim.id])


def test_looking_for_reminders_takes_few_questions(story, at, transaction, statements):
    with transaction():
        for number in range(40):
            make_invitation(story.meeting, make_person(f"Deelnemer {number}"))
    with statements() as asked:
        assert len(at("2027-03-09 13:31")) == 42
    with statements() as idle:
        assert at("2027-03-09 13:32") == []
    assert len(idle) < 12
    assert len(asked) < 80
