"""What sending asks of the database, which takes its share of the machine from who answers."""

import pytest
from sqlalchemy import text, update

from eventsapp.background import jobs
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail import claims, delivery, due, outbox, results
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Message
from tests.delivery.editions import letter_to, open_edition

FULL = claims.BATCH[due.URGENT]


@pytest.fixture
def queue(transaction):
    """`queue(n)` puts an edition to so many readers in the outbox."""

    def act(count):
        with transaction():
            mailing = open_edition()
            outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(count)])

    return act


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("lane", [due.URGENT, due.BULK])
def test_whether_anything_is_due_is_one_question(app, queue, statements, lane):
    queue(3)
    with app.app_context(), statements() as asked:
        assert due.has_due(lane) is (lane == due.BULK)
    assert [one.partition(" ")[0] for one in asked if not one.startswith("BEGIN")] == ["SELECT"]


@pytest.mark.databases("sqlite", "postgresql")
def test_more_than_so_many_are_due_when_there_is_one_more(app, queue):
    queue(3)
    with app.app_context():
        assert due.has_due(due.BULK, beyond=2)
        assert not due.has_due(due.BULK, beyond=3)


@pytest.mark.databases("sqlite", "postgresql")
def test_one_invitation_takes_few_questions(waiting, send, statements):
    waiting(1)
    with statements() as asked:
        assert send().sent == 1
    # Three of them where the machine is slow: a lane looks who opted out meanwhile.
    assert len(asked) <= 27, "\n".join(asked)


@pytest.mark.parametrize(("count", "calls"), [(FULL - 1, 0), (FULL, 1)])
def test_another_sender_is_called_once_where_there_is_more_than_a_batch(
    transaction, waiting, open_smtp, count, calls
):
    waiting(count)
    called = []
    with transaction():
        delivery.deliver(jobs.worker(), call_help=lambda: called.append("now"))
    assert (len(open_smtp.letters), len(called)) == (count, calls)


def plan_of(session, statement, values):
    """How PostgreSQL would answer, with every index there is."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    written = statement.compile(dialect=db.engine.dialect)
    asked = written.construct_params(values)
    plan = session.connection().exec_driver_sql(f"EXPLAIN {written}", asked)
    return "\n".join(row[0] for row in plan)


def test_postgresql_finds_by_number_what_was_sent(app, queue, transaction):
    queue(300)
    with transaction() as session:
        numbers = [row.id for row in claims.claim("one", due.BULK, claims.Places(), 250)]
        values = {"numbers": numbers, "replies": ["250 kept"] * 250, "worker": "one"}
        plan = plan_of(session, results._sending("postgresql"), {**values, "moment": now()})
    assert "Index Scan using pk_message" in plan
    assert "Join Filter" not in plan, "each row of the lane would be compared with each result"


def test_postgresql_finds_by_number_what_is_claimed_after_it_counted_none(queue, transaction):
    queue(300)
    with transaction() as session:
        session.execute(update(Message).values(state=MessageState.SENT))
        session.execute(text("ANALYZE message"))
        values = {"asked": list(range(1, 251)), "lane": "one", "until": now()}
        plan = plan_of(session, claims._leasing("postgresql"), values)
    assert "pk_message" in plan
    assert "ix_message_due" not in plan, "the whole index of what is due would be read"
