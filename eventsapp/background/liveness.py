"""The sign of life of a worker, for whoever watches over it: systemd, Docker or an administrator.

A file in the data folder whose time is the last sign that it reaches the database; and systemd's
own way, where it listens, as long as the worker is not stuck.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from types import TracebackType

from eventsapp.core import folders

FOLDER = "workers"
STALLED = 30.0  # seconds without a sign of life after which a worker counts as dead


class Pulse:
    """Beats for one worker, from its start to its end; a file that is left tells of a kill."""

    def __init__(self, data_dir: Path) -> None:
        folder = folders.private(data_dir / FOLDER)
        self._file = folder / f"{socket.gethostname()}-{os.getpid()}"

    def __enter__(self) -> Pulse:
        """Say that the worker is ready."""
        self._file.touch()
        tell_systemd("READY=1")
        return self

    def beat(self, *, works: bool) -> None:
        """Give a sign of life; it `works` while the database answers."""
        tell_systemd("WATCHDOG=1")
        if works:
            self._file.touch()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Say that the worker stops as it should, and leave nothing behind."""
        tell_systemd("STOPPING=1")
        self._file.unlink(missing_ok=True)


def tell_systemd(state: str) -> None:
    """Tell systemd how it goes (sd_notify); without systemd do nothing."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.connect(f"\0{path[1:]}" if path.startswith("@") else path)
        link.send(state.encode())
