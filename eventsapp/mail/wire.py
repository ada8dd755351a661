"""The lane: many mails over a few kept connections to one mail server, in one thread.

`mail/delivery.py` hands in envelopes and hears of each, once, what became of it. Knows no
database: what must be durable is written by the two functions that are handed in, `begun` before
the server could accept a mail and `ended` when its fate is known.
"""

from __future__ import annotations

import selectors
import smtplib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from types import TracebackType
from typing import Self

from eventsapp.core.settings import MailServer
from eventsapp.mail.dialling import Dialler
from eventsapp.mail.envelopes import Envelope, Fate, Outcome
from eventsapp.mail.smtp import ServerAway, dial
from eventsapp.mail.talk import Lost, Talk, Turn

__all__ = ["Envelope", "Fate", "Lane", "Outcome"]

MOST_CUTS = 2
"""A mail during which so many connections broke is put off: it may be the one that breaks them."""
MOST_STERILE = 3
"""After so many connections in a row that broke before any mail was answered, the server is away.
"""
MOST_CALLS = 8
"""Calls to the server that are under way at once."""
_LOOK = 0.5  # seconds after which a lane looks up: must it stop, did a wait take too long?
_FIRST_REST, _LONGEST_REST = 5.0, 60.0  # seconds without calling, after a call that failed


class Lane:
    """Kept connections to one mail server. Use it in a `with` block; it serves one thread."""

    def __init__(self, server: MailServer, connections: int = 8, timeout: float = 30) -> None:
        self._server, self._most, self._timeout = server, connections, timeout
        self._talks: set[Talk] = set()
        self._idle: deque[Talk] = deque()
        self._selector = selectors.DefaultSelector()
        self._dialler: Dialler | None = None
        self._rest, self._call_after = _FIRST_REST, 0.0
        self._clock_after = 0.0
        self._sterile = 0
        self._last_words = ""
        self._forget()

    def _forget(self) -> None:
        """Be as before any mail was handed in."""
        self._source: Iterator[Envelope] | None = None
        self._begun: Callable[[int], None] = _nobody
        self._ended: Callable[[Outcome], None] = _nobody
        self._waiting: deque[Turn] = deque()
        self._is_ending = False
        self._is_stopping: Callable[[], bool] = _never

    def __enter__(self) -> Self:
        """Begin; nothing is opened yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say goodbye to the server."""
        for talk in self._talks:
            talk.close(politely=talk.is_idle)
        self._talks.clear()
        self._idle.clear()
        if self._dialler is not None:
            self._dialler.close()
            self._dialler = None
        self._selector.close()
        self._selector = selectors.DefaultSelector()

    @property
    def open_connections(self) -> int:
        """How many connections there are now."""
        return len(self._talks)

    def open(self) -> None:
        """Make sure of one connection at least. Raises ServerAway."""
        if self._talks:
            self._look(0)  # a server hangs up on who says nothing for long
        if not self._talks:
            self._welcome(dial(self._server, self._timeout))

    def send(
        self,
        envelopes: Iterable[Envelope],
        begun: Callable[[int], None],
        ended: Callable[[Outcome], None],
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """Send until the envelopes are all taken and ended, or until it must stop.

        Envelopes are taken one by one, when there is a connection for them, so a generator may
        go on claiming: between two calls of `send` every connection falls still. `begun(id)` is
        called before the octets leave with which the server could accept a mail; `ended` is called
        once for each envelope that was taken, whether it was begun or not. When it must stop, what
        was taken is still sent to its end. Raises ServerAway, after the last `ended`, when no
        connection can be had any more: what was not taken stays. A fault of the generator, of
        `begun` or of `ended` is raised after all that was begun has ended.
        """
        self._source = iter(envelopes)
        self._begun, self._ended, self._is_stopping = begun, ended, is_stopping
        try:
            self.open()
            self._run()
        finally:
            # In a normal run nothing is left here; after a fault nothing more may begin.
            self._source, self._is_ending = None, True
            while self._is_busy:
                self._look(_LOOK)
            self._end_unbegun()
            self._forget()

    # What a connection tells and asks (`Host` in mail/talk.py).

    def begun(self, turn: Turn) -> None:
        """Pass on that a mail may be accepted from now on. Raises Lost when it must not be."""
        if self._is_ending:
            raise Lost(self._last_words)
        self._begun(turn.envelope.id)

    def ended(self, turn: Turn, outcome: Outcome) -> None:
        """Pass on what became of a mail."""
        self._sterile = 0
        self._ended(outcome)

    def following(self) -> Turn | None:
        """Give a mail to announce ahead, but only while no connection waits for one."""
        return None if self._idle else self._next()

    @property
    def _is_busy(self) -> bool:
        return len(self._idle) < len(self._talks)

    def _run(self) -> None:
        while True:
            self._hand_out()
            if not (self._talks or self._waiting) and (turn := self._next_of_source()):
                self._waiting.append(turn)  # the last connection went: is there need of another?
            if self._waiting and not self._talks and not self._under_way:
                self._reconnect()
            elif self._is_busy or self._waiting:
                self._look(_LOOK)
            else:
                return

    def _next(self) -> Turn | None:
        """Take the next mail: one that lost its connection first."""
        return self._waiting.popleft() if self._waiting else self._next_of_source()

    def _next_of_source(self) -> Turn | None:
        if self._source is None:
            return None
        if self._is_stopping():
            self._source = None
            return None
        envelope = next(self._source, None)
        if envelope is None:
            self._source = None
            return None
        return Turn(envelope)

    def _hand_out(self) -> None:
        """Give each idle connection a mail; call for one more when there are more mails."""
        while self._idle and (turn := self._next()) is not None:
            talk = self._idle.popleft()
            self._let(talk, talk.offer, turn)
        while not self._idle and self._may_call():
            if len(self._waiting) <= self._under_way:
                if (turn := self._next_of_source()) is None:
                    return
                self._waiting.append(turn)
            self._call()

    # Connections come and go.

    @property
    def _under_way(self) -> int:
        return self._dialler.under_way if self._dialler is not None else 0

    def _may_call(self) -> bool:
        under_way = self._under_way
        is_room = under_way < MOST_CALLS and len(self._talks) + under_way < self._most
        return is_room and monotonic() >= self._call_after

    def _call(self) -> None:
        if self._dialler is None:
            self._dialler = Dialler(self._server, self._timeout)
            self._selector.register(self._dialler.socket, selectors.EVENT_READ, None)
        self._dialler.call()

    def _answer(self) -> None:
        """Take in the connections that were called for; a refusal only means: not one more now."""
        assert self._dialler is not None
        for answer in self._dialler.answers():
            if isinstance(answer, smtplib.SMTP):
                self._rest = _FIRST_REST
                self._welcome(answer)
            else:
                self._last_words = str(answer)
                self._pause_calling()

    def _pause_calling(self) -> None:
        self._call_after = monotonic() + self._rest
        self._rest = min(self._rest * 2, _LONGEST_REST)

    def _reconnect(self) -> None:
        """Get a first connection anew, since mails wait and none is left. Raises ServerAway."""
        if self._sterile >= MOST_STERILE:
            raise ServerAway(self._last_words, permanent=False)
        try:
            self._welcome(dial(self._server, self._timeout))
        except ServerAway as fault:
            self._last_words = str(fault)
            raise

    def _welcome(self, smtp: smtplib.SMTP) -> None:
        talk = Talk(smtp, self, self._timeout)
        self._talks.add(talk)
        self._idle.append(talk)
        self._selector.register(talk.socket, selectors.EVENT_READ, talk)

    def _lose(self, talk: Talk, fault: Lost) -> None:
        """Part from a broken connection and say what became of its mails."""
        self._selector.unregister(talk.socket)
        self._talks.discard(talk)
        if talk in self._idle:
            self._idle.remove(talk)
        if talk.turns and not talk.answered:
            self._sterile += 1
            self._pause_calling()
        turns = list(talk.turns)
        talk.turns.clear()
        self._last_words = str(fault)
        talk.close()
        for turn in reversed(turns):  # at most two: the one that was only announced comes first
            outcome = turn.refusal or talk.fate_of(turn, str(fault))
            if outcome is not None:
                self._ended(outcome)
            else:
                self._go_again(turn, fault, is_fresh=not talk.answered)

    def _go_again(self, turn: Turn, fault: Lost, is_fresh: bool) -> None:
        """Let a mail that was surely not accepted wait for another connection, within reason."""
        turn.cuts += is_fresh or turn.is_begun
        if turn.cuts < MOST_CUTS:
            self._waiting.append(turn.again())
            return
        reply, identity = str(fault), turn.envelope.id
        self._ended(Outcome(identity, Fate.LATER, fault.code, reply, not turn.is_named))

    def _end_unbegun(self) -> None:
        """Take back, after a fault, whatever can't have been accepted yet."""
        while self._waiting:
            identity = self._waiting.popleft().envelope.id
            self._ended(Outcome(identity, Fate.UNTRIED, 0, self._last_words, is_about_sender=True))

    # The socket side.

    def _look(self, seconds: float) -> None:
        """Wait until something can be read or written, and let it happen."""
        for key, mask in self._selector.select(seconds):
            if key.data is None:
                self._answer()
            elif key.data in self._talks:
                self._turn(key.data, mask)
        self._look_at_clock()

    def _turn(self, talk: Talk, mask: int) -> None:
        if mask & selectors.EVENT_WRITE:
            talk.write()
        if mask & selectors.EVENT_READ:
            self._let(talk, talk.read)
        else:
            self._watch(talk)

    def _let(self, talk: Talk, act: Callable[..., None], *arguments: Turn) -> None:
        """Let a connection do one thing; whatever goes wrong in it ends that connection."""
        was_idle, is_well = talk in self._idle, False
        try:
            act(*arguments)
            is_well = True
        except Lost as fault:
            self._lose(talk, fault)
            return
        finally:
            if not is_well and talk in self._talks:
                self._lose(talk, Lost("interrupted"))
        if talk.is_idle and not was_idle:
            self._idle.append(talk)
        self._watch(talk)

    def _watch(self, talk: Talk) -> None:
        """Hear of room in the socket only while something waits for it."""
        wanted = selectors.EVENT_READ
        if talk.wants_to_write:
            wanted |= selectors.EVENT_WRITE
        if talk.watched != wanted:
            talk.watched = wanted
            self._selector.modify(talk.socket, wanted, talk)

    def _look_at_clock(self) -> None:
        moment = monotonic()
        if moment < self._clock_after:
            return
        self._clock_after = moment + _LOOK
        for talk in [one for one in self._talks if one.deadline < moment]:
            self._lose(talk, Lost("the server gave no answer in time"))


def _nobody(_what: object) -> None:
    """Stand in where no mail is handed in."""


def _never() -> bool:
    return False
