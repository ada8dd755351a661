"""Notices that the wall clock was set back, and makes the mail due again that was due before.

All that comes by the clock is planned by its moment, so an hour back would be an hour of rest.
While the product is stopped a file in its data folder keeps the last moment at which it lived.
`clock.py` and `worker.py` look, and let their own jobs come again. A clock that goes forward is no
concern of this file: what is due then is simply due.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

import structlog
from flask import Flask

from eventsapp.background import jobs
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail import set_back

log = structlog.get_logger()

FILE = "lived"
SLIGHT = timedelta(seconds=5)
"""Clocks are put right by so much now and then; to wait it out takes no longer."""


class Watch:
    """Compares the wall clock with one that nobody can set, from look to look.

    `was_due` is up to when mail was due before the clock was set back; until whoever makes it due
    says that it is done, and then lets the watch `remember`.
    """

    def __init__(self, data_dir: Path) -> None:
        self._wall, self._steady = now(), monotonic()
        self._file = data_dir / FILE
        self.was_due = self._lived_later()

    def _lived_later(self) -> datetime | None:
        """Tell the last moment of the product, where by the clock of now it lies ahead."""
        try:
            lived = datetime.fromtimestamp(self._file.stat().st_mtime, UTC)
        except OSError:
            return None
        if lived - self._wall <= SLIGHT:
            return None
        log.warning(
            "the clock was set back meanwhile", seconds=round((lived - self._wall).total_seconds())
        )
        return lived

    def remember(self) -> None:
        """Keep that the product lived at the last look; on a full disk the moment before stays."""
        moment = self._wall.timestamp()
        with suppress(OSError):
            self._file.touch(mode=0o600)
            os.utime(self._file, (moment, moment))

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
