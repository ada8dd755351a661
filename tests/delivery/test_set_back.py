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
from eventsapp.background.set_back import Watch
from eventsapp.background.worker import Worker, address
from eventsapp.core.settings import keep
from eventsapp.core.settings import settings as running
from eventsapp.mail import outbox, set_back
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Message
from tests.delivery.editions import letter_to, open_edition

BOTH = pytest.mark.databases("sqlite", "postgresql")
EIGHT, NINE = (datetime(2027, 1, 4, hour, tzinfo=UTC) for hour in (8, 9))
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
def clock(app, sending, queued):
    """The embedded clock; it is stopped after the test, before the time of the day comes back."""
    with app.app_context():
        made = Clock(app)
    yield made
    made.stop()


@BOTH
def test_mail_leaves_at_once_although_the_clock_of_the_machine_was_set_back(
    clock, queued, open_smtp
):
    queued(NINE, NINE)
    clock.start()  # nothing leaves yet: the second until the first round never passes
    with time_machine.travel(EIGHT, tick=True):
        assert len(open_smtp.wait_for(2)) == 2


@BOTH
def test_what_was_due_is_due_again_and_what_is_planned_keeps_its_moment(
    queued, moments, transaction, freeze
):
    later = NINE + timedelta(minutes=1)
    queued(EIGHT, NINE - timedelta(minutes=1), NINE, later, outbox.PARKED)
    freeze(EIGHT.isoformat())
    with transaction():
        assert list(set_back.make_due(NINE)) == [2]
    assert moments() == [EIGHT, EIGHT, EIGHT, later, outbox.PARKED]


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


def test_only_a_clock_that_goes_back_is_told():
    with time_machine.travel(NINE, tick=False):
        watch = Watch()
        with time_machine.travel(NINE + timedelta(hours=1), tick=False):
            assert (watch.look(), watch.was_due) == (timedelta(), None)
            with time_machine.travel(NINE, tick=False):
                assert watch.look() >= timedelta(hours=1)
                assert watch.was_due >= NINE + timedelta(hours=1)
                assert watch.look() == timedelta()


def turns_of(ask, act):
    """Run this with the library's side of a worker; give the turns that the queue knows then."""
    # In a thread: in this one a browser may have an event loop running.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, act()).result(timeout=600)
    return [turn for (turn,) in ask(TURNS)]


def test_workers_take_turns_that_the_queue_has_had_before(
    app, settings, queue_of_jobs, queued, moments, freeze, sending_by_workers
):
    queued(NINE)

    async def work():
        library = App(connector=PsycopgConnector(conninfo=address(settings)))
        library.periodic(cron=MINUTELY, periodic_id="x")(library.task(name="x")(lambda _: None))
        turns = PeriodicDeferrer(library.periodic_registry)
        async with library.open_async():
            await turns.defer_jobs(turns.get_previous_tasks(at=NINE.timestamp() + 30))
            watch = Watch()
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
