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
from sqlalchemy.exc import SQLAlchemyError

from eventsapp.background import inbox
from eventsapp.core.db import db
from eventsapp.core.settings import Settings
from eventsapp.mail import intake
from eventsapp.mail.greeting import greeting_at, is_ours
from eventsapp.mail.intake import IntakeFault

if TYPE_CHECKING:
    from eventsapp.mail.receiver import Receiver

log = structlog.get_logger()


class Reception:
    """The receiver, if this worker has it."""

    def __init__(self, app: Flask, running: Settings) -> None:
        self._app = app
        self._host, self._port = running.receiver_host, running.receiver_port
        self._receiver: Receiver | None = None
        self._strange = 0

    def look(self) -> None:
        """Open the receiver, unless none is wanted or another worker has it; note how it is."""
        if not self._port:
            return
        if self._receiver is None:
            self._open()
        if self._receiver is not None:
            self._note(None, "")

    def _open(self) -> None:
        if not self._is_free():
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
            if fault.errno == errno.EADDRINUSE:
                self._ask_who_has_it()
            else:
                self._note(IntakeFault.CLOSED, str(fault))
            return False
        return True

    def _ask_who_has_it(self) -> None:
        """Stand by where another worker has the port; a stranger there is told."""
        try:
            heard = greeting_at(self._host, self._port)
        except OSError as fault:
            heard = str(fault)
        # Another worker may be just about to open it: only who is there twice is a stranger.
        self._strange = 0 if is_ours(heard) else self._strange + 1
        if self._strange > 1:
            self._note(IntakeFault.TAKEN, heard)

    def _note(self, fault: IntakeFault | None, detail: str) -> None:
        """Write down how it is, for the page of today and the doctor; the log tells once."""
        with self._app.app_context():
            try:
                if fault is None:
                    intake.note_success(intake.RECEIVER)
                else:
                    intake.note_fault(intake.RECEIVER, fault, f"{self._port}: {detail}")
                db.session.commit()
            except SQLAlchemyError as away:
                db.session.rollback()
                log.warning("it could not be noted how mail comes in", fault=repr(away))
