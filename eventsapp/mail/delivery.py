"""One round of a lane: claim a batch, judge it, send it, keep what became of each.

The table of jobs calls `deliver` and hands in what makes calendar parts, because mail knows no
meetings. The one place below the doors that commits, because SMTP cannot be rolled back: a batch
is leased before anything leaves, its journal knows each mail at once, and the database takes the
results in batches (ADR 13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only
from eventsapp.core.settings import settings
from eventsapp.mail import (
    bounces,
    claims,
    course,
    journal,
    judging,
    repair,
    results,
    rules,
    throttle,
)
from eventsapp.mail.claims import BATCH, BULK, URGENT, Places
from eventsapp.mail.journal import Journal, JournalFull
from eventsapp.mail.judging import OUR_FAULTS, CalendarHook, Obsolete, Ready, no_calendar
from eventsapp.mail.kinds import MessageState, Stream
from eventsapp.mail.models import Suppression
from eventsapp.mail.rendering import envelope_of
from eventsapp.mail.results import Result, result_of
from eventsapp.mail.rules import Reason
from eventsapp.mail.smtp import ServerAway
from eventsapp.mail.throttle import Word
from eventsapp.mail.wire import Envelope, Fate, Lane, Outcome

__all__ = ["BULK", "URGENT", "CalendarHook", "Obsolete", "Round", "deliver"]

log = structlog.get_logger()

# All three are measured on a clock that nobody can set back.
ROUND = 20.0
SETTLE_EVERY = 0.2
LOOK_EVERY = 0.1
MOST_UNSETTLED = 250


@dataclass(slots=True)
class Round:
    """What one round did."""

    sent: int = 0
    settled: int = 0
    is_server_away: bool = False
    is_disk_full: bool = False
    again_at: datetime | None = None
    """When mail is due that a limit held back."""


def deliver(
    worker: str,
    calendar_part: CalendarHook = no_calendar,
    is_stopping: Callable[[], bool] = lambda: False,
    lane: str = URGENT,
) -> Round:
    """Send what is due on a lane until nothing is, or until the round is long enough.

    First it takes up what a killed lane of this machine left behind. While our own mail server is
    away nothing is begun: everything that is due waits a minute.
    """
    if repair.take_up_journals():
        db.session.commit()
    with read_only():
        has_due = claims.has_due(lane) and not throttle.is_blocked(_stream(lane))
        db.session.rollback()
    if not has_due:
        return Round()
    try:
        journal = Journal(repair.journal_folder(), worker)
    except JournalFull:
        log.exception("no journal can be written, so no mail leaves")
        return Round(is_disk_full=True)
    sending = _Sending(worker, lane, calendar_part, is_stopping, journal)
    is_settled = False
    try:
        sending.run()
        is_settled = True
    finally:
        journal.close(is_settled=is_settled)
    return sending.round


class _Sending:
    """A lane at work: what it holds, what it has not written down yet."""

    def __init__(
        self,
        worker: str,
        lane: str,
        calendar_part: CalendarHook,
        is_stopping: Callable[[], bool],
        journal: Journal,
    ) -> None:
        self.round = Round()
        self._worker, self._lane = worker, lane
        self._calendar_part, self._is_stopping = calendar_part, is_stopping
        self._journal = journal
        self._until = monotonic() + ROUND
        self._places = Places()
        self._waiting: dict[int, Ready] = {}  # claimed, not handed to the wire yet
        self._out: dict[int, Ready] = {}  # handed to the wire
        self._results: list[Result] = []
        self._heard: dict[str, Word] = {}
        self._settled_at = self._looked_at = monotonic()
        self._newest_suppression = 0
        self._fault: OperationalError | None = None

    def run(self) -> None:
        """Send until there is nothing more to do, and leave every row in a true state."""
        running = settings()
        server = running.mail_server_of(_stream(self._lane).value)
        with Lane(server, running.smtp_connections) as wire:
            try:
                wire.open()
                wire.send(self._envelopes(), self._begun, self._ended, self._is_over)
            except ServerAway as fault:
                self._finish()
                self._put_off(str(fault))
            except JournalFull:
                self._finish()
                log.error("the journal cannot be written: is the disk full?")
                self.round.is_disk_full = True
            else:
                self._finish()

    # What the wire asks for and tells

    def _envelopes(self) -> Iterator[Envelope]:
        """Give mail after mail, and claim the next batch when one is used up."""
        while not self._is_over():
            self._claim()
            if not self._waiting:
                return
            while self._waiting and not self._is_over():
                self._look()
                envelope = self._next()
                if envelope is not None:
                    yield envelope

    def _next(self) -> Envelope | None:
        if not self._waiting:
            return None
        number = next(iter(self._waiting))
        ready = self._waiting.pop(number)
        try:
            envelope = envelope_of(ready)
        except OUR_FAULTS as fault:
            log.error("mail could not be made", message=number, fault=repr(fault))
            self._note(Result(number, MessageState.FAILED, Reason.TEMPLATE.value, is_tried=False))
            return None
        self._out[number] = ready
        return envelope

    def _begun(self, number: int) -> None:
        self._journal.begun(number)

    def _ended(self, outcome: Outcome) -> None:
        self._journal.ended(outcome)
        ready = self._out.pop(outcome.id)
        self.round.sent += outcome.fate is Fate.SENT
        self._hear(ready, outcome)
        self._note(result_of(ready.row, ready.cover.kind, outcome))

    def _hear(self, ready: Ready, outcome: Outcome) -> None:
        """Note for the limits how it went with a domain, or with our own stream."""
        name = throttle.of_domain(ready.row.domain)
        if outcome.is_about_sender:
            name = throttle.of_sender(claims.stream_of(ready.row.priority))
        word = self._heard.setdefault(name, Word())
        word.taken += 1
        if outcome.fate is Fate.LATER and rules.asks_for_slower(outcome.code):
            word.slower = outcome.reply

    def _is_over(self) -> bool:
        """Tell whether nothing more may be begun. The wire asks often: results are kept then."""
        is_old = monotonic() - self._settled_at > SETTLE_EVERY
        if self._results and (len(self._results) >= MOST_UNSETTLED or is_old):
            self._keep()
        return (
            self._fault is not None
            or self._journal.is_full
            or monotonic() > self._until
            or self._is_stopping()
        )

    # The database

    def _claim(self) -> None:
        """Keep what is known so far and take the next batch, with one commit."""
        known = self._results
        self._settle(known)
        claimed = claims.claim(self._worker, self._lane, self._places, BATCH[self._lane])
        ready, ends = judging.judge(self._worker, claimed)
        self._newest_suppression = _newest_suppression()
        db.session.commit()
        self._are_kept(known, len(ends))
        if ready:
            ready, ends = judging.attach(self._worker, ready, self._calendar_part)
            db.session.commit()
            self._are_kept([], len(ends))
        self._waiting = {one.row.id: one for one in ready}
        # The connection to the database is let go while mails are made and sent.
        db.session.close()

    def _look(self) -> None:
        """Let go of who opted out since the claim, and of what was paused or stopped."""
        if monotonic() - self._looked_at < LOOK_EVERY:
            return
        with read_only():
            newest = _newest_suppression()
            waiting = list(self._waiting.values())
            ends = judging.unwanted(waiting) if newest != self._newest_suppression else []
            resting = claims.resting_among({one.cover.id for one in waiting})
            db.session.rollback()
        self._newest_suppression, self._looked_at = newest, monotonic()
        rests = [
            Result(one.row.id, MessageState.QUEUED, is_tried=False)
            for one in waiting
            if one.cover.id in resting
        ]
        for result in (*rests, *ends):
            if self._waiting.pop(result.id, None) is not None:
                self._note(result)

    def _note(self, result: Result) -> None:
        self._results.append(result)

    def _keep(self) -> None:
        """Write what is known into the database; when that is away, stop and leave the journal."""
        known = self._results
        try:
            self._settle(known)
            db.session.commit()
        except OperationalError as fault:
            self._fault = fault
            db.session.rollback()
            return
        self._are_kept(known)
        db.session.close()

    def _settle(self, known: Sequence[Result]) -> None:
        results.settle(self._worker, known)
        throttle.note(self._heard, self._places.known)
        refused = {one.mailing_id for one in known if one.reason == Reason.REFUSED.value}
        if refused and self._lane == BULK:
            course.judge(refused)
        for one in known:
            if one.reason == Reason.REFUSED.value:
                bounces.refused(one.id, one.code, one.reply)

    def _are_kept(self, known: Sequence[Result], ends: int = 0) -> None:
        self._results, self._heard = self._results[len(known) :], {}
        self._settled_at = monotonic()
        self.round.again_at = self._places.again_at
        self._journal.forget(one.id for one in known)
        self.round.settled += len(known) + ends

    def _finish(self) -> None:
        """Keep all results and give back what was claimed and not begun."""
        if self._fault is None:
            claims.release(self._worker, [*self._waiting, *self._out])
            self._keep()
        if self._fault is not None:
            raise self._fault

    def _put_off(self, reply: str) -> None:
        """Let what is due wait for our mail server.

        Where another lane of this machine talks to it, or it says that it is busy, the server is
        not away: only a connection is lacking, and that is no failure.
        """
        is_shared = len(journal.alive(repair.journal_folder())) > 1
        if is_shared or reply.startswith("421"):
            self.round.again_at = now() + (claims.HELD_BACK if is_shared else rules.BUSY)
            if not is_shared:
                throttle.block(_stream(self._lane), self.round.again_at, reply)
                db.session.commit()
            return
        throttle.block(_stream(self._lane), now() + rules.AWAY, reply)
        count = claims.put_off(self._lane, now() + rules.AWAY, reply)
        db.session.commit()
        self.round.is_server_away = True
        log.warning("mail server away", waiting=count, reply=reply)


def _stream(lane: str) -> Stream:
    return Stream.NEWSLETTERS if lane == BULK else Stream.INVITATIONS


def _newest_suppression() -> int:
    return db.session.scalar(select(func.max(Suppression.id))) or 0
