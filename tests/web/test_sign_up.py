"""Signing up oneself for a public meeting, confirmed by mail."""

import pytest
from sqlalchemy import func, select

from eventsapp.core import tokens
from eventsapp.core.errors import Conflict, Expired, InputError, NotFound, TooMany
from eventsapp.directory.models import Person
from eventsapp.invitations import signup
from eventsapp.invitations.models import Invitation, SignUp
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting
from tests.factories import make_cast, make_invitation, make_meeting, make_organisation


@pytest.fixture
def story(transaction):
    with transaction():
        cast = make_cast()
        cast.meeting = make_meeting(cast.anna.person, cast.noord, is_public=True)
    return cast


@pytest.fixture
def ask(story, transaction):
    """`ask(name=…)` signs up as one request and gives the token that was mailed."""

    def ask(name="Truus Vos", email="truus@post.example", **values):
        with transaction() as session:
            meeting = session.get(Meeting, story.meeting.id)
            signup.ask(meeting, name=name, email=email, **values)
            return tokens.sign_timed("sign_up", session.scalar(select(func.max(SignUp.id))))

    return ask


def confirm(transaction, token):
    with transaction() as session:
        outcome = signup.confirm(token)
        session.flush()
        return outcome


def count_people(transaction):
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Person))


def test_asking_only_sends_a_mail(story, ask, transaction):
    before = count_people(transaction)
    ask()
    assert count_people(transaction) == before
    with transaction() as session:
        assert session.scalars(select(Invitation)).all() == []
        mail = compose(session.scalars(select(Message)).one())
    assert mail.subject.startswith("Bevestig dat u komt: Netwerkbijeenkomst Noord")
    assert "/meetings/confirm/" in mail.text


def test_confirming_makes_a_person_who_comes(ask, transaction):
    outcome = confirm(transaction, ask("Truus van der Vos"))
    with transaction() as session:
        kept = session.get(Invitation, outcome.invitation.id)
        assert (kept.reply, kept.source, kept.replied_via) == ("accepted", "sign_up", "sign_up")
        assert (kept.person.prefix, kept.person.family_name) == ("van der", "Vos")
        assert kept.person.addresses[0].email == "truus@post.example"


def test_confirming_twice_is_confirming_once(ask, transaction):
    token = ask()
    first, second = confirm(transaction, token), confirm(transaction, token)
    assert first.invitation.id == second.invitation.id
    with transaction() as session:
        statement = select(Message).where(Message.template == "confirmation")
        assert len(session.scalars(statement).all()) == 1


def test_who_is_known_by_name_and_address_stays_one_person(story, ask, transaction):
    with transaction() as session:
        petra = session.get(Person, story.petra.id)
        email = petra.addresses[0].email
        invited = make_invitation(session.get(Meeting, story.meeting.id), petra)
    outcome = confirm(transaction, ask("petra de WIT", email.upper()))
    assert outcome.invitation.id == invited.id


def test_a_full_meeting_puts_on_the_waiting_list(story, ask, transaction):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        meeting.capacity = 1
        make_invitation(meeting, session.get(Person, story.petra.id), reply="accepted")
    assert confirm(transaction, ask()).is_waitlisted


def test_the_organisation_is_recognised_by_its_name(ask, transaction):
    with transaction():
        council = make_organisation("Adviesraad Noordwolde")
    outcome = confirm(transaction, ask(organisation="adviesraad  noordwolde"))
    assert outcome.invitation.organisation_id == council.id


def test_an_organisation_that_we_do_not_know_is_kept_as_a_remark(ask, transaction):
    assert confirm(transaction, ask(organisation="De Wij")).invitation.remark == "De Wij"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"email": "niets"}, "email"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "email"),
        ({"organisation": "x" * 10_000}, "organisation"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(ask, values, field):
    with pytest.raises(InputError) as fault:
        ask(**values)
    assert fault.value.field == field


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"is_public": False}, NotFound),
        ({"is_confidential": True}, NotFound),
        ({"status": "draft"}, NotFound),
        ({"status": "cancelled"}, Conflict),
    ],
)
def test_one_signs_up_only_for_public_meetings_that_take_place(
    story, ask, transaction, values, fault
):
    with transaction() as session:
        for name, value in values.items():
            setattr(session.get(Meeting, story.meeting.id), name, value)
    with pytest.raises(fault):
        ask()


def test_a_link_expires_after_a_week(ask, transaction, freeze):
    freeze("2026-12-01 12:00")
    token = ask()
    freeze("2026-12-09 12:00")
    with pytest.raises(Expired):
        confirm(transaction, token)


def test_an_address_is_mailed_five_times_an_hour_at_most(ask):
    for _ in range(5):
        ask()
    with pytest.raises(TooMany):
        ask()
