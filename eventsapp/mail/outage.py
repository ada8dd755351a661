"""Whether our own mail server takes mail, and since when it does not.

The page of today asks `outages`, the figures of what waits ask `put_off`. Both cost one look at the
few rows of the limits as long as no lane was turned away lately. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, text

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.mail import rules, server_away, throttle
from eventsapp.mail.due import BULK, LEVELS, URGENT
from eventsapp.mail.kinds import Course, MessageState, Stream
from eventsapp.mail.models import PENDING, Mailing, Message, Throttle
from eventsapp.mail.outbox import LEAST_URGENT
from eventsapp.mail.rules import Reason

TOLD_AFTER = timedelta(minutes=10)
"""A mail server that is started anew, or is busy for a moment, is nobody's task."""
LATEST = 1000
"""Among so many mails, the last that were queued of those that left, is the one that left last."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """Mails of one priority that wait because our mail server was away."""

    priority: int
    later: int
    """How many of them wait for a moment that is still to come."""
    since: datetime
    """Since when the oldest of them might have left, had the server been there."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A mail server of ours takes nothing: since when, and what was heard last."""

    since: datetime
    reply: str
    is_of_newsletters: bool
    """It is the one that newsletters have for themselves; all other mail leaves."""


def put_off() -> list[PutOff]:
    """Give what waits for our mail server; nothing as long as it lets us in."""
    return _put_off() if _last_words() else []


def _put_off() -> list[PutOff]:
    moment = now()
    since = case(
        (Mailing.not_before > Message.created_at, Mailing.not_before), else_=Message.created_at
    )
    later = func.count().filter(Message.not_before > moment)
    asked = (
        select(Message.priority, later, func.min(since))
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(
            text(PENDING),
            Message.state == MessageState.DEFERRED.value,
            Message.reason == Reason.SERVER_AWAY.value,
            Message.not_before <= moment + rules.AWAY,
            Mailing.course == Course.OPEN.value,
        )
        .group_by(Message.priority)
    )
    return [PutOff(*row) for row in db.session.execute(asked)]


def outages() -> list[Outage]:
    """Give our mail servers that have been away, and have taken nothing, for ten minutes."""
    if not _last_words():
        return []
    waiting = _put_off()
    if not settings().newsletter_smtp_url:
        found = [_outage(waiting, range(LEAST_URGENT + 1), tuple(Stream))]
    else:
        found = [
            _outage(waiting, LEVELS[URGENT], (Stream.INVITATIONS,)),
            _outage(waiting, LEVELS[BULK], (Stream.NEWSLETTERS,)),
        ]
    return [one for one in found if one is not None]


def _outage(waiting: list[PutOff], levels: range, streams: tuple[Stream, ...]) -> Outage | None:
    """Go by what was put off, and by the refusals: a 421 at the greeting puts off none."""
    moment = now()
    since = min((one.since for one in waiting if one.priority in levels), default=moment)
    refused = [one.since for one in map(server_away.lasting, streams) if one is not None]
    since = min([since, *refused])
    if moment - since < TOLD_AFTER:
        return None
    # A mail that was queued long ago may have met a server that is away for this minute only.
    since = max(since, last_settled(levels, MessageState.SENT) or since)
    if moment - since < TOLD_AFTER:
        return None
    words = next(iter(_last_words(streams)), "")
    return Outage(since, words, is_of_newsletters=streams == (Stream.NEWSLETTERS,))


def _last_words(streams: Iterable[Stream] = Stream) -> list[str]:
    """Give what was heard when a lane was turned away in the last minutes, the latest first."""
    moment = now()
    asked = (
        select(Throttle.last_reply)
        .where(
            Throttle.name.in_([throttle.of_outage(one) for one in streams]),
            Throttle.blocked_until > moment - server_away.STILL,
            Throttle.blocked_until <= moment + rules.LONGEST_BLOCK,
        )
        .order_by(Throttle.blocked_until.desc())
    )
    return list(db.session.scalars(asked))


def last_settled(levels: range, *states: MessageState) -> datetime | None:
    """Tell when a mail of these priorities came to its end last, in one of these states or any."""
    wanted = [one.value for one in states or (MessageState.SENT, MessageState.FAILED)]
    latest = (
        select(Message.settled_at)
        .where(Message.state.in_(wanted), Message.priority.in_(levels))
        .order_by(Message.id.desc())
        .limit(LATEST)
    ).subquery()
    found: datetime | None = db.session.scalar(select(func.max(latest.c.settled_at)))
    return found
