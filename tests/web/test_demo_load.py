"""The demo programme: all of it, once, in numbers that the database can go on from."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from eventsapp.accounts.models import Account
from eventsapp.demo import commands
from eventsapp.directory.models import Municipality, Organisation, Person, PersonAddress
from eventsapp.invitations.models import Attendance
from eventsapp.meetings.models import Meeting


@pytest.fixture
def small(monkeypatch):
    """A tenth of the usual programme."""
    for name in ("ORGANISATIONS", "PEOPLE", "PAST_MEETINGS"):
        monkeypatch.setattr(commands, name, getattr(commands, name) // 10)


def how_many(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_the_programme_has_the_size_that_was_promised(app, transaction):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        assert how_many(session, Municipality) == 342
        assert how_many(session, Organisation) == 900
        assert how_many(session, Person) == 4027  # 25 advisors, a coordinator and an editor
        assert how_many(session, Meeting) == 332


def test_meetings_behind_us_have_attendance(app, transaction, small):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        assert how_many(session, Attendance) > 100


def test_loading_again_changes_nothing(app, transaction, small):
    run = app.test_cli_runner().invoke
    run(args=["demo-load"], catch_exceptions=False)
    again = run(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        assert how_many(session, Account) == 27
    assert "nothing was changed" in again.output


def test_what_is_added_later_gets_a_number_of_its_own(app, transaction, small):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        last = session.scalar(select(func.max(Person.id)))
        person = Person(given_name="Petra", family_name="Later", sort_key="", search_key="")
        session.add(person)
        session.flush()
        assert person.id > last


def test_nobody_in_it_can_be_reached_by_mail(app, transaction, small):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        addresses = list(session.scalars(select(PersonAddress.email)))
        addresses += list(
            session.scalars(select(Organisation.email).where(Organisation.email > ""))
        )
    assert {one.rpartition(".")[2] for one in addresses} == {"example"}


@pytest.mark.databases("sqlite")
def test_five_times_the_programme_is_five_times_the_people(app, transaction, small):
    app.test_cli_runner().invoke(args=["demo-load", "--times", "50"], catch_exceptions=False)
    with transaction() as session:
        assert how_many(session, Organisation) == 4500
        assert how_many(session, Person) == 20027
        emails = select(func.count(PersonAddress.email.distinct()))
        assert session.scalar(emails) == how_many(session, PersonAddress)
