"""The desk of a lane: what it takes from the database, and what it puts down there."""

import pytest
from sqlalchemy import func, select

from eventsapp.core.db import db
from eventsapp.mail import claims, due, outbox, suppression
from eventsapp.mail.desk import Desk, look_again, newest_suppression
from eventsapp.mail.judging import no_calendar
from eventsapp.mail.kinds import MessageState, Purpose
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.results import Result
from tests.delivery.editions import letter_to, open_edition

BATCH = claims.BATCH[due.BULK]


@pytest.fixture
def desk(app, transaction):
    """The desk of a bulk lane, with an edition of two batches and a bit in the outbox."""
    with transaction():
        mailing = open_edition()
        outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(2 * BATCH + 10)])
    with app.app_context(), Desk("one", due.BULK, no_calendar) as made:
        yield made


def states():
    rows = db.session.execute(select(Message.state, func.count()).group_by(Message.state))
    found = {row[0]: row[1] for row in rows}
    db.session.rollback()
    return found


def next_batch(desk, known=()):
    desk.ask_batch(known, {})
    return desk.answer()


def sent(batch):
    return [Result(one.row.id, MessageState.SENT, reply="250 kept") for one in batch.ready]


def test_the_next_batch_is_another_one(desk):
    first, second = next_batch(desk), next_batch(desk)
    assert len({one.row.id for one in (*first.ready, *second.ready)}) == 2 * BATCH
    assert states() == {"leased": 2 * BATCH, "queued": 10}


def test_results_are_kept_with_the_next_claim(desk):
    first = next_batch(desk)
    second = next_batch(desk, sent(first))
    assert len(second.kept) == BATCH
    assert states() == {"sent": BATCH, "leased": BATCH, "queued": 10}


def test_what_was_not_begun_is_put_back(desk):
    first = next_batch(desk)
    desk.ask_keep(sent(first)[:100], {}, [one.row.id for one in first.ready[100:]])
    desk.answer()
    assert states() == {"sent": 100, "queued": 2 * BATCH + 10 - 100}


def test_the_desk_works_apart_from_the_session_of_who_asks(desk):
    db.session.add(open_edition())
    desk.ask_batch([], {})
    db.session.rollback()
    assert len(desk.answer().ready) == BATCH
    assert states()["leased"] == BATCH


def test_who_opted_out_since_the_claim_is_found_when_looking_again(desk, transaction):
    batch = next_batch(desk)
    with transaction():
        suppression.withhold_person(1, Purpose.NEWSLETTER, "opted_out")
    ends, newest = look_again(batch.ready, batch.newest_suppression)
    assert [(one.state, one.reason) for one in ends] == [(MessageState.SKIPPED, "opted_out")]
    assert newest == newest_suppression()


def test_mails_of_a_mailing_that_was_paused_go_back_when_looking_again(desk, transaction):
    batch = next_batch(desk)
    with transaction():
        db.session.scalars(select(Mailing)).one().course = "paused"
    ends, _ = look_again(batch.ready, batch.newest_suppression)
    assert {one.state for one in ends} == {MessageState.QUEUED}
    assert len(ends) == BATCH
