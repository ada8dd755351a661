"""The built-in receiver: an SMTP server that takes in mail to our own addresses, and no other.

`background/serve.py` opens it where a port is set; the mail server of the organisation passes on
what comes for us. Every recipient that is not ours is refused at once, and "250" is said only
when the mail is kept, so a stop at any moment loses nothing: the sender still has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from eventsapp.mail.greeting import OURS

log = structlog.get_logger()

LARGEST = 20 * 1024 * 1024
MOST_RECIPIENTS = 20
AT_ONCE = 4
"""Mails that are taken in at the same time; the others wait, as their senders do."""

Accepts = Callable[[str], bool]
Take = Callable[[bytes, str], None]
"""Keep a mail for an address for good; whatever it raises means that it was not kept."""


class Door:
    """Answers the server: whose mail is ours, and whether it is kept."""

    def __init__(self, accepts: Accepts, take: Take) -> None:
        self.accepts, self._take = accepts, take
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="receiver")

    async def handle_RCPT(  # noqa: N802 - the name that the server calls
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take a recipient that is ours."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not self.accepts(address):
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the name that the server calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail for each recipient, then say so."""
        content: Any = envelope.content
        for address in envelope.rcpt_tos:
            fault = await self.keep(content, address)
            if fault is not None:
                # Sent once more it is the same mail: who has it already gets it only once.
                log.error("mail that came in could not be kept", fault=repr(fault))
                return "451 4.3.0 Not now, please try again"
        return "250 2.0.0 Kept"

    async def keep(self, octets: bytes, address: str) -> BaseException | None:
        """Keep a mail in a thread of its own, and give what went wrong."""
        work = asyncio.get_running_loop().run_in_executor(self._pool, self._take, octets, address)
        (fault,) = await asyncio.gather(work, return_exceptions=True)
        return fault

    def close(self) -> None:
        """Let the mails at hand come to their end."""
        self._pool.shutdown(wait=True)


class Receiver(Controller):
    """The server before a door; `start` opens it, `stop` closes both."""

    def __init__(self, door: Door, host: str, port: int) -> None:
        self.door = door
        super().__init__(
            self.door,
            hostname=host,
            port=port,
            data_size_limit=LARGEST,
            ident=OURS,
            ready_timeout=30,
        )

    def stop(self, no_assert: bool = False) -> None:
        """Take no more mail, and wait for what is being kept."""
        super().stop(no_assert)
        self.door.close()


def open_receiver(door: Door, host: str, port: int) -> Receiver:
    """Open the receiver; the caller stops it. OSError when the port is taken."""
    receiver = Receiver(door, host, port)
    receiver.start()
    return receiver
