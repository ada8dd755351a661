"""The clock lets an edition leave that was signed off: in time, late, or only when asked."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, time
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.background import editions as clock
from eventsapp.contacts.models import Subscription
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import local_to_utc, now, utc_to_local
from eventsapp.core.db import db
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters import newsletters
from eventsapp.newsletters.models import Edition, Newsletter, SignOff
from tests.factories import make_cast, make_person, wall
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader

ZONE = "Europe/Amsterdam"


@pytest.fixture
def story(transaction, freeze):
    """A newsletter that Ilse makes and Kees coordinates."""
    freeze("2027-01-26 09:00")
    with transaction():
        cast = make_cast()
        return SimpleNamespace(cast=cast, newsletter=make_newsletter())


def run(app, job):
    with app.app_context():
        done = job()
        db.session.commit()
        return done


def mails(transaction, template):
    with transaction() as session:
        found = session.scalars(select(Message).where(Message.template == template)).all()
        return {one.name: compose(one) for one in found}


@pytest.fixture
def planned(story, transaction, freeze):
    """An edition that leaves on Tuesday 9 March at nine, signed off by Kees, with two readers."""
    freeze("2027-03-08 12:00")
    with transaction() as session:
        newsletter = session.get(Newsletter, story.newsletter.id)
        for name in ("Riet Bos", "Joop Vos"):
            make_reader(make_person(name), newsletter.id)
        edition = make_edition(
            newsletter,
            subject="Nieuws van maart",
            status="scheduled",
            send_on=date(2027, 3, 9),
            send_at=time(9),
            send_utc=local_to_utc(wall(2027, 3, 9, 9), ZONE),
            is_scheduled_by_id=story.cast.ilse.person_id,
        )
        make_block(edition, html="<p>Dag</p>")
        session.add(
            SignOff(
                edition_id=edition.id, content_version=1, by_person_id=story.cast.kees.person_id
            )
        )
        return edition.id


def state(transaction, number):
    with transaction() as session:
        return session.get(Edition, number)


def readers_mailed(transaction):
    with transaction() as session:
        return len(session.scalars(select(Message).where(Message.template == "edition")).all())


def test_at_its_moment_it_is_sent_and_not_before(planned, app, transaction, freeze):
    freeze("2027-03-09 08:59")
    assert run(app, clock.send_editions) == 0
    freeze("2027-03-09 09:00")
    assert run(app, clock.send_editions) == 1
    assert state(transaction, planned).status == "sending"
    assert readers_mailed(transaction) == 2


def test_a_second_look_of_the_clock_sends_nothing_more(planned, app, transaction, freeze):
    freeze("2027-03-09 09:00")
    run(app, clock.send_editions)
    assert run(app, clock.send_editions) == 0
    assert readers_mailed(transaction) == 2


def at_once(app, job):
    """Let two clocks do the same thing at the same time."""
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda _: run(app, job), range(2)))


def test_two_clocks_at_once_send_once(planned, app, transaction, freeze):
    freeze("2027-03-09 09:00")
    assert at_once(app, clock.send_editions) == 1
    assert readers_mailed(transaction) == 2


def test_a_server_that_was_down_for_a_day_sends_late(planned, app, transaction, freeze):
    freeze("2027-03-10 09:00")
    assert run(app, clock.send_editions) == 1


def test_beyond_the_limit_somebody_is_asked_once(planned, app, transaction, freeze):
    freeze("2027-03-10 09:01")
    assert run(app, clock.send_editions) == 0
    assert run(app, clock.send_editions) == 0
    kept = state(transaction, planned)
    assert (kept.status, kept.is_late) == ("scheduled", True)
    assert readers_mailed(transaction) == 0
    told = mails(transaction, "edition_not_sent")
    assert list(told) == ["Ilse Meijer"]
    assert "dinsdag 9 maart 2027" in told["Ilse Meijer"].text


def test_what_changed_after_its_sign_off_does_not_leave(planned, app, transaction, freeze):
    with transaction() as session:
        session.get(Edition, planned).content_version = 2
    freeze("2027-03-09 09:00")
    assert run(app, clock.send_editions) == 0
    kept = state(transaction, planned)
    assert (kept.status, kept.send_utc) == ("review", None)
    assert readers_mailed(transaction) == 0
    assert "na het akkoord veranderd" in mails(transaction, "edition_not_sent")["Ilse Meijer"].text


@pytest.mark.parametrize(
    ("changed", "is_open"),
    [({"masthead": "Nieuws!"}, True), ({"language": "en"}, True), ({"late_hours": 3}, False)],
)
def test_what_readers_see_of_the_newsletter_is_signed_off_with_it(
    planned, app, transaction, freeze, changed, is_open
):
    with transaction() as session:
        edition = session.scalars(select(Edition)).one()
        plan = replace(newsletters.plan_of(edition.newsletter), **changed)
        version = edition.newsletter.version
        opened = newsletters.change_newsletter(SYSTEM, edition.newsletter, plan, version)
        assert bool(opened) is is_open
        assert (edition.status == "review") is is_open
    freeze("2027-03-09 09:00")
    assert run(app, clock.send_editions) == (0 if is_open else 1)


def test_without_readers_it_is_taken_off_the_clock_and_somebody_told(
    planned, app, transaction, freeze
):
    with transaction() as session:
        for one in session.scalars(select(Subscription)):
            one.ended_at = now()
    freeze("2027-03-09 09:00")
    assert run(app, clock.send_editions) == 0
    assert state(transaction, planned).status == "signed_off"
    with transaction() as session:
        assert session.scalars(select(Mailing.kind)).all() == ["work"]
    told = mails(transaction, "edition_not_sent")["Ilse Meijer"]
    assert "Niemand zou deze nieuwsbrief krijgen" in told.text
    assert "09.00 uur" in told.text


def test_planned_times_follow_the_rules_of_their_zone(planned, app, transaction):
    with transaction() as session:
        edition = session.get(Edition, planned)
        edition.send_utc = edition.send_utc.replace(hour=3)
    assert run(app, clock.keep_planned_times) == 1
    kept = state(transaction, planned)
    assert utc_to_local(kept.send_utc, ZONE) == wall(2027, 3, 9, 9)
