"""The network is closed in tests; who needs mail asks for `open_smtp`.

A connection that no fixture opened is refused, and fails the test even when the product takes
the refusal for a mail server that is away.
"""

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition, Thread
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope

# Seconds; long, for a busy machine on which what yields hardly gets its turn. Only a test that
# fails waits for it.
PATIENCE = 600.0


class Gate:
    """Which ports of this machine the test may reach, and what else was tried."""

    def __init__(self) -> None:
        self.open: set[int] = set()
        self.away: set[int] = set()
        self.refused: list[Any] = []

    def judge(self, address: Any) -> None:
        """Refuse an address that the test has not opened."""
        if not isinstance(address, tuple) or address[1] in self.open - self.away:
            return
        if address[1] not in self.open:
            self.refused.append(address)
        raise ConnectionRefusedError(111, "closed in this test", str(address))


GATE = Gate()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        GATE.judge(arguments[1])


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def closed_network() -> Iterator[Gate]:
    """Close every port, and fail the test that tried one it had not asked for."""
    GATE.open, GATE.away, GATE.refused = set(), set(), []
    yield GATE
    assert not GATE.refused, f"this test reached for the network: {GATE.refused}"


@dataclass(frozen=True)
class Letter:
    """One mail as the receiving server got it."""

    sender: str
    to: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


class MailServer:
    """A real SMTP server on a free port; it keeps what it receives and can be told to refuse.

    `refusals` maps an address to the reply its RCPT gets, such as "451 4.3.0 later". To the
    addresses in `silences` it keeps the mail, and hangs up instead of saying so. Having kept
    `patience` letters it says nothing any more on that connection. `hold_at(100)` lets it keep its
    answers to itself from the hundredth letter on, until `go_on()`.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.letters: list[Letter] = []
        self.refusals: dict[str, str] = {}
        self.silences: set[str] = set()
        self.patience = 0
        self._holds_at = 0
        self._may_go_on = asyncio.Event()
        self._arrival = Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._serve, name="test mail server", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        start = self._loop.create_server(self._speak, sock=self._socket)
        server = self._loop.run_until_complete(start)
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._hang_up())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _hang_up(self) -> None:
        """End the conversations that are still open: the last client may have left just now."""
        talking = asyncio.all_tasks() - {asyncio.current_task()}
        for each in talking:
            each.cancel()
        await asyncio.gather(*talking, return_exceptions=True)

    def _speak(self) -> SMTP:
        return SMTP(self, hostname="mail.example", enable_SMTPUTF8=True, loop=self._loop)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd looks for this name)
        self, _server: SMTP, _session: object, envelope: Envelope, address: str, _options: object
    ) -> str:
        """Take or refuse one recipient."""
        if refusal := self.refusals.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  (aiosmtpd looks for this name)
        self, server: SMTP, _session: object, envelope: Envelope
    ) -> str:
        """Keep the mail, once for each recipient."""
        with self._arrival:
            for to in envelope.rcpt_tos:
                self.letters.append(
                    Letter(envelope.mail_from or "", to, envelope.original_content or b"")
                )
            self._arrival.notify_all()
        if self.silences.intersection(envelope.rcpt_tos):
            server.transport.abort()
        if self.patience and len(self.letters) >= self.patience:
            await asyncio.get_running_loop().create_future()
        if self._holds_at and len(self.letters) >= self._holds_at:
            await self._may_go_on.wait()
        return "250 2.0.0 kept"

    def hold_at(self, count: int) -> None:
        """Say nothing from that letter on; those who wait are answered after `go_on`."""
        self._may_go_on.clear()
        self._holds_at = count

    def go_on(self) -> None:
        """Say what was kept back."""
        self._holds_at = 0
        self._loop.call_soon_threadsafe(self._may_go_on.set)

    def wait_for(self, count: int, seconds: float = PATIENCE) -> list[Letter]:
        """Wait until this many letters are here; fail when they do not come."""
        with self._arrival:
            came = self._arrival.wait_for(lambda: len(self.letters) >= count, timeout=seconds)
        assert came, f"{len(self.letters)} of {count} letters came"
        return self.letters

    def to(self, address: str) -> list[Letter]:
        """The letters that this address received."""
        return [letter for letter in self.letters if letter.to == address]

    @contextmanager
    def away(self) -> Iterator[None]:
        """Refuse connections for a while, as a server does that is down."""
        GATE.away.add(self.port)
        try:
            yield
        finally:
            GATE.away.discard(self.port)

    def forget(self) -> None:
        """Empty the letter box and take all mail again."""
        self.letters, self.refusals, self.silences, self.patience = [], {}, set(), 0
        self._holds_at = 0

    def stop(self) -> None:
        """Close for good."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=PATIENCE)


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """The server to which the settings point; closed to a test that does not ask."""
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def open_smtp(closed_network: Gate, mail_server: MailServer) -> MailServer:
    """Let the product deliver mail in this test, and give the server that receives it."""
    mail_server.forget()
    closed_network.open.add(mail_server.port)
    return mail_server
