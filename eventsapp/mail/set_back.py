"""Mail that was due already when the wall clock was set back, made due once more.

`background/set_back.py` notices it and calls: the rows know moments only, and would wait until
these come again. What is planned for later keeps its moment, and mail that rests stays parked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select, text, update

from eventsapp.core import wakeups
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail import outbox
from eventsapp.mail.models import PENDING, Message

_CHUNK = 2000
_LEVELS = range(outbox.LEAST_URGENT + 1)
_IS_UNSENT = text("state IN ('queued', 'deferred')")


def make_due(until: datetime) -> Iterator[int]:
    """Make due now what was due by `until`, the moment that the clock showed before.

    Gives the number of rows after each step, at which the caller commits: a large edition stands in
    the way of nobody. Rows that another transaction holds are looked after by it.
    """
    moment = now()
    ahead = (
        select(Message.id)
        .where(
            text(PENDING),
            _IS_UNSENT,
            Message.priority.in_(_LEVELS),
            Message.not_before > moment,
            Message.not_before <= until,
        )
        .limit(_CHUNK)
        .with_for_update(skip_locked=True)
    )
    while numbers := db.session.scalars(ahead).all():
        db.session.execute(
            update(Message)
            .where(Message.id.in_(numbers), _IS_UNSENT)
            .values(not_before=moment)
            .execution_options(synchronize_session=False)
        )
        for sender in (outbox.SENDER, outbox.BULK_SENDER):
            wakeups.call(sender)
        yield len(numbers)
