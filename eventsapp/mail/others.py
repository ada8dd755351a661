"""Whether others reach the mail server that a lane cannot reach: then it is not away.

`mail/delivery.py` asks when a lane was turned away, before it lets everybody wait. A lane of
another machine cannot be asked; what it does in the database tells. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail.claims import LEASE
from eventsapp.mail.due import BULK, LEVELS, question, values_of
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import LEASED, Message

HEARD_OF = timedelta(seconds=30)
"""A lane that lives claims anew within this time: a round lasts twenty seconds."""
JUST_NOW = timedelta(seconds=10)
"""So long after the last mail that left, the server is not called away for everybody."""
_LATEST = 500


def reach_it(worker: str, lane: str) -> bool:
    """Tell whether another lane holds mails of this stream, or mails of it left a moment ago.

    A lane has a connection before it claims, and claims in each round, so a fresh lease is the sign
    of one that sends. Between two rounds, and with single letters, nothing is leased for long; then
    what left tells. It may have left by this lane itself: a server that goes away is tried some
    seconds longer.
    """
    return _is_leased(worker, lane) or any(map(_is_just_now, _last_settled(lane)))


def _is_leased(worker: str, lane: str) -> bool:
    fresh = select(Message.id).where(
        text(LEASED),
        Message.lease != worker,
        Message.lease_until > now() + LEASE - HEARD_OF,
        Message.priority.in_(LEVELS[lane]),
    )
    return db.session.scalar(fresh.limit(1)) is not None


def _last_settled(lane: str) -> Iterable[datetime | None]:
    """Give when the last mails of a stream left: of the newest ones, and of a large mailing."""
    newest = (
        select(Message.state, Message.priority, Message.settled_at)
        .order_by(Message.id.desc())
        .limit(_LATEST)
    ).subquery()
    yield db.session.scalar(
        select(func.max(newest.c.settled_at)).where(
            newest.c.state == MessageState.SENT.value, newest.c.priority.in_(LEVELS[lane])
        )
    )
    if lane != BULK:
        return
    for level in LEVELS[lane]:
        due = question(False).with_only_columns(Message.mailing_id)
        mailing_id = db.session.scalar(due, values_of(level, now(), 1))
        if mailing_id is not None:
            yield _last_settled_of(mailing_id)


def _last_settled_of(mailing_id: int) -> datetime | None:
    """Give when the last mail of an edition left, which leaves in the order of its numbers."""
    last = (
        select(Message.settled_at)
        .where(
            Message.mailing_id == mailing_id,
            Message.state == MessageState.SENT.value,
            Message.reason == "",
        )
        .order_by(Message.id.desc())
        .limit(_LATEST)
    ).subquery()
    found: datetime | None = db.session.scalar(select(func.max(last.c.settled_at)))
    return found


def _is_just_now(moment: datetime | None) -> bool:
    return moment is not None and abs(now() - moment) < JUST_NOW
