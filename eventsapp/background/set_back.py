"""Notices that the wall clock was set back, and makes the mail due again that was due before.

All that comes by the clock is planned by its moment, so an hour back would be an hour of rest.
`clock.py` and `worker.py` look, and let their own jobs come again. A clock that goes forward is no
concern of this file: what is due then is simply due.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog
from flask import Flask

from eventsapp.background import jobs
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail import set_back

log = structlog.get_logger()

SLIGHT = timedelta(seconds=5)
"""Clocks are put right by so much now and then; to wait it out takes no longer."""


class Watch:
    """Compares the wall clock with one that nobody can set, from look to look."""

    def __init__(self) -> None:
        self._wall, self._steady = now(), monotonic()
        self.was_due: datetime | None = None
        """Up to when mail was due before; until whoever makes it due says that it is done."""

    def look(self) -> timedelta:
        """Tell how far the wall clock was set back since the last look; as a rule not at all."""
        wall, steady = now(), monotonic()
        expected = self._wall + timedelta(seconds=steady - self._steady)
        self._wall, self._steady = wall, steady
        if (back := expected - wall) <= SLIGHT:
            return timedelta()
        log.warning("the clock was set back", seconds=round(back.total_seconds()))
        self.was_due = max(expected, self.was_due or expected)
        return back


def make_mail_due(app: Flask, until: datetime) -> bool:
    """Make due what was due before; False when that failed, which is logged."""
    with app.app_context():
        return jobs.run(jobs.Job("make-mail-due", partial(_make_due, until), timedelta()))


def _make_due(until: datetime) -> None:
    for _ in set_back.make_due(until):
        db.session.commit()
        if jobs.STOPPING.is_set():
            break
