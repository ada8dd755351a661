"""One kept SMTP connection: its commands, the replies matched to them, and what they mean.

`mail/wire.py` gives it mails and tells it when the socket can be read or written; it never waits.
With PIPELINING (RFC 2920) the commands of a mail leave in one write, behind the last octet of the
mail before it; else one command at a time. With CHUNKING (RFC 3030) the octets need no DATA. They
leave when the server took the receiver, so that a connection that breaks earlier cost nothing.
Knows no database, and decides nothing about trying again.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import smtplib
import socket
import ssl
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Protocol

from eventsapp.core.errors import N_
from eventsapp.mail.envelopes import Envelope, Fate, Outcome
from eventsapp.mail.outlet import Outlet
from eventsapp.mail.rules import is_permanent

_IN_NO_ADDRESS = re.compile(r"[\s<>,;\x00-\x20\x7f]")
_CODES = {b"%d" % code: code for code in range(200, 600)}
_BEHIND_CODE = (b" ", b"\r", b"-", b"")
_LINE_START_DOT = re.compile(rb"(?m)^\.")
_LONGEST_REPLY = 65536


@dataclass(slots=True, eq=False)
class Turn:
    """An envelope on its way over some connection; `cuts` counts the connections that broke."""

    envelope: Envelope
    cuts: int = 0
    refusal: Outcome | None = None
    is_named: bool = False  # MAIL was taken
    is_begun: bool = False  # octets left with which the server could accept it

    def again(self) -> Turn:
        """Give the same envelope as it was before any connection took it."""
        return Turn(self.envelope, self.cuts)


class Lost(Exception):  # noqa: N818 - a state of the world, not a fault
    """The connection can't be used any more; `code` is the server's last word, or 0."""

    def __init__(self, reply: str, code: int = 0) -> None:
        super().__init__(reply)
        self.code = code


class Host(Protocol):
    """What a connection tells, and asks, whoever feeds it."""

    def begun(self, turn: Turn) -> None:
        """Hear that octets leave now with which the server could accept this mail."""

    def ended(self, turn: Turn, outcome: Outcome) -> None:
        """Hear what became of a mail."""

    def following(self) -> Turn | None:
        """Give the mail to announce behind the one that leaves now, if there is one."""


class Stage(StrEnum):
    """Which command a reply is awaited for."""

    RESET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    NOTHING = "an empty mail"
    END = "the end of the mail"


_RESET, _DATA = b"RSET\r\n", b"DATA\r\n"
# Shares of `timeout`, which stands for the five minutes of RFC 5321 4.5.3.2. The last wait is
# longer than there: who gives up after the final dot makes a mail of unknown fate.
_PATIENCE = {Stage.DATA: 0.6, Stage.END: 4.0}


class Talk:
    """A connection that was greeted (`mail/smtp.py`); it carries one mail after another."""

    def __init__(self, smtp: smtplib.SMTP, host: Host, timeout: float) -> None:
        assert smtp.sock is not None
        self.answered = 0
        self.deadline = float("inf")
        self.turns: deque[Turn] = deque()
        self._smtp, self._host, self._timeout = smtp, host, timeout
        self.socket: socket.socket = smtp.sock
        self.socket.setblocking(False)
        self._out = Outlet(self.socket)
        self._pipelines = smtp.has_extn("pipelining")
        self._chunks = smtp.has_extn("chunking")
        # What is awaited for a mail, and for one that is announced behind another.
        self._stages: tuple[Stage, ...] = (Stage.MAIL, Stage.RCPT)
        if not self._chunks:
            self._stages += (Stage.DATA,)
        self._stages_ahead = (Stage.RESET, *self._stages) if self._chunks else self._stages
        self._has_size, self._has_utf8 = smtp.has_extn("size"), smtp.has_extn("smtputf8")
        self._awaited: deque[tuple[Stage, Turn]] = deque()
        self._script: deque[tuple[Stage, bytes]] = deque()
        self._must_reset = False
        self._input, self._lines = b"", list[bytes]()
        self._behind = 0  # octets of the output that come after the end of the mail
        self.watched = selectors.EVENT_READ

    @property
    def is_idle(self) -> bool:
        """Tell whether it can take a mail now."""
        return not self.turns

    @property
    def wants_to_write(self) -> bool:
        """Tell whether the socket took less than there was."""
        return self._out.is_waiting

    def offer(self, turn: Turn) -> None:
        """Begin a mail on an idle connection. Raises Lost."""
        commands = self._commands(turn)
        if commands is None:
            return
        self.turns.append(turn)
        stages = self._stages
        if self._must_reset:
            commands.insert(0, _RESET)
            stages = (Stage.RESET, *stages)
            self._must_reset = False
        if self._pipelines:
            self._awaited.extend([(stage, turn) for stage in stages])
            self._out.put([b"".join(commands)])
        else:
            self._script.extend(zip(stages, commands, strict=True))
            self._say_next(turn)
        self._wait()

    def read(self) -> None:
        """Take in what the server said and go on with what follows from it. Raises Lost."""
        octets = self._receive()
        lines = (self._input + octets if self._input else octets).split(b"\n")
        self._input = lines.pop()
        if len(self._input) + len(self._lines) > _LONGEST_REPLY:
            raise Lost("the server's reply has no end")
        for line in lines:
            self._lines.append(line)
            if line[3:4] != b"-":
                heard, self._lines = self._lines, []
                self._hear(heard)
        self._wait()

    def write(self) -> None:
        """Send more of what the socket did not take at first."""
        self._out.push()
        self._wait()

    def fate_of(self, turn: Turn, reply: str) -> Outcome | None:
        """Tell the fate of a mail on a connection that broke; None: it was surely not accepted."""
        if turn.is_begun and self._is_whole:
            return Outcome(turn.envelope.id, Fate.UNKNOWN, 0, reply)
        return None

    def close(self, politely: bool = False) -> None:
        """Hang up; politely means: say so, and do not wait for the answer."""
        with contextlib.suppress(OSError, ValueError):
            if politely and not self._out.unsent:
                self.socket.send(b"QUIT\r\n")
        self._smtp.close()

    @property
    def _is_whole(self) -> bool:
        """Tell whether the socket took the mail to its last octet."""
        return self._out.unsent <= self._behind

    def _commands(self, turn: Turn) -> list[bytes] | None:
        """Make the commands of a mail; None when it ended here because no server could take it."""
        envelope = turn.envelope
        both = envelope.sender + envelope.recipient
        is_plain = both.isascii()
        if _IN_NO_ADDRESS.search(both) or not (is_plain or self._has_utf8):
            reply = N_("This is not an e-mail address.")
            self._host.ended(turn, Outcome(envelope.id, Fate.REFUSED, 0, reply))
            return None
        more = f" SIZE={sum(map(len, envelope.pieces))}" if self._has_size else ""
        more += "" if is_plain else " SMTPUTF8"
        mail = f"MAIL FROM:<{envelope.sender}>{more}\r\n".encode()
        to = f"RCPT TO:<{envelope.recipient}>\r\n".encode()
        return [mail, to] if self._chunks else [mail, to, _DATA]

    def _say_next(self, turn: Turn) -> None:
        stage, words = self._script.popleft()
        self._awaited.append((stage, turn))
        self._out.put([words])

    def _hear(self, lines: list[bytes]) -> None:
        """Match one reply to the command that it answers."""
        last = lines[-1]
        code = _CODES.get(last[:3], 0) if last[3:4] in _BEHIND_CODE else 0
        if not self._awaited:
            raise Lost(_words(lines), code)
        stage, turn = self._awaited.popleft()
        if stage is Stage.END:
            self._hear_end(turn, code, _words(lines))
        elif code in (0, 421):
            raise Lost(_words(lines), code)
        elif stage is Stage.DATA:
            self._hear_data(turn, code, lines)
        elif stage is Stage.NOTHING:
            self._finish(turn, turn.refusal)
        else:
            self._hear_opening(turn, stage, code, lines)

    def _hear_opening(self, turn: Turn, stage: Stage, code: int, lines: list[bytes]) -> None:
        """Hear the reply to RSET, MAIL or RCPT."""
        if 200 <= code < 300:
            turn.is_named = turn.is_named or stage is Stage.MAIL
            if self._script:
                self._say_next(turn)
            elif stage is Stage.RCPT and self._chunks:
                self._hand_over(turn)
        elif code < 400 or stage is Stage.RESET:
            raise Lost(_words(lines), code)
        else:
            self._refuse(turn, stage, code, _words(lines))

    def _hear_data(self, turn: Turn, code: int, lines: list[bytes]) -> None:
        if code == 354 and turn.refusal is None:
            self._hand_over(turn)
        elif code == 354:
            # RFC 2920 3.1: a server may take DATA without a receiver; it gets an empty mail then.
            self._awaited.appendleft((Stage.NOTHING, turn))
            self._out.put([b".\r\n"])
        elif code < 400:
            raise Lost(_words(lines), code)
        else:
            self._refuse(turn, Stage.DATA, code, _words(lines))

    def _hear_end(self, turn: Turn, code: int, reply: str) -> None:
        is_whole = self._is_whole
        if code >= 400:
            self._must_reset = self._chunks
            self._finish(turn, _refusal(turn, Stage.END, code, reply))
            if code == 421 or not is_whole:
                raise Lost(reply, code)
        elif 200 <= code < 300 and is_whole:
            self._finish(turn, Outcome(turn.envelope.id, Fate.SENT, code, reply))
        else:
            raise Lost(reply, code)

    def _refuse(self, turn: Turn, stage: Stage, code: int, reply: str) -> None:
        """Keep the first refusal of a mail; when nothing else is awaited for it, it ends."""
        turn.refusal = turn.refusal or _refusal(turn, stage, code, reply)
        self._must_reset = True
        last = Stage.RCPT if self._chunks else Stage.DATA
        if stage is last or not self._pipelines:
            self._script.clear()
            self._finish(turn, turn.refusal)

    def _hand_over(self, turn: Turn) -> None:
        """Let the octets of a mail leave, and behind them the announcement of the next."""
        if turn.refusal is not None:  # the server refused the sender, and then took a receiver
            self._finish(turn, turn.refusal)
            return
        envelope, behind = turn.envelope, b""
        output = _chunk(envelope) if self._chunks else _stuffed(envelope)
        ahead = self._take_following() if self._pipelines else []
        self._host.begun(turn)
        turn.is_begun = True
        self._awaited.append((Stage.END, turn))
        if ahead:
            following = self.turns[-1]
            behind = b"".join(ahead)
            self._awaited.extend([(stage, following) for stage in self._stages_ahead])
            output.append(behind)
        self._behind = len(behind)
        self._out.put(output)

    def _take_following(self) -> list[bytes]:
        """Take the next mail and make its commands."""
        turn = self._host.following()
        if turn is None or (commands := self._commands(turn)) is None:
            return []
        self.turns.append(turn)
        # A refused BDAT leaves its mail open (RFC 3030 section 2), a refused final dot does not.
        return [_RESET, *commands] if self._chunks else commands

    def _finish(self, turn: Turn, outcome: Outcome | None) -> None:
        assert outcome is not None
        if self.turns[0] is not turn:
            raise Lost("the answers are out of step with the mails")
        self.turns.popleft()
        self.answered += 1
        self._host.ended(turn, outcome)

    def _receive(self) -> bytes:
        """Read what is there; an empty answer when that was not yet a whole TLS record."""
        try:
            octets = self.socket.recv(_LONGEST_REPLY)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return b""
        except OSError as fault:
            raise Lost(str(fault)) from fault
        if not octets:
            raise Lost("the server hung up")
        return octets

    def _wait(self) -> None:
        if self._awaited:
            share = _PATIENCE.get(self._awaited[0][0], 1.0)
            self.deadline = monotonic() + share * self._timeout
        else:
            self.deadline = float("inf")


def _words(lines: list[bytes]) -> str:
    """Give a reply as it is kept: the code once, and the text of all lines."""
    text = lines[0][:3] + b" " + b" ".join([line[4:].strip() for line in lines])
    return text.decode("utf-8", "replace")[:500]


def _refusal(turn: Turn, stage: Stage, code: int, reply: str) -> Outcome:
    fate = Fate.REFUSED if is_permanent(code) else Fate.LATER
    # 552 to MAIL is about the size of this mail (RFC 1870), any other word there about ourselves.
    is_about_sender = stage is Stage.MAIL and code != 552
    return Outcome(turn.envelope.id, fate, code, reply, is_about_sender)


def _stuffed(envelope: Envelope) -> list[bytes]:
    """Give the octets as they follow DATA, with the final dot: RFC 5321 4.5.2."""
    if envelope.is_stuffed:
        return [*envelope.pieces, b".\r\n"]
    octets = _LINE_START_DOT.sub(b"..", b"".join(envelope.pieces))
    return [octets, b".\r\n" if octets.endswith(b"\r\n") else b"\r\n.\r\n"]


def _chunk(envelope: Envelope) -> list[bytes]:
    """Give the octets behind the one command that tells how many they are: RFC 3030."""
    return [b"BDAT %d LAST\r\n" % sum(map(len, envelope.pieces)), *envelope.pieces]
