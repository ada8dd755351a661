"""The receiver of mail among workers: of those on one machine one has its port, others stand by.

`worker.py` calls `look` with each sign of life, so that another worker takes over within seconds.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from typing import TYPE_CHECKING

import structlog
from flask import Flask

from eventsapp.background import inbox
from eventsapp.core.settings import Settings

if TYPE_CHECKING:
    from eventsapp.mail.receiver import Receiver

log = structlog.get_logger()


class Reception:
    """The receiver, if this worker has it."""

    def __init__(self, app: Flask, running: Settings) -> None:
        self._app = app
        self._host, self._port = running.receiver_host, running.receiver_port
        self._receiver: Receiver | None = None

    def look(self) -> None:
        """Open the receiver, unless none is wanted or another worker has it."""
        if self._receiver is not None or not self._port or not self._is_free():
            return
        from eventsapp.mail.receiver import open_receiver  # one worker in many takes mail in

        with contextlib.suppress(OSError):  # somebody was quicker: ask again
            door = inbox.door(self._app, "receiver")
            self._receiver = open_receiver(door, self._host, self._port)
            log.info("this worker takes mail in", port=self._port)

    def close(self) -> None:
        """Take no more mail in, and keep what is at hand."""
        if self._receiver is not None:
            self._receiver.stop()
            self._receiver = None

    def _is_free(self) -> bool:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            socket.create_server((self._host, self._port), family=family).close()
        except OSError as fault:
            if fault.errno != errno.EADDRINUSE:
                log.warning("mail cannot be taken in", port=self._port, fault=str(fault))
            return False
        return True
