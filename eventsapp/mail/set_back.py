"""Mail that was due already when the wall clock was set back, made due once more.

`background/set_back.py` notices it and calls: the rows know moments only, and would wait until
these come again. What was to wait longer keeps the rest of its wait, and mail that rests stays
parked. Done twice, as by each of several workers, it is as done once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Select, Table, Update, bindparam, or_, select, text, update

from eventsapp.core import wakeups
from eventsapp.core.dates import now
from eventsapp.core.db import UTCDateTime, db
from eventsapp.core.settings import settings
from eventsapp.mail import outbox, rules
from eventsapp.mail.kinds import MailingKind, MessageState
from eventsapp.mail.models import PENDING, Mailing, Message

_CHUNK = 2000
_LEVELS = range(outbox.LEAST_URGENT + 1)


def make_due(until: datetime) -> Iterator[int]:
    """Make due now what was due by `until`, the moment that the clock showed before.

    What was to leave after that, because it can still be undone or is tried again later, keeps the
    rest of its wait. Gives the number of rows after each step, at which the caller commits: a large
    edition stands in the way of nobody. Rows that another transaction holds are looked after by it.
    """
    moment, place = now(), {"last": 0}
    while rows := db.session.execute(_ahead(moment), place).all():
        place["last"] = rows[-1].id
        moves = [
            {"b_id": row.id, "b_at": earlier}
            for row in rows
            if row.not_before > moment + _own_wait(row)
            # Of a moment that is long past there is nothing to make up for.
            and (earlier := moment + max(row.not_before - until, timedelta())) < row.not_before
        ]
        if not moves:
            continue
        db.session.connection().execute(_moving(), moves)
        for sender in (outbox.SENDER, outbox.BULK_SENDER):
            wakeups.call(sender, min(one["b_at"] for one in moves))
        yield len(moves)


def _ahead(moment: datetime) -> Select[*tuple[Any, ...]]:
    """Ask for the mails that are due later, further on from the last one that was seen."""
    return (
        select(
            Message.id,
            Message.state,
            Message.not_before,
            Message.attempts,
            Message.last_reply,
            Mailing.kind,
        )
        .join(Message.mailing)
        .where(
            text(PENDING),
            Message.state.in_(outbox.UNSENT),
            Message.priority.in_(_LEVELS),
            Message.not_before > moment,
            Message.not_before < outbox.PARKED,
            Message.id > bindparam("last"),
        )
        .order_by(Message.id)
        .limit(_CHUNK)
        .with_for_update(skip_locked=True, of=Message)
    )


def _own_wait(row: Row[Any]) -> timedelta:
    """Tell how long a mail waits at most by itself; who waits no longer is not moved, or was."""
    if row.state == MessageState.QUEUED.value:
        return timedelta(seconds=settings().undo_seconds)
    hint = rules.hint_in(row.last_reply) or timedelta()
    return max(hint, rules.step(row.attempts, MailingKind(row.kind)))


def _moving() -> Update:
    table = cast(Table, Message.__table__)
    return (
        update(table)
        .where(
            table.c.id == bindparam("b_id"), or_(*(table.c.state == one for one in outbox.UNSENT))
        )
        .values(not_before=bindparam("b_at", type_=UTCDateTime()))
    )
