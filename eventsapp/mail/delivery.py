"""One round of a lane: take a batch, send it, hand back what became of each mail.

The table of jobs calls `deliver` and hands in what makes calendar parts, because mail knows no
meetings. With its desk (`mail/desk.py`) the one place below the doors that commits, because SMTP
cannot be rolled back: a batch is leased before anything leaves, its journal knows each mail at
once, and the database takes the results in batches (ADR 13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import structlog
from sqlalchemy.exc import OperationalError

from eventsapp.core import room
from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only
from eventsapp.core.settings import settings
from eventsapp.mail import (
    claims,
    journal,
    others,
    repair,
    rules,
    server_away,
    throttle,
)
from eventsapp.mail.claims import Claimed
from eventsapp.mail.desk import Batch, Desk, look_again
from eventsapp.mail.due import BULK, URGENT, levels_of, with_due
from eventsapp.mail.journal import Journal, JournalFull
from eventsapp.mail.judging import OUR_FAULTS, CalendarHook, Obsolete, Ready, no_calendar
from eventsapp.mail.kinds import MessageState, Stream
from eventsapp.mail.rendering import Renderer
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


@dataclass(slots=True)
class Round:
    """What one round did."""

    sent: int = 0
    settled: int = 0
    is_server_away: bool = False
    is_disk_full: bool = False
    again_at: datetime | None = None
    """When mail is due that a limit held back."""
    is_all: bool = False
    """Whether all that was due on an urgent lane has left, and no limit holds anything back."""


def deliver(
    worker: str,
    calendar_part: CalendarHook = no_calendar,
    is_stopping: Callable[[], bool] = lambda: False,
    lane: str = URGENT,
    call_help: Callable[[], None] = lambda: None,
) -> Round:
    """Send what is due on a lane, batch after batch, until the round is long enough.

    First it takes up what a killed lane of this machine left behind. While our own mail server is
    away nothing is begun: everything that is due waits a minute. `call_help` is called once where
    there is more than one batch, so that others send along.
    """
    if not journal.catch_up():
        return _no_room()
    if repair.take_up_journals():
        db.session.commit()
    with read_only():
        found = with_due(levels_of(lane, now()))
        outage = server_away.known_of(_stream(lane)) if found else None
        db.session.rollback()
    if not found or (outage is not None and outage.is_resting):
        return Round()
    try:
        lane_journal = Journal(repair.journal_folder(), worker)
    except JournalFull:
        return _no_room()
    is_settled = False
    try:
        with Desk(worker, lane, calendar_part, found) as desk:
            sending = _Sending(worker, lane, is_stopping, lane_journal, desk, call_help)
            sending.was_away = outage is not None
            sending.run()
        is_settled = True
    finally:
        lane_journal.close(is_settled=is_settled)
    if sending.round.is_disk_full:
        return _no_room(sending.round)
    if sending.round.settled:
        room.watch.returned()
    return sending.round


def _no_room(done: Round | None = None) -> Round:
    """Say that nothing can be written down, so that nothing may leave."""
    room.watch.lacks(settings().data_dir, "sending mail")
    done = done or Round()
    done.is_disk_full = True
    return done


class _Sending:
    """A lane at work: what it holds, what it has not written down yet."""

    def __init__(
        self,
        worker: str,
        lane: str,
        is_stopping: Callable[[], bool],
        journal: Journal,
        desk: Desk,
        call_help: Callable[[], None],
    ) -> None:
        self.round = Round()
        self.was_away = False  # until the first mail is taken again
        self._worker, self._lane = worker, lane
        self._is_stopping, self._journal, self._desk = is_stopping, journal, desk
        self._call_help: Callable[[], None] | None = call_help
        self._until = monotonic() + ROUND
        self._renderer = Renderer()
        self._waiting: dict[int, Ready] = {}  # claimed, not handed to the wire yet
        self._out: dict[int, Ready] = {}  # handed to the wire
        self._ahead: Batch | None = None  # claimed for when nothing waits any more
        self._is_last = False  # nothing more was due when this batch was claimed
        self._results: list[Result] = []
        self._heard: dict[str, Word] = {}
        self._settled_at = self._looked_at = monotonic()
        self._newest_suppression = 0
        self._fault: OperationalError | None = None

    def run(self) -> None:
        """Send until there is nothing more to do, and leave every row in a true state."""
        running, stream = settings(), _stream(self._lane).value
        server = running.mail_server_of(stream)
        with Lane(server, running.connections_of(stream)) as wire:
            try:
                wire.open()
                wire.send(self._envelopes(), self._begun, self._ended, self._is_over)
            except ServerAway as fault:
                self._finish()
                self._put_off(str(fault))
            except JournalFull:
                self.round.is_disk_full = True
                self._finish()
            else:
                self._finish()

    # What the wire asks for and tells

    def _envelopes(self) -> Iterator[Envelope]:
        """Give mail after mail, and take the next batch when one is used up."""
        while not self._is_over():
            self._take_batch()
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
            envelope = self._renderer.envelope_of(ready)
        except OUR_FAULTS as fault:
            log.error("mail could not be made", message=number, fault=repr(fault))
            why = Reason.TEMPLATE.value
            self._results.append(Result(number, MessageState.FAILED, why, is_tried=False))
            return None
        self._out[number] = ready
        return envelope

    def _begun(self, number: int) -> None:
        self._journal.begun(number)

    def _ended(self, outcome: Outcome) -> None:
        self._journal.ended(outcome)
        if self._lane == URGENT:
            # A mail in doubt is sent again here, so the doubt must be as small as can be.
            self._journal.flush()
        row, cover, _ = self._out.pop(outcome.id)
        self.round.sent += outcome.fate is Fate.SENT
        self._hear(row, outcome)
        self._results.append(result_of(row, cover.kind, outcome))

    def _hear(self, row: Claimed, outcome: Outcome) -> None:
        """Note for the limits how it went with a domain, or with our own stream."""
        if self.was_away and outcome.fate is Fate.SENT:
            self._heard[throttle.of_outage(_stream(self._lane))] = Word(self._settled_at)
            self.was_away = False
        name = throttle.of_domain(row.domain)
        if outcome.is_about_sender:
            name = throttle.of_sender(claims.stream_of(row.priority))
        word = self._heard.get(name)
        if word is None:
            word = self._heard[name] = Word(self._settled_at)
        word.taken += 1
        word.until = monotonic()
        if outcome.fate is Fate.LATER and rules.asks_for_slower(outcome.code, outcome.reply):
            word.slower = outcome.reply

    def _is_over(self) -> bool:
        """Tell whether nothing more may be begun. The wire asks often: results are kept then."""
        moment = monotonic()
        if self._desk.has_answer:
            self._hear_desk()
        is_old = moment - self._settled_at > SETTLE_EVERY
        if self._results and is_old and not self._desk.is_asked:
            self._desk.ask_keep(*self._hand_over())
        return (
            self._fault is not None
            or self._journal.is_full
            or moment > self._until
            or self._is_stopping()
        )

    # The database

    def _take_batch(self) -> None:
        """Take the batch that was asked for ahead, or ask now; then ask for the one behind it."""
        if self._is_last:
            return
        while self._ahead is None and self._fault is None:
            if not self._desk.is_asked:
                self._desk.ask_batch(*self._hand_over())
            self._hear_desk()
        batch, self._ahead = self._ahead, None
        if batch is None:
            return
        self._waiting = {one.row.id: one for one in batch.ready}
        self._newest_suppression, self._looked_at = batch.newest_suppression, batch.judged_at
        # What came meanwhile has a wake-up of its own, or the next look of the clock. Where a limit
        # held mails back it is asked once more, so as not to wait for these with what else is due.
        self._is_last = not self._desk.is_apart and batch.is_last and batch.again_at is None
        if self._call_help is not None and not batch.is_last:
            self._call_help()
            self._call_help = None
        if self._waiting and self._desk.is_apart:
            if self._desk.is_asked:
                self._hear_desk()
            self._desk.ask_batch(*self._hand_over())

    def _hand_over(self) -> tuple[list[Result], dict[str, Word]]:
        """Give what the database does not know yet; the journal knows it until it does."""
        known, self._results = self._results, []
        heard, self._heard = self._heard, {}
        self._settled_at = monotonic()
        return known, heard

    def _hear_desk(self) -> None:
        """Take in what the desk did; when the database is away, stop and leave the journal."""
        try:
            batch = self._desk.answer()
        except OperationalError as fault:
            self._fault = fault
            return
        self._journal.forget(one.id for one in batch.kept)
        self.round.settled += len(batch.kept) + batch.ends
        self.round.again_at = batch.again_at
        if batch.is_claim:
            self._ahead = batch

    def _look(self) -> None:
        """Let go of who opted out since the claim, and of what was paused or stopped."""
        if monotonic() - self._looked_at < LOOK_EVERY:
            return
        ends, newest = look_again(list(self._waiting.values()), self._newest_suppression)
        self._newest_suppression, self._looked_at = newest, monotonic()
        for result in ends:
            if self._waiting.pop(result.id, None) is not None:
                self._results.append(result)

    def _finish(self) -> None:
        """Keep all results and give back what was claimed and not begun."""
        if self._fault is None and self._desk.is_asked:
            self._hear_desk()
        if self._fault is None:
            ahead = [one.row.id for one in self._ahead.ready] if self._ahead else []
            unbegun = [*self._waiting, *self._out, *ahead]
            self._desk.ask_keep(*self._hand_over(), unbegun)
            self._hear_desk()
            has_left = not unbegun and self.round.sent == self.round.settled
            self.round.is_all = self._is_last and has_left and not self._desk.is_limited
        if self._fault is not None:
            raise self._fault

    def _put_off(self, reply: str) -> None:
        """Let what is due wait for our mail server.

        Where another lane sends to it, on this machine or on another one, it is not away: only
        this lane lacks a connection, and that is no failure of the mails. The same holds where it
        says that it is busy.
        """
        with read_only():
            is_reached = others.reach_it(self._worker, self._lane)
            db.session.rollback()
        if is_reached:
            self.round.again_at = now() + rules.BUSY
            others.tell(self._lane, reply)
            return
        if reply.startswith("421"):
            self.round.again_at = now() + rules.BUSY
            server_away.begin(_stream(self._lane), self.round.again_at, reply)
            db.session.commit()
            return
        server_away.begin(_stream(self._lane), now() + rules.AWAY, reply)
        count = claims.put_off(self._lane, now() + rules.AWAY, reply)
        db.session.commit()
        self.round.is_server_away = True
        log.warning("mail server away", waiting=count, reply=reply)


def _stream(lane: str) -> Stream:
    return Stream.NEWSLETTERS if lane == BULK else Stream.INVITATIONS
