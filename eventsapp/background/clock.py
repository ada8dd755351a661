"""The embedded clock: runs the table of jobs in the process that serves the pages.

Started by the serve command only, never by the factory: under a server with several processes
everything would run once for each (ADR 7). A lock file lets one process of a machine lead.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from eventsapp.background import jobs
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.mail import repair

log = structlog.get_logger()


class Clock:
    """Runs the jobs until it is stopped."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        with app.app_context():
            threads = settings().sender_threads
        self._lock: IO[str] | None = None
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(3 + threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600},
        )

    def start(self) -> bool:
        """Begin to run the jobs; False when another process of this data folder leads already."""
        with self._app.app_context():
            running = settings()
            self._lock = _lead(running.data_dir / "clock.lock")
            if self._lock is None:
                log.info("another process runs the jobs")
                return False
            wanted = [one for one in jobs.TABLE if running.deliver or not one.is_delivery]
            if running.deliver and running.database_url.startswith("sqlite"):
                # The lock says that no other sender lives: leases of a stopped one are lost.
                repair.sweep(is_alone=True)
                db.session.commit()
                db.session.remove()
        jobs.STOPPING.clear()
        for job in wanted:
            lanes = running.sender_threads if job.has_lanes else 1
            for lane in range(lanes):
                self._scheduler.add_job(
                    self._run,
                    "interval",
                    args=[job],
                    id=f"{job.name}-{lane}",
                    seconds=int(job.every.total_seconds()),
                )
        self._scheduler.start()
        return True

    def stop(self) -> None:
        """Let the jobs that run now come to their end, and lead no longer."""
        jobs.STOPPING.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        if self._lock is not None:
            self._lock.close()

    def _run(self, job: jobs.Job) -> None:
        with self._app.app_context():
            jobs.run(job)


def _lead(path: Path) -> IO[str] | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
