"""The built-in post office: an SMTP server on 127.0.0.1 that keeps what it gets, for try-out.

`background/serve.py` starts it in demo mode; `public/postoffice.py` reads it. Every mail is one
file, named by its number; nothing is ever sent on.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Lock
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from eventsapp.core import folders
from eventsapp.core.dates import now
from eventsapp.mail.receiver import Door

MOST_KEPT = 20_000
LARGEST = 10 * 1024 * 1024
_FILE = re.compile(r"^(\d{8})\.eml$")


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail in the post office."""

    id: int
    to: str
    subject: str
    received: datetime
    path: Path

    @property
    def octets(self) -> bytes:
        """Give the mail as it came in, without the two lines that say how."""
        return self.path.read_bytes().split(b"\r\n\r\n", 1)[1]

    @property
    def message(self) -> EmailMessage:
        """Give the mail, parsed."""
        parsed = message_from_bytes(self.octets, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


class PostOffice:
    """The kept mails: a folder of numbered files, safe to write from several processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folders.private(folder)
        self._lock = Lock()
        self._last = 0

    def keep(self, recipient: str, octets: bytes) -> int:
        """Keep a mail for one recipient and give its number."""
        subject = _subject(octets)
        head = f"{now().isoformat()}\r\n{_line(recipient)}\r\n{_line(subject)}\r\n\r\n"
        with self._lock:
            handle, name = tempfile.mkstemp(dir=self.folder, prefix="new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(head.encode() + octets)
                number = self._link(Path(name))
            finally:
                Path(name).unlink(missing_ok=True)
            if number % 500 == 0:
                self._drop_oldest()
        return number

    def _link(self, file: Path) -> int:
        """Give the file the next free number; a second process that was first makes us go on."""
        if not self._last:
            self._last = (self._numbers()[-1:] or [0])[0]
        while True:
            self._last += 1
            try:
                os.link(file, self.folder / f"{self._last:08}.eml")
            except FileExistsError:
                continue
            return self._last

    def _numbers(self) -> list[int]:
        found = (_FILE.match(name) for name in os.listdir(self.folder))
        return sorted(int(one.group(1)) for one in found if one)

    def _drop_oldest(self) -> None:
        for number in self._numbers()[:-MOST_KEPT]:
            (self.folder / f"{number:08}.eml").unlink(missing_ok=True)

    def find(self, number: int) -> Kept | None:
        """Give one mail, None when it is not there."""
        path = self.folder / f"{number:08}.eml"
        try:
            return self._read(number, path)
        except (OSError, ValueError):
            return None

    def newest(self, *, before: int | None = None, words: str = "", most: int = 50) -> list[Kept]:
        """Give mails, the newest first, of whom receiver or subject holds the words."""
        found: list[Kept] = []
        for kept in self._backwards(before):
            if words.casefold() in f"{kept.to} {kept.subject}".casefold():
                found.append(kept)
                if len(found) >= most:
                    break
        return found

    def _backwards(self, before: int | None) -> Iterator[Kept]:
        for number in reversed(self._numbers()):
            if before is None or number < before:
                kept = self.find(number)
                if kept is not None:
                    yield kept

    def _read(self, number: int, path: Path) -> Kept:
        with path.open("rb") as file:
            lines = [file.readline(2000).decode("utf-8", "replace").strip() for _ in range(3)]
        return Kept(number, lines[1], lines[2], datetime.fromisoformat(lines[0]), path)


class _Counter:
    """Takes mail in at the door of the SMTP server; mail to us goes the way that it really goes."""

    def __init__(self, office: PostOffice, door: Door | None) -> None:
        self.office, self.door = office, door

    async def handle_DATA(  # noqa: N802 - the name that the server calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail once for each recipient."""
        content: Any = envelope.content
        for recipient in envelope.rcpt_tos:
            try:
                self.office.keep(recipient, content)
            except OSError:
                return "452 4.3.1 No room to keep it"
            if self.door is not None and self.door.accepts(recipient):
                fault = await self.door.keep(content, str(recipient))
                if fault is not None:
                    return "451 4.3.0 Not now, please try again"
        return "250 2.0.0 kept"


def open_postoffice(folder: Path, port: int, door: Door | None = None) -> Controller:
    """Open the SMTP server on 127.0.0.1; the caller stops it. OSError when the port is busy.

    Mail to addresses that are ours is handed to the `door` as well, so that a try-out user can
    answer a mail.
    """
    controller = Controller(
        _Counter(PostOffice(folder), door),
        hostname="127.0.0.1",
        port=port,
        data_size_limit=LARGEST,
        ident="eventsapp post office",
        ready_timeout=30,
    )
    controller.start()
    return controller


def _subject(octets: bytes) -> str:
    head = octets.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n"
    return str(message_from_bytes(head, policy=policy.default).get("Subject", ""))


def _line(text: str) -> str:
    return " ".join(text.split())[:500]
