"""The embedded clock: runs the table of jobs in the process that serves the pages.

Started by what serves, never by the factory. Of several processes one leads and runs the jobs
(ADR 7); the others stand by, and one of them takes over when it stops. What is local to a process
each of them runs, and where workers run the jobs (ADR 12) nothing else.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Event, Thread

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from eventsapp.background import jobs, set_back
from eventsapp.background.leader import FileLeader, Leader, PostgresLeader
from eventsapp.background.senders import Senders
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.mail import repair

log = structlog.get_logger()

# A process that restarts each night would never reach the end of a long interval.
SOON = timedelta(minutes=2)
LEAD_EVERY = 3
LOOK_EVERY = 1.0  # seconds; for a wall clock that was set back


class Clock:
    """Runs the jobs until it is stopped."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        with app.app_context():
            self._running = settings()
            self._leader: Leader = (
                PostgresLeader(db.engine)
                if db.engine.dialect.name == "postgresql"
                else FileLeader(self._running.data_dir / "clock.lock")
            )
        self._senders = Senders(self._running, self._leader.held)
        self._is_engine = self._running.engine == "embedded"
        self._leads = False
        self._watching = Thread(target=self._watch, name="clock-watch", daemon=True)
        self._ends = Event()
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(4 + 2 * self._running.sender_threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600},
        )

    def start(self) -> bool:
        """Begin to run the jobs; False when others run them for now."""
        jobs.STOPPING.clear()
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        if self._is_engine:
            self._lead()
            self._scheduler.add_job(self._lead, "interval", id="lead", seconds=LEAD_EVERY)
            if jobs.is_wanted(jobs.BULK_DELIVERY, self._running):
                self._scheduler.add_job(self._call_senders, "interval", id="senders", seconds=1)
        for job in jobs.TABLE:
            if job.is_local or (self._is_engine and jobs.is_wanted(job, self._running)):
                self._add(job)
        self._scheduler.start()
        self._watching.start()
        return self._leads

    def stop(self) -> None:
        """Let the jobs that run now come to their end, and lead no longer."""
        jobs.STOPPING.set()
        self._senders.ask_to_end()
        self._ends.set()
        if self._watching.is_alive():
            self._watching.join()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._senders.stop()
        self._leader.resign()

    def _add(self, job: jobs.Job) -> None:
        lanes = self._running.sender_threads if job.has_lanes else 1
        for lane in range(lanes):
            self._scheduler.add_job(
                self._run,
                "interval",
                args=[job],
                id=f"{job.name}-{lane}",
                seconds=int(job.every.total_seconds()),
                next_run_time=now() + min(job.every, SOON),
            )

    def _watch(self) -> None:
        """Notice when the wall clock is set back: the scheduler would rest until it has caught up.

        A thread of its own, since the scheduler goes by the wall clock alone.
        """
        watch = set_back.Watch(self._running.data_dir)
        while not self._ends.wait(LOOK_EVERY):
            if back := watch.look():
                self._bring_forward(back)
            if not self._leads:
                continue
            if watch.was_due is None or set_back.make_mail_due(self._app, watch.was_due):
                watch.was_due = None
                watch.remember()

    def _bring_forward(self, back: timedelta) -> None:
        """Let each job come after as long as it would have come before."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=job.next_run_time - back)

    def _lead(self) -> None:
        """Look whether this process leads; at the change of the guard, repair what was left."""
        had, self._leads = self._leads, self._leader.leads()
        if self._leads == had:
            return
        log.info("this process runs the jobs" if self._leads else "another process runs the jobs")
        if self._leads and self._running.deliver and isinstance(self._leader, FileLeader):
            # The lock says that no other sender lives: leases of a stopped one are lost.
            with self._app.app_context():
                repair.sweep(is_alone=True)
                db.session.commit()
                db.session.remove()

    def _call_senders(self) -> None:
        if self._leads:
            with self._app.app_context():
                self._senders.look()

    def _run(self, job: jobs.Job) -> None:
        if self._leads or job.is_local:
            with self._app.app_context():
                jobs.run(job)
