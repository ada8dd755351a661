"""Processes that send a large newsletter, started by the embedded clock when one is coming.

One process of Python keeps one processor busy, whatever it has threads; and while it makes mails,
its pages wait. So from some thousand mails on the clock calls senders of their own (`sender.py`)
and its own bulk lane stands back (ADR 17). They go when nothing is coming any more.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from select import select
from time import monotonic

import structlog

from eventsapp.background import jobs
from eventsapp.background.sender import LONGEST_END, READY, is_much_coming
from eventsapp.core.settings import Settings

log = structlog.get_logger()

MANY = 2000
"""Newsletters that the clock's own lane sends in less time than a sender takes to start."""
REST = 300.0
"""Seconds before senders are called again after one broke."""


class Senders:
    """The senders that this process started. Ask `look` every second; one thread at a time."""

    def __init__(
        self,
        running: Settings,
        held: Callable[[], tuple[int, ...]],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare; `held` gives the open files that stay open for as long as one of them lives."""
        self._most, self._held = running.sender_processes, held
        self._environ = running.environ() if environ is None else environ
        self._running: list[subprocess.Popen[str]] = []
        self._ready: set[int] = set()
        self._call_after = 0.0

    def look(self) -> None:
        """Call senders where many newsletters are coming; stand back while one is at work."""
        self._part_from_ended()
        if not self._running and self._may_call() and is_much_coming(than=MANY):
            log.info("senders start", count=self._most)
            self._running = [self._start() for _ in range(self._most)]
        for process in self._running:
            if process.pid not in self._ready and _says_ready(process):
                self._ready.add(process.pid)
        if self._ready:
            jobs.STAND_BACK.set()
        else:
            jobs.STAND_BACK.clear()

    def ask_to_end(self) -> None:
        """Let them send the mails at hand, and then go."""
        jobs.STAND_BACK.clear()
        for process in self._running:
            if process.stdin is not None:
                process.stdin.close()

    def stop(self) -> None:
        """Wait until they are gone."""
        self.ask_to_end()
        for process in self._running:
            try:
                process.wait(timeout=LONGEST_END + 5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _close(process)
        self._running = []
        self._ready = set()

    def _may_call(self) -> bool:
        return self._most > 0 and monotonic() >= self._call_after and not jobs.STOPPING.is_set()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own programme
            [sys.executable, "-m", "flask", "--app", "eventsapp.app:create_worker", "sender"],
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=self._held(),
            # Where Linux weighs sessions it yields to the pages in one of its own (`yielding.py`).
            start_new_session=True,
        )

    def _part_from_ended(self) -> None:
        for process in [one for one in self._running if one.poll() is not None]:
            self._running.remove(process)
            self._ready.discard(process.pid)
            _close(process)
            if process.returncode:
                self._call_after = monotonic() + REST
                log.warning("a sender ended", code=process.returncode)


def _says_ready(process: subprocess.Popen[str]) -> bool:
    """Tell whether it has said so by now, without waiting for it."""
    assert process.stdout is not None
    can_be_read = select([process.stdout], [], [], 0)[0]
    return bool(can_be_read) and process.stdout.readline().strip() == READY


def _close(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
