"""What goes into the lane and what comes out: a mail to one address, and its fate. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


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


class Envelope(NamedTuple):
    """One mail to one address: RFC 5322 octets with CRLF, in pieces.

    `is_stuffed` promises that no line begins with a dot and that the last line is ended, so that
    the octets can travel as they are; else that is seen to here.
    """

    id: int
    sender: str
    recipient: str
    pieces: Sequence[bytes]
    is_stuffed: bool = False


class Outcome(NamedTuple):
    """What became of an envelope, and the words of the server.

    `code` is 0 where the server said nothing. `is_about_sender`: the refusal came before the
    receiver was named (the connection or MAIL), so it says nothing about the receiver.
    """

    id: int
    fate: Fate
    code: int = 0
    reply: str = ""
    is_about_sender: bool = False
