"""Claiming: a lane takes the mails that are due, in batches, and gives back what it did not send.

`mail/delivery.py` calls this inside its own transactions. Of two lanes only one gets a row: a
conditional update on both databases. What is due is told by `mail/due.py`; of that a lane reads on
from the place where it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, Table, Update, bindparam, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from eventsapp.core.dates import now
from eventsapp.core.db import UTCDateTime, db, in_one, is_one_of
from eventsapp.core.text import one_line
from eventsapp.mail import throttle
from eventsapp.mail.due import (
    BULK,
    LEVELS,
    URGENT,
    Due,
    Levels,
    levels_of,
    question,
    values_of,
    with_due,
)
from eventsapp.mail.kinds import Course, MessageState, Stream
from eventsapp.mail.models import Mailing, Message, Throttle
from eventsapp.mail.outbox import PARKED, UNSENT, rows_of
from eventsapp.mail.rules import Reason

LEASE = timedelta(minutes=5)
"""Longer than a round and the patience with a mail server: a lane that lives never loses one."""
BATCH = {URGENT: 50, BULK: 250}
"""Urgent mails are rendered one by one: a batch of 50 keeps a confirmation from waiting."""
PUT_OFF = 500
"""So many mails are shown as waiting for the server; the others simply wait behind them."""
HELD_BACK = timedelta(seconds=1)
"""When mail that waits only for the limit of our own stream is looked at again."""
_APART = {"synchronize_session": False}
_OURS = text("state = 'leased'")
# Asked of rows that are found by number. As a plain column it would lead PostgreSQL to the index of
# what is due, which it takes to be empty when it last counted between two editions.
_IS_UNSENT = text("message.state || '' IN ('queued', 'deferred')")


class Claimed(NamedTuple):
    """A row as it was claimed: all that is needed to judge and to send it without the database."""

    id: int
    mailing_id: int
    reference: str
    person_id: int | None
    address: str
    name: str
    language: str
    template: str
    data: dict[str, Any]
    priority: int
    domain: str
    not_before: datetime
    expires_at: datetime | None
    attempts: int
    started_at: datetime | None
    message_id: str
    created_at: datetime
    settled_at: datetime | None = None
    """While it waits: when a server first said "later" since somebody last let it go."""

    @property
    def is_copy(self) -> bool:
        """Tell whether an earlier copy of it may have arrived."""
        return self.started_at is not None


COLUMNS = tuple(getattr(Message, name) for name in Claimed._fields)


@dataclass(slots=True)
class Places:
    """Up to where a lane has read each priority in this round.

    PostgreSQL keeps entries of rows that changed until it tidies up; going on from the last place
    the lane does not read them again with each batch.
    """

    last: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    slots: throttle.Slots = field(default_factory=throttle.Slots)
    known: frozenset[str] = frozenset()
    """The buckets that limit us at present."""
    again_at: datetime | None = None
    """When mail is due that a limit held back."""
    held: set[int] = field(default_factory=set)
    found: Levels | None = None
    """What was found to be due just now, for the first batch; the next one asks anew."""

    def hold(self, level: int, until: datetime) -> None:
        """Note that mails of this priority stay due, and must be read once more."""
        self.held.add(level)
        self.last.pop(level, None)
        self.come_again(until)

    def is_held(self, level: int) -> bool:
        """Tell whether the limit of the stream that mails of this priority go with was reached."""
        return any(stream_of(level) is stream_of(held) for held in self.held)

    def come_again(self, at: datetime) -> None:
        """Note that something will be due then."""
        self.again_at = min(at, self.again_at or at)


def claim(worker: str, lane: str, places: Places, most: int) -> list[Claimed]:
    """Lease the mails that are due, urgent ones first; none when nothing is.

    Mails of a mailing that rests are parked when they come up. The caller commits.
    """
    mine: list[Claimed] = []
    limits = throttle.limits()
    places.known, places.again_at, places.held = frozenset(limits), None, set()
    for level, until in _worth_reading(levels_of(lane, now()), places):
        while (wanted := most - len(mine)) > 0 and not places.is_held(level):
            rows = _read(level, until, places, wanted)
            passed = _let_through(rows)
            fitting = _within(limits, level, passed, places) if limits else passed
            mine += _lease(worker, [row.id for row in fitting])
            if len(rows) < wanted:
                break
    return mine


def _worth_reading(levels: Levels, places: Places) -> Levels:
    """Give the priorities of which mails are due, or were at the last batch of this round.

    Of those the lane reads on from its place anyway; asked from the start PostgreSQL would pass by
    all that has left since.
    """
    found, places.found = places.found, None
    if found is not None:
        return found
    others = with_due([one for one in levels if one[0] not in places.last])
    return [one for one in levels if one[0] in places.last or one in others]


def _read(level: int, until: datetime, places: Places, most: int) -> Sequence[Due]:
    """Lock and give the next rows of a priority; from the start once the end was reached."""
    place = places.last.get(level)
    asked = values_of(level, until, most)
    rows: Sequence[Due] = ()
    if place is not None:
        asked |= {"place_moment": place[0], "place_id": place[1]}
        rows = db.session.connection().execute(_locking(True), asked).all()
        if not rows:
            del places.last[level]
    if not rows:
        rows = db.session.connection().execute(_locking(False), asked).all()
    if rows:
        places.last[level] = (rows[-1].not_before, rows[-1].id)
    return rows


@cache
def _locking(is_further: bool) -> Select[int, int, str, datetime]:
    return question(is_further).with_for_update(skip_locked=True)


def _let_through(rows: Sequence[Due]) -> Sequence[Due]:
    """Give the rows that may leave now; what belongs to a mailing that rests is parked."""
    if not rows:
        return []
    resting = resting_among({row.mailing_id for row in rows})
    if not resting:
        return rows
    parked = [row.id for row in rows if row.mailing_id in resting]
    db.session.execute(
        update(Message).where(Message.id.in_(parked)).values(not_before=PARKED),
        execution_options=_APART,
    )
    return [row for row in rows if row.mailing_id not in resting]


def _within(
    limits: Mapping[str, Throttle], level: int, rows: Sequence[Due], places: Places
) -> list[Due]:
    """Give the rows that the limits let through now; the others wait for theirs.

    Beyond the limit of our own stream the rows stay due; those of a slow domain are given moments
    of their own, one after the other, so that they hold up nobody else.
    """
    moment = now()
    sender = limits.get(throttle.of_sender(stream_of(level)))
    most = len(rows) if sender is None else throttle.take(sender, len(rows), moment)
    if most < len(rows):
        places.hold(level, moment + HELD_BACK)
    by_domain: dict[str, list[Due]] = defaultdict(list)
    for row in rows[:most]:
        by_domain[throttle.of_domain(row.domain)].append(row)
    passed: list[Due] = []
    later: list[dict[str, Any]] = []
    for name, some in by_domain.items():
        bucket = limits.get(name)
        count = len(some) if bucket is None else throttle.take(bucket, len(some), moment)
        passed += some[:count]
        if bucket is not None and some[count:]:
            at = throttle.slots(bucket, len(some) - count, moment, places.slots)
            later += (
                {"b_id": row.id, "b_at": when} for row, when in zip(some[count:], at, strict=True)
            )
    if sender is not None:
        sender.level += most - len(passed)
    if later:
        places.come_again(min(one["b_at"] for one in later))
        db.session.connection().execute(_postponing(), later)
    return passed


@cache
def _postponing() -> Update:
    table = cast(Table, Message.__table__)
    return (
        update(table)
        .where(table.c.id == bindparam("b_id"))
        .values(not_before=bindparam("b_at", type_=UTCDateTime()))
    )


def stream_of(level: int) -> Stream:
    """Tell with which stream mails of a priority go."""
    return Stream.INVITATIONS if level in LEVELS[URGENT] else Stream.NEWSLETTERS


def resting_among(mailing_ids: Collection[int]) -> set[int]:
    """Tell which of these mailings are paused or stopped."""
    connection = db.session.connection()
    dialect = connection.dialect.name
    asked = {"asked": in_one(dialect, mailing_ids)}
    return set(connection.scalars(_resting(dialect), asked))


@cache
def _resting(dialect: str) -> Select[int]:
    table = cast(Table, Mailing.__table__)
    return select(table.c.id).where(
        is_one_of(dialect, table.c.id, "asked"), table.c.course != Course.OPEN.value
    )


def _lease(worker: str, numbers: list[int]) -> list[Claimed]:
    if not numbers:
        return []
    connection = db.session.connection()
    dialect = connection.dialect.name
    values = {"asked": in_one(dialect, numbers), "lane": worker, "until": now() + LEASE}
    mine = list(map(Claimed._make, connection.execute(_leasing(dialect), values).all()))
    return sorted(mine, key=lambda one: (one.priority, one.not_before, one.id))


@cache
def _leasing(dialect: str) -> ReturningUpdate[Any]:
    table = cast(Table, Message.__table__)
    return (
        update(table)
        .where(is_one_of(dialect, table.c.id, "asked"), _IS_UNSENT)
        .values(
            state=MessageState.LEASED.value,
            lease=bindparam("lane"),
            lease_until=bindparam("until", type_=UTCDateTime()),
        )
        .returning(*(table.c[name] for name in Claimed._fields))
    )


def read_again(worker: str, numbers: Collection[int]) -> list[Claimed]:
    """Lock rows of this lane, in order of number, and give them as they are now."""
    statement = (
        select(*COLUMNS)
        .where(Message.id.in_(numbers), _OURS, Message.lease == worker)
        .order_by(Message.id)
        .with_for_update()
    )
    return list(map(Claimed._make, db.session.execute(statement)))


def release(worker: str, numbers: Collection[int]) -> None:
    """Put back what was claimed and not begun: it may leave at once, and counts as no try."""
    if not numbers:
        return
    back = (
        update(Message)
        .where(Message.id.in_(numbers), _OURS, Message.lease == worker)
        .values(state=MessageState.QUEUED.value, lease="", lease_until=None)
    )
    db.session.execute(back, execution_options=_APART)


def put_off(lane: str, until: datetime, reply: str) -> int:
    """Let the mails that are due wait, because our mail server is away; give how many.

    It counts as no try of theirs. Only the first of them are marked; the others wait behind.
    """
    numbers: list[int] = []
    for level, due_until in levels_of(lane, now()):
        asked = values_of(level, due_until, PUT_OFF - len(numbers))
        numbers += db.session.scalars(_locking(False).with_only_columns(Message.id), asked)
    waiting = (
        update(Message)
        .where(Message.id.in_(numbers), Message.state.in_(UNSENT))
        .values(
            state=MessageState.DEFERRED.value,
            reason=Reason.SERVER_AWAY.value,
            last_reply=one_line(reply, 500),
            not_before=until,
        )
    )
    return rows_of(db.session.execute(waiting, execution_options=_APART))
