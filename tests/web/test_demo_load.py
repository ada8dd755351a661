"""The demo programme: all of it, once, in numbers that the database can go on from."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from eventsapp.accounts.models import Account
from eventsapp.contacts import reach_snapshots, subscriber_figures
from eventsapp.contacts.models import Subscription
from eventsapp.core.dates import today
from eventsapp.demo import commands
from eventsapp.directory.models import Municipality, Organisation, Person, PersonAddress, Role
from eventsapp.invitations.models import Attendance
from eventsapp.mail import queries
from eventsapp.mail.models import Message, Suppression
from eventsapp.meetings.models import Meeting
from eventsapp.newsletters.models import Edition, Newsletter
from eventsapp.surveys import results
from eventsapp.surveys.models import Survey
from tests.checks import check_page


@pytest.fixture
def small(monkeypatch):
    """A tenth of the usual programme."""
    for name in ("ORGANISATIONS", "PEOPLE", "PAST_MEETINGS", "READERS"):
        monkeypatch.setattr(commands, name, getattr(commands, name) // 10)


def how_many(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_the_programme_has_the_size_that_was_promised(app, transaction):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        assert how_many(session, Municipality) == 342
        assert how_many(session, Organisation) == 900
        named = select(Account.person_id).union(select(Role.person_id)).subquery()
        # 25 advisors, a coordinator and an editor; who only reads the newsletter has no function.
        assert session.scalar(select(func.count()).select_from(named)) == 4027
        assert how_many(session, Meeting) == 332


def test_meetings_behind_us_have_attendance(app, transaction, small):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        assert how_many(session, Attendance) > 100


def test_the_newsletter_has_the_readers_and_the_reach_that_were_promised(app, transaction):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        running = select(func.count(Subscription.id)).where(Subscription.ended_at.is_(None))
        assert session.scalar(running) == 4500
        reach = subscriber_figures.figures(session.scalar(select(Newsletter.id)), today()).reach
        history = [one.municipalities for one in reach_snapshots.months(1, today())]
    assert 0.3 < reach.share < 0.4
    assert len(history) == 24
    assert history == sorted(history)


def test_whoever_left_the_newsletter_is_kept_from_it(app, transaction, small):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        left = select(Subscription.person_id).where(Subscription.ended_at.is_not(None))
        withheld = select(Suppression.person_id).where(Suppression.purpose == "newsletter")
        assert set(session.scalars(left)) == set(session.scalars(withheld)) != set()


def test_the_list_of_who_gets_no_mail_is_in_the_order_of_its_days(app, transaction, small):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction():
        days = [one.created_at for one in queries.suppressions_page().items]
    assert days == sorted(days, reverse=True)
    assert len(set(days)) > 1


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
        assert session.scalar(select(func.count(Role.person_id.distinct()))) == 20000
        emails = select(func.count(PersonAddress.email.distinct()))
        assert session.scalar(emails) == how_many(session, PersonAddress)


def test_readers_answered_a_survey(app, transaction, small):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        survey = session.scalars(select(Survey).where(Survey.status == "closed")).one()
        found = results.results_of(survey)
        assert found.count == 412
        assert 6.5 < found.totals[3].mean < 8
        assert sum(bar.count for bar in found.totals[0].bars) == 412


def test_each_newcomer_finds_work_on_the_newsletter_and_nobody_is_mailed(
    app, client, sign_in, transaction, small
):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        accounts = {one.email: one for one in session.scalars(select(Account))}
        assert session.scalars(select(Message).where(Message.state == "queued")).all() == []
    for name, words in (
        ("anna", "Je stuk voor de nieuwsbrief"),
        ("kees", "Wacht op je akkoord"),
        ("ilse", "1 stuk is binnen"),
    ):
        sign_in(client, accounts[f"{name}@programma.example"])
        assert words in check_page(client.get("/manage/")), name


def test_an_edition_has_left_and_stands_in_the_archive(app, client, transaction, small):
    app.test_cli_runner().invoke(args=["demo-load"], catch_exceptions=False)
    with transaction() as session:
        edition = session.scalars(select(Edition).where(Edition.status == "sent")).one()
        states = dict(
            session.execute(
                select(Message.state, func.count())
                .where(Message.mailing_id == edition.mailing_id)
                .group_by(Message.state)
            ).all()
        )
    assert edition.status == "sent"
    assert set(states) <= {"sent", "skipped"}
    assert states["sent"] > 400
    assert "Samen eten, samen beslissen" in client.get(f"/newsletters/{edition.slug}").text
