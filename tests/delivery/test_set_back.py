"""The wall clock is set back an hour: mail and jobs go on, and what is planned waits as before."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from procrastinate import App, PsycopgConnector
from procrastinate.periodic import PeriodicDeferrer
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.background.clock import Clock
from eventsapp.background.set_back import FILE, Watch
from eventsapp.background.worker import Worker, address
from eventsapp.core.settings import keep
from eventsapp.core.settings import settings as running
from eventsapp.mail import outbox, set_back
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Message
from tests.delivery.editions import letter_to, open_edition

BOTH = pytest.mark.databases("sqlite", "postgresql")
EIGHT, NINE = (datetime(2027, 1, 4, hour, tzinfo=UTC) for hour in (8, 9))
MINUTE = timedelta(minutes=1)
MINUTELY = "* * * * *"
TURNS = "SELECT defer_timestamp FROM procrastinate_periodic_defers ORDER BY id"


@pytest.fixture
def queued(transaction, freeze, open_smtp):
    """`queued(moments)` queues at nine o'clock a letter due at each; gives their numbers."""
    freeze(NINE.isoformat())

    def act(*moments):
        with transaction() as session:
            mailing = open_edition()
            letters = [letter_to(number, mailing) for number, _ in enumerate(moments)]
            numbers = outbox.enqueue(mailing, letters)
            for number, moment in zip(numbers, moments, strict=True):
                session.get_one(Message, number).not_before = moment
        return numbers

    return act


@pytest.fixture
def moments(transaction):
    """`moments()` tells from when on each mail may leave."""

    def read():
        with transaction() as session:
            return list(session.scalars(select(Message.not_before).order_by(Message.id)))

    return read


@pytest.fixture
def sending(app, settings):
    """The product delivers, as it does outside of tests."""
    keep(app, settings.replace(deliver=True))
    yield
    keep(app, settings)
    jobs.STOPPING.clear()


@pytest.fixture
def clock(app, settings, sending, queued):
    """The embedded clock; it is stopped after the test, before the time of the day comes back."""
    with app.app_context():
        made = Clock(app)
    yield made
    made.stop()
    (settings.data_dir / FILE).unlink(missing_ok=True)


@BOTH
def test_mail_leaves_at_once_although_the_clock_of_the_machine_was_set_back(
    clock, queued, open_smtp
):
    queued(NINE, NINE)
    clock.start()  # nothing leaves yet: the second until the first round never passes
    with time_machine.travel(EIGHT, tick=True):
        assert len(open_smtp.wait_for(2)) == 2


@BOTH
def test_what_was_due_is_due_again_and_what_can_be_undone_stays_so_for_as_long(
    queued, moments, transaction, freeze
):
    half = timedelta(seconds=30)
    queued(EIGHT, NINE - half, NINE, NINE + half, outbox.PARKED)
    freeze(EIGHT.isoformat())
    with transaction():
        assert list(set_back.make_due(NINE)) == [3]
    assert moments() == [EIGHT, EIGHT, EIGHT, EIGHT + half, outbox.PARKED]


@BOTH
@pytest.mark.parametrize(
    ("at", "again_at"), [(NINE, EIGHT), (NINE + 3 * MINUTE, EIGHT + 3 * MINUTE)]
)
def test_the_next_try_comes_after_as_long_as_it_would_have_come(
    at, again_at, queued, moments, transaction, freeze
):
    [number] = queued(at)
    with transaction() as session:
        row = session.get_one(Message, number)
        row.state, row.attempts = MessageState.DEFERRED.value, 1
    freeze(EIGHT.isoformat())
    with transaction():
        assert list(set_back.make_due(NINE)) == [1]
    assert moments() == [again_at]


@BOTH
def test_a_change_of_days_ago_puts_nothing_off(queued, moments, transaction, freeze):
    queued(NINE + MINUTE)
    freeze((NINE - MINUTE).isoformat())
    with transaction():
        assert list(set_back.make_due(NINE - timedelta(days=3))) == []
    assert moments() == [NINE + MINUTE]


@BOTH
def test_another_worker_that_notices_too_changes_nothing(
    app, settings, queued, moments, transaction, freeze
):
    keep(app, settings.replace(undo_seconds=60))
    queued(NINE + timedelta(seconds=30), NINE + timedelta(seconds=50))
    for second in range(2):
        freeze((EIGHT + timedelta(seconds=second)).isoformat())
        with transaction():
            assert list(set_back.make_due(NINE)) == ([] if second else [2])
    keep(app, settings)
    assert moments() == [EIGHT + timedelta(seconds=30), EIGHT + timedelta(seconds=50)]


@BOTH
def test_mail_leaves_although_the_clock_was_set_back_while_the_product_was_stopped(
    app, clock, settings, queued, open_smtp
):
    with time_machine.travel(NINE, tick=True):
        before = Watch(settings.data_dir)
        before.remember()
        queued(NINE, NINE + timedelta(seconds=1))
    with time_machine.travel(EIGHT, tick=True):
        clock.start()
        assert len(open_smtp.wait_for(2)) == 2


@BOTH
def test_what_is_just_being_sent_or_was_sent_stays_as_it_is(queued, moments, transaction, freeze):
    numbers = queued(NINE, NINE)
    with transaction() as session:
        for number, state in zip(numbers, (MessageState.LEASED, MessageState.SENT), strict=True):
            session.get_one(Message, number).state = state.value
    freeze(EIGHT.isoformat())
    with transaction():
        assert list(set_back.make_due(NINE)) == []
    assert moments() == [NINE, NINE]


def test_only_a_clock_that_goes_back_is_told(tmp_path):
    with time_machine.travel(NINE, tick=False):
        watch = Watch(tmp_path)
        with time_machine.travel(NINE + timedelta(hours=1), tick=False):
            assert (watch.look(), watch.was_due) == (timedelta(), None)
            with time_machine.travel(NINE, tick=False):
                assert watch.look() >= timedelta(hours=1)
                assert watch.was_due >= NINE + timedelta(hours=1)
                assert watch.look() == timedelta()


def test_what_was_remembered_is_told_until_a_later_moment_is(tmp_path):
    with time_machine.travel(NINE, tick=False):
        Watch(tmp_path).remember()
        assert Watch(tmp_path).was_due is None
    with time_machine.travel(EIGHT, tick=False):
        assert Watch(tmp_path).was_due == NINE
        Watch(tmp_path).remember()
        assert Watch(tmp_path).was_due is None


def turns_of(ask, act):
    """Run this with the library's side of a worker; give the turns that the queue knows then."""
    # In a thread: in this one a browser may have an event loop running.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, act()).result(timeout=600)
    return [turn for (turn,) in ask(TURNS)]


def test_workers_take_turns_that_the_queue_has_had_before(
    app, settings, queue_of_jobs, queued, moments, freeze, sending_by_workers, tmp_path
):
    queued(NINE)

    async def work():
        library = App(connector=PsycopgConnector(conninfo=address(settings)))
        library.periodic(cron=MINUTELY, periodic_id="x")(library.task(name="x")(lambda _: None))
        turns = PeriodicDeferrer(library.periodic_registry)
        async with library.open_async():
            await turns.defer_jobs(turns.get_previous_tasks(at=NINE.timestamp() + 30))
            watch = Watch(tmp_path)
            freeze(EIGHT.isoformat())
            await sending_by_workers.look(watch, [library])
            assert watch.was_due is None
            for _ in range(2):
                await turns.defer_jobs(turns.get_previous_tasks(at=EIGHT.timestamp() + 30))

    assert turns_of(queue_of_jobs.ask, work) == [EIGHT.timestamp()]
    assert moments() == [EIGHT]
    assert sorted(queue_of_jobs.waiting) == ["deliver-bulk", "deliver-mail", "x", "x"]


@pytest.fixture
def sending_by_workers(app, queue_of_jobs):
    """A worker that was not started."""
    with app.app_context():
        return Worker(app, running())
