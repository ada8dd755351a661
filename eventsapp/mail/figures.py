"""How far a mailing is: what became of its mails, why some did not arrive, how fast it goes.

The pages of mail and `/metrics` ask this. Of a frozen mailing the database keeps the counts
(`counters.py`): a page about a million mails costs hardly more than an empty one. Others are
one grouped statement that reads an index only; where even that takes long, the answer is kept in
memory for a while in proportion.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import Select, Subquery, func, select, text

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail import counters, outage
from eventsapp.mail.kinds import Course, MessageState
from eventsapp.mail.models import BOUNCED, HELD, PENDING, InboundMail, Mailing, Message
from eventsapp.mail.models import WAITING as WAITING_IN
from eventsapp.mail.rules import Reason

T = TypeVar("T")
Counted = tuple[int, str, str, int]

WAITING = (MessageState.QUEUED, MessageState.LEASED, MessageState.DEFERRED)
TROUBLE = (MessageState.DEFERRED, MessageState.FAILED, MessageState.UNKNOWN, MessageState.SKIPPED)
RECENT = 1000
"""The rate is that of so many mails that left last, in the order in which they were queued."""
STILL = timedelta(minutes=5)
"""After so long without a mail there is no rate to speak of."""
LARGE = 20_000
KEPT = 20
"""A count of so many rows or more holds for so many times as long as it took."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages of a mailing are in each state."""

    by_state: dict[MessageState, int]

    @property
    def total(self) -> int:
        """Count all of them."""
        return sum(self.by_state.values())

    @property
    def done(self) -> int:
        """Count those of which the end is known, or known to be in doubt."""
        return self.total - self.waiting

    @property
    def waiting(self) -> int:
        """Count those that are still to leave."""
        return sum(self.by_state.get(state, 0) for state in WAITING)

    @property
    def is_finished(self) -> bool:
        """Tell whether nothing of it waits any more."""
        return not self.waiting

    def of(self, state: MessageState) -> int:
        """Count those in one state."""
        return self.by_state.get(state, 0)

    def rows(self) -> list[tuple[MessageState, int]]:
        """Give the states that occur, in the order of the list of states."""
        return [(state, self.by_state[state]) for state in MessageState if state in self.by_state]


@dataclass(frozen=True, slots=True)
class Why:
    """How many mails of a mailing are in some state for some reason.

    `judged` says how a refusal at the door was judged, a word of `BounceReason`, where it was.
    """

    state: MessageState
    reason: str
    count: int
    judged: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is counted of one mailing."""

    tally: Tally
    reasons: tuple[Why, ...]
    came_back: dict[str, int]
    rate: float | None
    ends_at: datetime | None

    @property
    def bounced(self) -> int:
        """Count the mails that left and came back."""
        return sum(self.came_back.values())


class Memory:
    """Keeps what was large to count for a while, in proportion to the time that it took."""

    def __init__(self, large: int = LARGE, kept: float = KEPT) -> None:
        self._large, self._kept_for = large, kept
        self._lock = Lock()
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def ask(self, key: Hashable, count: Callable[[], T], size: Callable[[T], int]) -> T:
        """Give what is remembered under this key, or count it now; `size` tells how much it was."""
        begun = perf_counter()
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
        if begun < until:
            return value  # type: ignore[no-any-return]
        counted = count()
        if size(counted) >= self._large:
            done = perf_counter()
            with self._lock:
                self._kept = {name: row for name, row in self._kept.items() if row[0] > done}
                self._kept[key] = (done + (done - begun) * self._kept_for, counted)
        return counted

    def forget(self) -> None:
        """Count everything anew from here: somebody has just changed it."""
        with self._lock:
            self._kept.clear()


_memory = Memory()


def forget() -> None:
    """Let the next page tell what an act of this moment has changed."""
    _memory.forget()


def tallies(mailing_ids: Collection[int]) -> dict[int, Tally]:
    """Count the messages of these mailings by state, with a few statements for all of them."""
    return {number: _tally(counts) for number, counts in _counts_of(mailing_ids).items()}


def _counts_of(mailing_ids: Collection[int]) -> dict[int, list[Why]]:
    """Count the messages of these mailings by state and reason, the most frequent first."""
    found: dict[int, list[Why]] = {number: [] for number in mailing_ids}
    frozen = counters.frozen_among(mailing_ids)
    rows = _ask(counters.counts_of(frozen)) if frozen else []
    if others := found.keys() - frozen:
        rows = [*rows, *_remembered(others)]
    for number, state, reason, count in rows:
        found[number].append(Why(MessageState(state), reason, count))
    for counts in found.values():
        counts.sort(key=lambda why: -why.count)
    return found


def _remembered(mailing_ids: Collection[int]) -> list[Counted]:
    grouped = (
        select(Message.mailing_id, Message.state, Message.reason, func.count())
        .where(Message.mailing_id.in_(mailing_ids))
        .group_by(Message.mailing_id, Message.state, Message.reason)
    )
    return _memory.ask(
        ("counts", *sorted(mailing_ids)),
        lambda: _ask(grouped),
        lambda rows: sum(count for *_, count in rows),
    )


def _ask(statement: Select[int, str, str, int]) -> list[Counted]:
    return [
        (number, state, why, count) for number, state, why, count in db.session.execute(statement)
    ]


def _tally(counts: Iterable[Why]) -> Tally:
    by_state: dict[MessageState, int] = {}
    for why in counts:
        by_state[why.state] = by_state.get(why.state, 0) + why.count
    return Tally(by_state)


def figures_of(mailing: Mailing) -> Figures:
    """Count a mailing: its states, why some mails are there, what came back, how fast it goes."""
    counts = _counts_of([mailing.id])[mailing.id]
    tally = _tally(counts)
    rate = None if tally.is_finished or mailing.course != Course.OPEN else _rate(mailing.id)
    return Figures(
        tally=tally,
        reasons=tuple(_reasons(mailing.id, counts)),
        came_back=_came_back(mailing.id),
        rate=rate,
        ends_at=now() + timedelta(seconds=tally.waiting / rate) if rate else None,
    )


def in_hand(mailing_id: int) -> int:
    """Count the mails of a mailing that a sender holds at this moment."""
    leased = Message.state == MessageState.LEASED.value
    return _count(select(func.count(Message.id)).where(Message.mailing_id == mailing_id, leased))


def _reasons(mailing_id: int, counts: Iterable[Why]) -> Iterator[Why]:
    """Give why mails are in trouble; refusals, of which there are few, as each was judged."""
    for why in counts:
        if why.state is MessageState.FAILED and why.reason == Reason.REFUSED:
            yield from _refusals(mailing_id)
        elif why.state in TROUBLE and why.reason:
            yield why


def _refusals(mailing_id: int) -> list[Why]:
    state, reason = MessageState.FAILED, Reason.REFUSED.value
    rows = db.session.execute(
        select(Message.bounce_reason, func.count())
        .where(
            Message.mailing_id == mailing_id,
            Message.state == state.value,
            Message.reason == reason,
        )
        .group_by(Message.bounce_reason)
    )
    found = [Why(state, reason, count, judged) for judged, count in rows]
    return sorted(found, key=lambda why: (-why.count, why.judged))


def _came_back(mailing_id: int) -> dict[str, int]:
    rows = db.session.execute(
        select(Message.bounce_reason, func.count())
        .where(Message.mailing_id == mailing_id, text(BOUNCED))
        .group_by(Message.bounce_reason)
    )
    return {str(reason): count for reason, count in rows}


def left_last(mailing_id: int, most: int) -> Subquery:
    """Ask when the last mails of a mailing left, so many at most, in the order they were queued."""
    return (
        select(Message.settled_at)
        .where(
            Message.mailing_id == mailing_id,
            Message.state == MessageState.SENT.value,
            Message.reason == "",
        )
        .order_by(Message.id.desc())
        .limit(most)
    ).subquery()


def _rate(mailing_id: int) -> float | None:
    """Give how many mails a second leave, by those that left last; None when it stands still."""
    recent = left_last(mailing_id, RECENT)
    first, last, count = db.session.execute(
        select(func.min(recent.c.settled_at), func.max(recent.c.settled_at), func.count())
    ).one()
    if count < 2 or last is None or now() - last > STILL:  # noqa: PLR2004 - one makes no rate
        return None
    return float(count / max((last - first).total_seconds(), 1.0))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to leave: how many in each lane, and since when the oldest."""

    urgent: int
    bulk: int
    urgent_since: datetime | None
    bulk_since: datetime | None

    @property
    def since(self) -> datetime | None:
        """Give since when the oldest of all waits."""
        moments = [one for one in (self.urgent_since, self.bulk_since) if one is not None]
        return min(moments, default=None)


def waiting(urgent_below: int) -> Waiting:
    """Count what may leave and has not yet, over all mailings that are not held back.

    What our mail server does not take counts too, since it was meant to leave.
    """
    return _memory.ask(
        ("waiting", urgent_below),
        lambda: _count_waiting(urgent_below),
        lambda found: found.urgent + found.bulk,
    )


def _count_waiting(urgent_below: int) -> Waiting:
    held = list(db.session.scalars(select(Mailing.id).where(text(HELD))))
    asked = select(Message.priority, func.count(), func.min(Message.not_before)).where(
        text(PENDING), Message.not_before <= now()
    )
    if held:
        asked = asked.where(Message.mailing_id.not_in(held))
    lanes = {True: 0, False: 0}
    moments: dict[bool, list[datetime]] = {True: [], False: []}
    for priority, count, since in db.session.execute(asked.group_by(Message.priority)):
        lanes[priority < urgent_below] += count
        moments[priority < urgent_below].append(since)
    for one in outage.put_off():
        lanes[one.priority < urgent_below] += one.later
        moments[one.priority < urgent_below].append(one.since)
    urgent, bulk = (min(moments[lane], default=None) for lane in (True, False))
    return Waiting(lanes[True], lanes[False], urgent, bulk)


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of all mail that is remembered, and what came in and waits for somebody."""

    by_state: dict[MessageState, int]
    came_back: int
    inbound_waiting: int
    held: int


def totals() -> Totals:
    """Count everything there is, for who watches over the machine."""
    return _memory.ask("totals", _count_all, lambda found: sum(found.by_state.values()))


def _count_all() -> Totals:
    states = select(Message.state, func.count()).group_by(Message.state)
    return Totals(
        by_state={MessageState(state): count for state, count in db.session.execute(states)},
        came_back=_count(select(func.count()).select_from(Message).where(text(BOUNCED))),
        inbound_waiting=_count(
            select(func.count()).select_from(InboundMail).where(text(WAITING_IN))
        ),
        held=_count(select(func.count()).select_from(Mailing).where(text(HELD))),
    )


def _count(statement: Select[int]) -> int:
    return db.session.scalar(statement) or 0
