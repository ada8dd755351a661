"""How fast mail may go: buckets in the database that all lanes of all machines share.

A bucket belongs to a sender stream (`sender:newsletters`) or to a receiving domain
(`domain:example.org`). `mail/claims.py` asks what may go now, `mail/delivery.py` tells what came of
it: an answer 421 or 45x halves a rate, success restores it step by step. As long as nobody limits
us the table is empty, and all of this is one question to it for each batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.core.text import one_line
from eventsapp.mail import rules
from eventsapp.mail.kinds import Stream
from eventsapp.mail.models import Throttle

_OUTAGE = "away:"
_BUCKETS = ~Throttle.name.startswith(_OUTAGE)
_NAME = cast(Table, Throttle.__table__).c.name
_ANY = select(_NAME).where(~_NAME.startswith(_OUTAGE)).limit(1)


def of_sender(stream: Stream) -> str:
    """Name the bucket of a stream."""
    return f"sender:{stream.value}"


def of_domain(domain: str) -> str:
    """Name the bucket of a receiving domain."""
    return f"domain:{domain}"


def of_outage(stream: Stream) -> str:
    """Name what is kept of a server that takes no mail of a stream (`mail/server_away.py`)."""
    return f"{_OUTAGE}{stream.value}"


@dataclass(slots=True)
class Word:
    """What was heard about a bucket since the last time: mails taken, and the last "slower".

    `since` and `until` are seconds on a clock that nobody can set back: when counting began, and
    the last answer.
    """

    since: float
    until: float = 0.0
    taken: int = 0
    slower: str = ""

    @property
    def pace(self) -> float:
        """Give the mails a second that one lane had answered; others may have sent besides."""
        return self.taken / max(self.until - self.since, rules.MEASURED)


@dataclass(slots=True)
class Slots:
    """When the next mail of a slow domain may go, as this lane gave it out in this round."""

    next: dict[str, datetime] = field(default_factory=dict)


def limits() -> dict[str, Throttle]:
    """Give the buckets that there are, locked in one order; none as a rule."""
    running = settings()
    limited = [of_sender(stream) for stream in Stream if running.rate_of(stream.value)]
    if limited:
        make(limited)
    elif db.session.connection().execute(_ANY).first() is None:
        return {}
    statement = select(Throttle).where(_BUCKETS).order_by(Throttle.name).with_for_update()
    rows = db.session.scalars(statement.execution_options(populate_existing=True))
    return {row.name: row for row in rows}


def take(row: Throttle, wanted: int, moment: datetime) -> int:
    """Take so many mails from a bucket, or as many as there are in it."""
    rate = rate_of(row)
    if not rate:
        return wanted
    if row.blocked_until is None or moment - row.filled_at > rules.OVERDUE:
        row.blocked_until = moment
    # A clock that was set back adds nothing, and takes nothing away.
    passed = max((moment - row.filled_at).total_seconds(), 0.0)
    row.level = min(row.level + rate * passed, max(rate * rules.BURST, 1.0))
    row.filled_at = moment
    granted = min(int(row.level), wanted)
    row.level -= granted
    return granted


def rate_of(row: Throttle) -> float:
    """Give the mails a second that a bucket lets through; 0 has no limit."""
    kind, _, stream = row.name.partition(":")
    asked = settings().rate_of(stream) if kind == "sender" else 0.0
    return min((one for one in (row.rate, asked) if one), default=0.0)


def moving_since(names: Iterable[str]) -> dict[str, datetime]:
    """Tell since when these buckets let mail through without standing still for days.

    Whoever waits for one that moves only waits for its limit. Left out is what limits nobody: of
    that nothing was taken lately. Reads only.
    """
    columns = cast(Table, Throttle.__table__).c
    asked = select(columns.name, columns.blocked_until).where(
        columns.name.in_(sorted(names)),
        columns.blocked_until.is_not(None),
        columns.filled_at > now() - rules.OVERDUE,
    )
    rows = db.session.connection().execute(asked)
    return {row.name: row.blocked_until for row in rows}


def slots(row: Throttle, count: int, moment: datetime, given: Slots) -> list[datetime]:
    """Give moments at which so many mails of a slow domain may be tried, one after the other."""
    step = timedelta(seconds=1 / max(rate_of(row), rules.SLOWEST))
    first = max(given.next.get(row.name, moment), moment)
    given.next[row.name] = first + count * step
    return [first + (place + 1) * step for place in range(count)]


def note(words: Mapping[str, Word], known: Iterable[str]) -> None:
    """Take in what was heard: slower where a server asks for it, faster where it took our mail.

    An outage of our own server of which something is heard is over.
    `known` are the buckets that were there at the last claim; without one of these and without a
    "slower" nothing is asked of the database.
    """
    if over := [name for name in words if name.startswith(_OUTAGE)]:
        db.session.execute(delete(Throttle).where(Throttle.name.in_(over)))
    slowed = sorted(name for name, word in words.items() if word.slower)
    if not slowed and not any(name in words for name in known):
        return
    make(slowed)
    moment = now()
    for name, row in limits().items():
        word = words.get(name)
        if word is None:
            continue
        if word.slower:
            _slow(row, word, moment)
        elif row.rate and word.taken:
            _quicken(row, moment)


def _slow(row: Throttle, word: Word, moment: datetime) -> None:
    """Halve a rate, once for all that was said at about the same time."""
    row.last_reply = one_line(word.slower, 500)
    if row.slowed_at is not None and abs(moment - row.slowed_at) < rules.SLOWED_ONCE:
        return
    limit = rate_of(row)
    row.rate = max(limit / 2, rules.SLOWEST) if limit else max(word.pace / 2, rules.SLOWED_AT_LEAST)
    row.level, row.filled_at, row.slowed_at = 0.0, moment, moment


def _quicken(row: Throttle, moment: datetime) -> None:
    """Double a rate that held for a while; above a certain rate there is no limit any more."""
    if row.slowed_at is not None and abs(moment - row.slowed_at) < rules.QUICKENED_EVERY:
        return
    row.rate, row.slowed_at = row.rate * 2, moment
    if row.rate < rules.FREE:
        return
    if row.name.startswith("sender:"):
        row.rate = 0.0
    elif row.blocked_until is not None and moment - row.blocked_until > rules.OVERDUE:
        row.rate = rules.FREE  # what waited for it for days still has to be known as such
    else:
        db.session.delete(row)


def forget_old() -> None:
    """Drop the buckets of domains of which nothing was heard for a day."""
    db.session.execute(
        delete(Throttle).where(
            Throttle.name.startswith("domain:"), Throttle.filled_at < now() - rules.FORGOTTEN
        )
    )


def make(names: list[str]) -> None:
    """Make sure that these buckets exist, in one order."""
    if not names:
        return
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    rows = [
        {"name": name[:160], "rate": 0.0, "level": 0.0, "filled_at": now(), "last_reply": ""}
        for name in sorted(names)
    ]
    db.session.execute(insert(Throttle).values(rows).on_conflict_do_nothing())
