"""Work that a transaction leaves behind for a job: noted while it is done, told when it commits.

Use cases `call` a job of the table by its name. The embedded clock looks at the rows each second
and needs no telling; where workers run the jobs, `background/queue.py` takes the notes just before
the commit and puts wake-ups beside the rows. The rows are the truth: a wake-up too many finds
nothing to do, and one that is lost costs a minute.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from eventsapp.core.db import db

_NOTES = "wakeups"

Call = tuple[str, datetime | None]
"""The name of a job, and from when on it has work; None for at once."""


def call(job: str, at: datetime | None = None) -> None:
    """Note that a job has work once this transaction is committed."""
    db.session.connection()  # a note belongs to a transaction, so there must be one
    root = db.session().get_transaction()
    if db.session.info.get(_NOTES, (None,))[0] is not root:
        db.session.info[_NOTES] = (root, set())
    db.session.info[_NOTES][1].add((job, at))


def take(session: Session) -> set[Call]:
    """Give what this transaction noted and forget it; what was rolled back is never given."""
    root, calls = session.info.pop(_NOTES, (None, set()))
    return calls if root is session.get_transaction() else set()
