"""What is due: the priorities that each lane serves, and the question that finds their mails.

`mail/claims.py` reads on from it and leases what it finds; the clock, the workers and the senders
ask `has_due`. Reads only. Each priority is one range of the partial index of unsent mails, so a
table of a million rows costs no more than an empty one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, literal_column, select, text, tuple_

from eventsapp.core.dates import now
from eventsapp.core.db import UTCDateTime, db
from eventsapp.core.settings import settings
from eventsapp.mail.models import PENDING, Message
from eventsapp.mail.outbox import FIRST_BULK, LEAST_URGENT

URGENT, BULK = "urgent", "bulk"
LEVELS = {URGENT: range(FIRST_BULK), BULK: range(FIRST_BULK, LEAST_URGENT + 1)}
"""The priorities that each lane serves: an edition never stands before a confirmation."""
STUCK = timedelta(seconds=3)
"""Urgent mails that wait longer have no lane of their own; the other one takes them along."""
Due = Row[int, int, str, datetime]
Levels = list[tuple[int, datetime]]
"""Priorities, each with the moment up to which its mails are due."""


def levels_of(lane: str, moment: datetime) -> Levels:
    """Give the priorities that a lane serves, each with the moment up to which mails are its own.

    Urgent mails that lie for seconds have no lane, or a slow one: bulk takes them along, as long
    as it speaks to the same mail server.
    """
    own = [(level, moment) for level in LEVELS[lane]]
    if lane == URGENT or settings().newsletter_smtp_url:
        return own
    return [(level, moment - STUCK) for level in LEVELS[URGENT]] + own


def has_due(lane: str, beyond: int = 0, within: timedelta = timedelta()) -> bool:
    """Tell whether a mail may leave now or within this time, or more than so many of one priority.

    Reads only, so that the clock may ask each second.
    """
    return bool(with_due(levels_of(lane, now() + within), beyond))


def next_at(lane: str, within: timedelta) -> datetime | None:
    """Give the moment from which a mail of a lane may leave, if that is past or within this time.

    Reads only.
    """
    levels = levels_of(lane, now() + within)
    probe = _probing(len(levels), 0, is_moment=True)
    moments = db.session.connection().execute(probe, _values(levels)).one()
    return min((one for one in moments if one is not None), default=None)


def with_due(levels: Levels, beyond: int = 0) -> Levels:
    """Give those of the priorities of which more than so many mails are due, with one question."""
    if not levels:
        return []
    probe = _probing(len(levels), beyond)
    found = db.session.connection().execute(probe, _values(levels)).one()
    return [one for one, number in zip(levels, found, strict=True) if number is not None]


def _values(levels: Levels) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for place, (level, until) in enumerate(levels):
        asked |= {f"level_{place}": level, f"until_{place}": until}
    return asked


@cache
def _probing(count: int, beyond: int, *, is_moment: bool = False) -> Select[Any]:
    """Build the question once for so many priorities: for a mail of each, or for its moment.

    Each is a look at one place of the index, also where the database knows nothing of its rows:
    the order says so. How many are passed over stands in it: with a number that is given apart
    PostgreSQL plans it anew each time, which takes it longer than the answer.
    """
    return select(
        *(
            question(False, f"level_{place}", f"until_{place}")
            .with_only_columns(Message.not_before if is_moment else Message.id)
            .limit(literal_column("1"))
            .offset(literal_column(str(beyond)))
            .scalar_subquery()
            .label(f"due_{place}")
            for place in range(count)
        )
    )


def values_of(level: int, until: datetime, most: int) -> dict[str, Any]:
    """Give the values of the question about one priority."""
    return {"level": level, "until": until, "most": most}


@cache
def question(
    is_further: bool, level: str = "level", until: str = "until"
) -> Select[int, int, str, datetime]:
    """Build once what is due of one priority, a range of the index; give it with these names."""
    statement = select(Message.id, Message.mailing_id, Message.domain, Message.not_before).where(
        text(PENDING),
        text("state IN ('queued', 'deferred')"),
        Message.priority == bindparam(level),
        Message.not_before <= bindparam(until, type_=UTCDateTime),
    )
    if is_further:
        place = tuple_(
            bindparam("place_moment", type_=UTCDateTime),
            bindparam("place_id", type_=Message.id.type),
        )
        statement = statement.where(tuple_(Message.not_before, Message.id) > place)
    return statement.order_by(Message.not_before, Message.id).limit(bindparam("most"))
