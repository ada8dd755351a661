"""Calls the mail server in the background, so that a slow greeting holds up no open connection.

`mail/wire.py` asks for a call and finds the answer when `socket` can be read.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
from collections import deque
from threading import Lock, Thread

from eventsapp.core.settings import MailServer
from eventsapp.mail.smtp import ServerAway, dial


class Dialler:
    """Calls under way, and the answers that nobody fetched yet."""

    def __init__(self, server: MailServer, timeout: float) -> None:
        self._server, self._timeout = server, timeout
        self._lock = Lock()
        self._is_closed = False
        self._answers: deque[smtplib.SMTP | ServerAway] = deque()
        self.under_way = 0
        self.socket, self._bell = socket.socketpair()
        self.socket.setblocking(False)

    def call(self) -> None:
        """Begin one call. A thread for each: there are few, and most of the time none."""
        self.under_way += 1
        Thread(target=self._call, name="calls the mail server", daemon=True).start()

    def answers(self) -> list[smtplib.SMTP | ServerAway]:
        """Give the connections that were made, and the refusals."""
        with contextlib.suppress(BlockingIOError):
            self.socket.recv(4096)
        with self._lock:
            found = list(self._answers)
            self._answers.clear()
        self.under_way -= len(found)
        return found

    def close(self) -> None:
        """Hang up on every answer that still comes."""
        with self._lock:
            self._is_closed = True
            found = list(self._answers)
            self._answers.clear()
        for each in found:
            if isinstance(each, smtplib.SMTP):
                each.close()
        self.socket.close()
        self._bell.close()

    def _call(self) -> None:
        answer: smtplib.SMTP | ServerAway
        try:
            answer = dial(self._server, self._timeout)
        except ServerAway as fault:
            answer = fault
        with self._lock:
            if not self._is_closed:
                self._answers.append(answer)
                self._bell.send(b".")
            elif isinstance(answer, smtplib.SMTP):
                answer.close()
