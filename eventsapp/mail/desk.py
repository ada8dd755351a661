"""The desk of a lane: takes batches from the database, and puts down there what became of mails.

`mail/delivery.py` hands over and asks. The desk of a bulk lane works in a thread of its own: while
the mails of one batch go out, the next is claimed and judged and the results before are kept, so
that the lane waits for no disk. It holds two batches then. An urgent lane asks for one batch at a
time and waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Self, cast

from sqlalchemy import Table, func, select
from sqlalchemy.exc import OperationalError

from eventsapp.core.db import db, in_own_session, read_only
from eventsapp.core.turns import patiently
from eventsapp.mail import claims, judging, refusals, results, throttle
from eventsapp.mail.claims import BATCH, Places
from eventsapp.mail.due import BULK, Levels
from eventsapp.mail.judging import CalendarHook, Ready
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Suppression
from eventsapp.mail.results import Result
from eventsapp.mail.throttle import Word

_NEWEST = select(func.max(cast(Table, Suppression.__table__).c.id))


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of asking: the mails that may leave, and the results that are kept now."""

    ready: Sequence[Ready]
    kept: Sequence[Result]
    ends: int
    """How many mails of the batch ended without leaving."""
    again_at: datetime | None
    """When mail is due that a limit held back."""
    is_claim: bool = True
    is_last: bool = False
    """Whether nothing more could be claimed with it."""
    newest_suppression: int = 0
    judged_at: float = 0.0
    """On the clock that nobody can set back."""


class Desk:
    """What one lane asks of the database. Use it in a `with` block; one question at a time."""

    def __init__(
        self, worker: str, lane: str, calendar_part: CalendarHook, found: Levels | None = None
    ) -> None:
        """Take over what was found to be due, where somebody has just looked."""
        self._worker, self._lane, self._calendar_part = worker, lane, calendar_part
        self._places = Places(found=found)
        self._asked: Future[Batch] | None = None
        self._thread = ThreadPoolExecutor(1, "desk") if lane == BULK else None
        self._claim, self._settle = self._claim_here, self._settle_here
        if self._thread is not None:
            self._claim = in_own_session(patiently()(self._claim_here))
            self._settle = in_own_session(patiently()(self._settle_here))

    def __enter__(self) -> Self:
        """Begin; nothing is asked yet."""
        return self

    def __exit__(self, *_fault: object) -> None:
        """End the thread, behind the question that it is at."""
        if self._thread is not None:
            self._thread.shutdown()

    @property
    def is_apart(self) -> bool:
        """Tell whether a batch is claimed while the one before goes out."""
        return self._thread is not None

    @property
    def is_limited(self) -> bool:
        """Tell whether limits hold mails back, each until a moment of its own."""
        return bool(self._places.known)

    @property
    def is_asked(self) -> bool:
        """Tell whether a question is open."""
        return self._asked is not None

    @property
    def has_answer(self) -> bool:
        """Tell whether the open question is answered, so that nobody need wait."""
        return self._asked is not None and self._asked.done()

    def ask_batch(self, known: Sequence[Result], heard: Mapping[str, Word]) -> None:
        """Keep these results and take the next batch, with one commit."""
        self._ask(self._claim, known, heard)

    def ask_keep(
        self, known: Sequence[Result], heard: Mapping[str, Word], unbegun: Sequence[int] = ()
    ) -> None:
        """Keep these results, and put back what was claimed and not begun."""
        self._ask(self._settle, known, heard, unbegun)

    def answer(self) -> Batch:
        """Give the answer, and wait for it. Raises OperationalError when the database is away."""
        assert self._asked is not None
        asked, self._asked = self._asked, None
        return asked.result()

    def _ask(self, act: Callable[..., Batch], *about: object) -> None:
        assert self._asked is None
        if self._thread is not None:
            self._asked = self._thread.submit(act, *about)
            return
        self._asked = Future()
        try:
            self._asked.set_result(act(*about))
        except OperationalError as fault:
            self._asked.set_exception(fault)

    def _claim_here(self, known: Sequence[Result], heard: Mapping[str, Word]) -> Batch:
        try:
            self._keep(known, heard)
            most = BATCH[self._lane]
            claimed = claims.claim(self._worker, self._lane, self._places, most)
            db.session.commit()
            is_last = len(claimed) < most
            if not claimed:
                return Batch((), known, 0, self._places.again_at, is_last=True)
            # Only read from here on: others need not wait for their turn to write meanwhile. Who
            # opts out while this judges is newer than what was the newest before.
            with read_only():
                newest, judged_at = newest_suppression(), monotonic()
                ready, ends = judging.judge(claimed)
                db.session.rollback()
            results.settle(self._worker, ends)
            db.session.commit()
            count = len(ends)
            if ready:
                ready, ends = judging.attach(self._worker, ready, self._calendar_part)
                db.session.commit()
                count += len(ends)
            again_at = self._places.again_at
            return Batch(ready, known, count, again_at, True, is_last, newest, judged_at)
        finally:
            # The connection to the database is let go while mails are made and sent.
            db.session.close()

    def _settle_here(
        self, known: Sequence[Result], heard: Mapping[str, Word], unbegun: Sequence[int]
    ) -> Batch:
        try:
            self._keep(known, heard)  # first: it may lock mailings
            claims.release(self._worker, unbegun)
            db.session.commit()
            return Batch((), known, 0, self._places.again_at, is_claim=False)
        finally:
            db.session.close()

    def _keep(self, known: Sequence[Result], heard: Mapping[str, Word]) -> None:
        refusals.keep(self._worker, known)
        throttle.note(heard, self._places.known)


def look_again(waiting: Sequence[Ready], newest: int) -> tuple[list[Result], int]:
    """Tell which mails in hand must not leave now, and the newest suppression that there is.

    Somebody opted out since they were judged, or their mailing was paused or stopped.
    """
    with read_only():
        found = newest_suppression()
        ends = judging.unwanted(waiting) if found != newest else []
        resting = claims.resting_among({one.cover.id for one in waiting})
        db.session.rollback()
    rests = [
        Result(one.row.id, MessageState.QUEUED, is_tried=False)
        for one in waiting
        if one.cover.id in resting
    ]
    return [*rests, *ends], found


def newest_suppression() -> int:
    """Number the last suppression: while it stays the same, nobody has opted out."""
    return db.session.connection().scalar(_NEWEST) or 0
