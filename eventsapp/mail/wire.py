"""The lane: many mails over a few kept connections to one mail server, in one thread.

`mail/delivery.py` hands in envelopes and hears of each, once, what became of it. Knows no
database: what must be durable is written by the two functions that are handed in, `begun` before
the server could accept a mail and `ended` when its fate is known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from eventsapp.core.errors import DeliveryError
from eventsapp.core.settings import MailServer
from eventsapp.mail.smtp import Connection, FateUnknown, ServerAway


class Fate(StrEnum):
    """What became of one envelope.

    `LATER` is a 4xx, or a connection that broke each time that this mail was offered; `UNKNOWN` is
    a connection that broke after the final dot; `UNTRIED` was not begun, or was cut off before
    the server could have accepted it: it may be sent again at once.
    """

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail to one address: RFC 5322 octets with CRLF, in pieces.

    `is_stuffed` promises that no line begins with a dot, so that the octets can travel as they
    are; else that is seen to here.
    """

    id: int
    sender: str
    recipient: str
    pieces: Sequence[bytes]
    is_stuffed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an envelope, and the words of the server.

    `code` is 0 where the server said nothing. `is_about_sender`: the refusal came before the
    receiver was named (the connection or MAIL), so it says nothing about the receiver.
    """

    id: int
    fate: Fate
    code: int = 0
    reply: str = ""
    is_about_sender: bool = False


class Lane:
    """Kept connections to one mail server. Use it in a `with` block; it serves one thread."""

    def __init__(self, server: MailServer, connections: int = 8, timeout: float = 30) -> None:
        self._server = server
        self._connection = Connection(server)

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
        self._connection.__exit__(kind, fault, trace)

    def open(self) -> None:
        """Make sure of one connection at least. Raises ServerAway."""
        self._connection.open()

    def send(
        self,
        envelopes: Iterable[Envelope],
        begun: Callable[[int], None],
        ended: Callable[[Outcome], None],
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """Send until the envelopes are all taken and ended, or until it must stop.

        Envelopes are taken one by one, when there is a connection for them, so a generator may
        go on claiming. `begun(id)` is called before the octets leave with which the server could
        accept a mail; `ended` is called once for each envelope that was taken. Raises ServerAway,
        after the last `ended`, when no connection can be had any more: what was not taken stays.
        A fault of the generator, of `begun` or of `ended` is raised when all that was begun ended.
        """
        for envelope in envelopes:
            outcome = self._send(envelope, begun)
            ended(outcome)
            if outcome.fate is Fate.UNTRIED:
                raise ServerAway(outcome.reply, permanent=False)
            if is_stopping():
                return

    def _send(self, envelope: Envelope, begun: Callable[[int], None]) -> Outcome:
        begun(envelope.id)
        try:
            reply = self._connection.send(
                envelope.sender, envelope.recipient, b"".join(envelope.pieces)
            )
        except FateUnknown as fault:
            return Outcome(envelope.id, Fate.UNKNOWN, 0, str(fault))
        except ServerAway as fault:
            return Outcome(envelope.id, Fate.UNTRIED, 0, str(fault), is_about_sender=True)
        except DeliveryError as fault:
            fate = Fate.REFUSED if fault.permanent else Fate.LATER
            return Outcome(envelope.id, fate, _code(str(fault)), str(fault))
        return Outcome(envelope.id, Fate.SENT, _code(reply), reply)


def _code(reply: str) -> int:
    with contextlib.suppress(ValueError):
        return int(reply[:3])
    return 0
