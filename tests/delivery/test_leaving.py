"""Who opts out while a sender holds the mail to them: leased, and not begun."""

from collections import Counter
from threading import Event, Thread
from time import monotonic

import pytest
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.core.db import db
from eventsapp.mail import claims, delivery, due, outbox, suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Message
from tests.delivery.editions import letter_to, open_edition
from tests.network import PATIENCE

READERS = claims.BATCH[due.BULK] + 20
GUESTS = claims.BATCH[due.URGENT]
pytestmark = pytest.mark.databases("sqlite", "postgresql")


@pytest.fixture
def edition(transaction):
    with transaction():
        mailing = open_edition()
        letters = [letter_to(number, mailing) for number in range(READERS)]
        outbox.enqueue(mailing, letters)


@pytest.fixture
def leave_midway(app, open_smtp, transaction, monkeypatch):
    """`leave_midway(job, purpose, addresses)`: a sender waits for an answer; these opt out then."""
    monkeypatch.setattr(delivery, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(delivery, "ROUND", PATIENCE)

    def rows(addresses):
        with transaction() as session:
            theirs = select(Message).where(Message.address.in_(addresses))
            return session.scalars(theirs.order_by(Message.id)).all()

    def run(job):
        with app.app_context():
            job()
            db.session.remove()

    def act(job, purpose, addresses):
        open_smtp.hold_at(5)
        sending = Thread(target=run, args=(job,))
        sending.start()
        open_smtp.wait_for(5)
        wait_until(lambda: {row.state for row in rows(addresses)} == {"leased"})
        with transaction():
            for row in rows(addresses):
                suppression.withhold_person(row.person_id, purpose, "opted_out")
        open_smtp.go_on()
        sending.join(PATIENCE)
        assert not sending.is_alive()
        return [(row.state, row.reason) for row in rows(addresses)]

    return act


def wait_until(is_so):
    until = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < until, "the sender never took it in hand"
        Event().wait(0.02)


def test_readers_in_the_batch_that_goes_out_and_in_the_next_get_nothing(
    edition, leave_midway, open_smtp
):
    leaving = ["lezer200@raad.example", f"lezer{READERS - 1}@raad.example"]
    ends = leave_midway(jobs.deliver_bulk, Purpose.NEWSLETTER, leaving)
    assert ends == [("skipped", "opted_out")] * 2
    came = Counter(one.to for one in open_smtp.letters)
    assert not set(leaving) & set(came)
    assert (len(came), set(came.values())) == (READERS - 2, {1})


def test_a_guest_whose_invitation_waits_for_its_turn_gets_nothing(waiting, leave_midway, open_smtp):
    waiting(GUESTS)
    leaver = f"lid{GUESTS - 1}@raad.example"
    ends = leave_midway(jobs.deliver_mail, Purpose.MEETINGS, [leaver])
    assert ends == [("skipped", "opted_out")]
    assert open_smtp.to(leaver) == []
    assert len(open_smtp.letters) == GUESTS - 1
