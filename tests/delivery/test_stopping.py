"""An invitation round that is stopped while a sender holds mails of it."""

from collections import Counter
from threading import Thread

import pytest
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.core.actor import SYSTEM
from eventsapp.core.db import db
from eventsapp.invitations import stopping
from eventsapp.invitations.models import Invitation
from eventsapp.mail import claims, delivery, due
from eventsapp.mail.models import Mailing, Message
from tests.network import PATIENCE

MANY = claims.BATCH[due.URGENT] + 10
BOTH = pytest.mark.databases("sqlite", "postgresql")


@pytest.fixture
def stop(transaction):
    def act():
        with transaction() as session:
            return stopping.stop(SYSTEM, session.scalars(select(Mailing)).one())

    return act


@pytest.fixture
def settle(app):
    """What the clock does every few seconds."""

    def act():
        with app.app_context():
            assert jobs.run(next(job for job in jobs.TABLE if job.name == "settle-stopped"))

    return act


@pytest.fixture
def stopped_midway(app, waiting, stop, monkeypatch):
    """Sixty are invited; while a sender holds fifty, and hears nothing of five, it is stopped."""
    monkeypatch.setattr(delivery, "LOOK_EVERY", 0.0)

    def run():
        with app.app_context():
            jobs.deliver_mail()
            db.session.remove()

    server = waiting(MANY)
    server.hold_at(5)
    sending = Thread(target=run)
    sending.start()
    server.wait_for(5)
    assert stop() == 10, "what nobody holds"
    server.go_on()
    sending.join(PATIENCE)
    assert not sending.is_alive()
    assert len(server.letters) < MANY - 10, "the sender gave something back"
    return server


def states(transaction):
    with transaction() as session:
        return Counter(session.scalars(select(Message.state)))


@BOTH
def test_what_the_sender_gives_back_is_taken_back(stopped_midway, settle, transaction):
    gone = len(stopped_midway.letters)
    assert states(transaction) == {"sent": gone, "queued": MANY - 10 - gone, "cancelled": 10}
    settle()
    assert states(transaction) == {"sent": gone, "cancelled": MANY - gone}


@BOTH
def test_only_who_was_told_stays_invited(stopped_midway, settle, transaction):
    settle()
    with transaction() as session:
        invited = set(session.scalars(select(Invitation.email)))
    assert invited == {one.to for one in stopped_midway.letters}


@BOTH
def test_what_somebody_lets_go_on_meanwhile_is_not_taken_back(stopped_midway, transaction):
    with transaction() as session:
        mailing = session.scalars(select(Mailing)).one()
        mailing.course = "open"
    with transaction():
        assert stopping.settle(mailing.id) == 0
    assert states(transaction)["cancelled"] == 10


@BOTH
def test_a_round_of_which_a_sender_holds_all_can_be_stopped(waiting, stop, transaction):
    waiting(3)
    with transaction():
        claims.claim("w", due.URGENT, claims.Places(), 10)
    assert stop() == 0
    with transaction() as session:
        assert session.scalars(select(Mailing.course)).one() == "stopped"
