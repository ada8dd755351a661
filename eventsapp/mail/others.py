"""Whether others reach the mail server that a lane cannot reach: then it is not away.

`mail/delivery.py` asks when a lane was turned away, before it lets everybody wait. A lane of
another machine cannot be asked, and one of this machine may itself be calling in vain: what they do
in the database tells. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select, text

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.mail import rules
from eventsapp.mail.claims import LEASE
from eventsapp.mail.due import LEVELS, question, values_of
from eventsapp.mail.figures import left_last
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import LEASED, Message
from eventsapp.mail.outbox import LEAST_URGENT

log = structlog.get_logger()

HEARD_OF = timedelta(seconds=30)
"""A lane that lives claims anew within this time: a round lasts twenty seconds."""
JUST_NOW = timedelta(seconds=10)
"""So long after the last mail that left, the server is not called away for everybody."""
LOOKED_AT = 20_000
"""Among so many mails that were queued last stand those that left just now, also where many of an
edition were queued behind them."""
_LATEST = 500
_turned_away: dict[tuple[Path, str], datetime] = {}
"""When a lane of this process was last turned away while others sent."""


def reach_it(worker: str, lane: str) -> bool:
    """Tell whether another lane holds mails for the same server, or mails left to it a moment ago.

    A lane has a connection before it claims, and claims in each round, so a fresh lease is the sign
    of one that sends. Between two rounds, and with single letters, nothing is leased for long; then
    what left tells. It may have left by this lane itself: a server that goes away is tried some
    seconds longer.
    """
    levels = _levels_beside(lane)
    return _is_leased(worker, levels) or any(map(_is_just_now, _last_settled(levels)))


def tell(lane: str, reply: str) -> None:
    """Say that only this machine is turned away, once when that begins."""
    key = (settings().data_dir, lane)
    last, _turned_away[key] = _turned_away.get(key), now()
    if last is None or abs(now() - last) > rules.AWAY:
        log.warning("mail server away, but not for other senders", reply=reply)


def _levels_beside(lane: str) -> range:
    """Give the priorities that go to the server of this lane: all, unless newsletters have one."""
    return LEVELS[lane] if settings().newsletter_smtp_url else range(LEAST_URGENT + 1)


def _is_leased(worker: str, levels: range) -> bool:
    fresh = select(Message.id).where(
        text(LEASED),
        Message.lease != worker,
        Message.lease_until > now() + LEASE - HEARD_OF,
        Message.priority.in_(levels),
    )
    return db.session.scalar(fresh.limit(1)) is not None


def _last_settled(levels: range) -> Iterable[datetime | None]:
    """Give when the last mails left: of those queued last, and of a large mailing."""
    first = select(func.max(Message.id) - LOOKED_AT).scalar_subquery()
    newest = (
        select(Message.settled_at)
        .where(
            Message.id > first,
            Message.state == MessageState.SENT.value,
            Message.priority.in_(levels),
        )
        .order_by(Message.id.desc())
        .limit(_LATEST)
    ).subquery()
    yield db.session.scalar(select(func.max(newest.c.settled_at)))
    for level in levels:
        due = question(False).with_only_columns(Message.mailing_id)
        mailing_id = db.session.scalar(due, values_of(level, now(), 1))
        if mailing_id is not None:
            yield _last_settled_of(mailing_id)


def _last_settled_of(mailing_id: int) -> datetime | None:
    """Give when the last mail of an edition left, which leaves in the order of its numbers."""
    last = left_last(mailing_id, _LATEST)
    found: datetime | None = db.session.scalar(select(func.max(last.c.settled_at)))
    return found


def _is_just_now(moment: datetime | None) -> bool:
    return moment is not None and abs(now() - moment) < JUST_NOW
