"""`flask worker`: runs the table of jobs in a process of its own, beside others like it.

The second engine (ADR 12): any number of these, on any number of machines, share one queue in
PostgreSQL. A wake-up reaches one of them within milliseconds; what comes by the clock comes once.
It keeps running while PostgreSQL is away, and ends at SIGTERM with the work at hand done.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import click
import structlog
from flask import Flask, current_app
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition
from psycopg import AsyncConnection
from sqlalchemy import make_url

from eventsapp.background import jobs, set_back, upkeep
from eventsapp.background.liveness import STALLED, Pulse
from eventsapp.background.reception import Reception
from eventsapp.background.yielding import yield_to_pages
from eventsapp.core import heap
from eventsapp.core.settings import Settings, settings

log = structlog.get_logger()

CHORES = "chores"
CHORES_AT_ONCE = 2
LOOK_EVERY = 1.0  # seconds; for wake-ups whose time has come, which nobody announces
PULSE_EVERY = 10.0  # seconds; as often as the library tells the others that this worker lives
AWAY = 2.0  # seconds until the database is tried again
REST = 0.5  # seconds of a sender after a round; what is queued meanwhile shares the next one
# A worker that was away for long catches up with the last turn of each job, not with all: also
# with that of a daily one, at whatever hour it is started.
CATCH_UP = timedelta(hours=25)
SELDOM_ENOUGH = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class NoWorkers(click.ClickException):
    """The settings say that no worker is to run."""

    exit_code = 2


def run(queues: tuple[str, ...]) -> None:
    """Run the jobs of these queues, or of all, until it is stopped. Raises `NoWorkers`."""
    if settings().engine != "workers":
        raise NoWorkers("Workers run where EVENTS_ENGINE=workers; here the clock is built in.")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    asyncio.run(Worker(app, settings(), queues).run())


class Worker:
    """Works off its queues until it is told to stop."""

    def __init__(self, app: Flask, running: Settings, queues: tuple[str, ...] = ()) -> None:
        self._app = app
        self._running = running
        wanted = [job for job in jobs.TABLE if not job.is_local and jobs.is_wanted(job, running)]
        self._jobs = [job for job in wanted if not queues or job.queue in queues]
        self._stopping = asyncio.Event()
        self._reception = Reception(app, running)

    async def run(self) -> None:
        """Work until SIGTERM or Ctrl-C, then let what runs come to its end."""
        for name in ("procrastinate", "mail.log"):  # they tell of each job, and each connection
            logging.getLogger(name).setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        slots = self._slots()
        loop.set_default_executor(ThreadPoolExecutor(sum(slots.values()) + 1))
        connector = PsycopgConnector(
            conninfo=address(self._running), min_size=1, max_size=4, configure=_commit_each
        )
        apps = {queue: self._make_app(connector, queue) for queue in slots}
        pulse = Pulse(self._running.data_dir)
        watch = set_back.Watch(self._running.data_dir)
        first = next(iter(apps.values()))
        async with first.open_async():
            await self._begin(first)
            yield_to_pages()
            heap.settle(is_small=True)
            working = [
                asyncio.create_task(self._work_off(apps[queue], queue, slots[queue]))
                for queue in slots
            ]
            with pulse:
                click.echo(f"This worker is ready for {' and '.join(sorted(slots))}.")
                while not self._stopping.is_set():
                    await self._check(first, pulse)
                    await self.look(watch, tuple(apps.values()))
                    if CHORES in slots:
                        await asyncio.to_thread(self._reception.look)
                    await self._rest(PULSE_EVERY)
            await asyncio.to_thread(self._reception.close)
            for each in working:
                each.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        click.echo("This worker has stopped.")

    async def _begin(self, app: App) -> None:
        try:
            await upkeep.rescue_stalled(app)
        except ConnectorException as fault:
            raise NoWorkers(
                f"The queue cannot be read ({fault.__cause__}). Is the database there, and has "
                "`flask db upgrade` been run on it?"
            ) from fault

    def _stop(self) -> None:
        jobs.STOPPING.set()
        self._stopping.set()

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _check(self, app: App, pulse: Pulse) -> None:
        """Give a sign of life, and say in the log when the database cannot be asked."""
        try:
            await app.check_connection_async()
        except ConnectorException as fault:
            log.warning("database away", fault=repr(fault.__cause__))
            pulse.beat(works=False)
        else:
            pulse.beat(works=True)

    async def look(self, watch: set_back.Watch, apps: Sequence[App]) -> None:
        """Let turns and mails come again at once when the wall clock was set back."""
        watch.look()
        if watch.was_due is None:
            watch.remember()
            return
        try:
            await upkeep.repeat_turns(apps)
        except ConnectorException as fault:
            log.warning("turns not yet repeated", fault=repr(fault.__cause__))
            return
        if await asyncio.to_thread(set_back.make_mail_due, self._app, watch.was_due):
            watch.was_due = None

    async def _work_off(self, app: App, queue: str, slots: int) -> None:
        """Work off one queue; a database that is away for a while is waited for."""
        while not self._stopping.is_set():
            try:
                # Returns when one of its own tasks fails, as it does without the database.
                await app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=slots,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=LOOK_EVERY,
                    update_heartbeat_interval=PULSE_EVERY,
                    stalled_worker_timeout=STALLED,
                    delete_jobs=DeleteJobCondition.SUCCESSFUL,
                )
            except ConnectorException as fault:
                log.warning("queue out of reach", queue=queue, fault=repr(fault.__cause__))
            await self._rest(AWAY)

    def _slots(self) -> dict[str, int]:
        """Give how many jobs of each queue may run at the same time in this process."""
        slots = {
            job.queue: self._running.sender_threads if job.has_lanes else CHORES_AT_ONCE
            for job in self._jobs
        }
        if not slots:
            raise NoWorkers("There is nothing to do: EVENTS_DELIVER=no and this queue is for mail.")
        return slots

    def _make_app(self, connector: PsycopgConnector, queue: str) -> App:
        """Make the library's side of one queue: its jobs, and when they come by the clock."""
        app = App(connector=connector, periodic_defaults={"max_delay": CATCH_UP.total_seconds()})
        for job in self._jobs:
            if job.queue == queue:
                task = app.task(
                    name=job.name,
                    queue=queue,
                    lock=None if job.has_lanes else job.name,
                    queueing_lock=job.name,
                )(self._runner(job))
                app.periodic(cron=cron(job.every), periodic_id=job.name)(task)
        if queue == CHORES:
            upkeep.register(app, CHORES)
        return app

    def _runner(self, job: jobs.Job) -> Callable[[int], None]:
        def run(timestamp: int = 0) -> None:  # noqa: ARG001 - given to what comes by the clock
            with self._app.app_context():
                jobs.run(job)
            if job.has_lanes:
                jobs.STOPPING.wait(REST)

        return run


async def _commit_each(connection: AsyncConnection) -> None:
    """Let each statement be a transaction of its own, which saves a BEGIN and a COMMIT for each.

    The library asks one thing at a time, so nothing belongs together. Not by way of `kwargs`: for
    the connection that listens it gives autocommit itself.
    """
    await connection.set_autocommit(True)


def cron(every: timedelta) -> str:
    """Write how often a job runs as the queue reads it.

    What runs every few seconds in the embedded clock comes once a minute here: the transaction
    that has work for it wakes it.
    """
    if SELDOM_ENOUGH <= every < MINUTE:
        return f"* * * * * */{every // timedelta(seconds=1)}"
    if every <= MINUTE:
        return "* * * * *"
    if every < HOUR:
        return f"*/{every // MINUTE} * * * *"
    return f"0 */{every // HOUR} * * *"


def address(running: Settings) -> str:
    """Give the address of the database as PostgreSQL's own library reads it."""
    url = make_url(running.database_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)
