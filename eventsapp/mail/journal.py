"""A lane's journal: a file that tells, after a kill, which mails had begun and what was answered.

`mail/delivery.py` writes a line before a mail can be accepted and one when its fate is known;
`mail/repair.py` reads what a lane left behind. What is due is one `os.write`: what a process wrote
is kept by the kernel when that process is killed, so nothing is synced to disk. A result waits for
the next start line, at most until the lane looks up: a kill in between leaves it as one more mail
that was begun, and no connection has two of these. A machine that
loses its power may lose lines. The first line therefore names the machine's start: after another
start, mails without a result count as begun, because their start line may be among the lost ones.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock

from eventsapp.core import folders
from eventsapp.mail.wire import Fate, Outcome

ROTATE = 512 * 1024
"""A journal larger than this is written anew, without what the database knows already."""
_ENDING = ".journal"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class JournalFull(Exception):  # noqa: N818 - a state of the disk
    """Nothing more can be written down, so nothing more may be begun."""


class Journal:
    """The journal of a lane that lives; its lock ends with the process, however that ends."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._path = folders.private(folder) / f"{worker}{_ENDING}"
        # What the database does not know yet: all lines of each such mail.
        self._lines: dict[int, bytes] = {}
        self._unwritten = b""  # results that go with the next line
        self.is_full = False
        self._file, self._size = self._open()

    def begun(self, message_id: int) -> None:
        """Note that a mail may be accepted from now on. Raises JournalFull: then it must not."""
        line = b"+ %d\n" % message_id
        if self.is_full or not self._write(self._unwritten + line):
            raise JournalFull
        self._unwritten = b""
        self._lines[message_id] = line

    def ended(self, outcome: Outcome) -> None:
        """Note what became of a mail, to be written with the next start line or by `flush`."""
        line = _line(outcome)
        self._unwritten += line
        self._lines[outcome.id] = self._lines.get(outcome.id, b"") + line

    def flush(self) -> None:
        """Write the results that wait; `is_full` tells afterwards whether that could be done."""
        if self._unwritten and self._write(self._unwritten):
            self._unwritten = b""

    def forget(self, message_ids: Iterable[int]) -> None:
        """Drop mails of which the database has the result for good."""
        for number in message_ids:
            self._lines.pop(number, None)
        if self._size > ROTATE and not self.is_full:
            before = self._file
            try:
                self._file, self._size = self._open()
            except JournalFull:
                self.is_full = True
            else:
                self._unwritten = b""  # the new file holds them, or the database does
                os.close(before)

    def close(self, *, is_settled: bool) -> None:
        """End the lane; unless all it had claimed is settled, the file stays for the sweep.

        What a full disk does not take stays in memory, for `catch_up`.
        """
        if is_settled and not self._lines:
            with contextlib.suppress(OSError):
                self._path.unlink()
        elif not self._is_written():
            with _guard:
                _unheard.append(self)  # its lock stays: nobody may call these mails unknown
            return
        os.close(self._file)

    def try_again(self) -> bool:
        """Write what could not be written at the end, and let go; False while there is no room."""
        if self._is_written():
            os.close(self._file)
            return True
        return False

    def _is_written(self) -> bool:
        self.flush()
        return not self._unwritten

    def _open(self) -> tuple[int, int]:
        """Make the file under a name that nobody reads, and show it only locked and complete."""
        hidden = self._path.with_name(f".{self._path.name}")
        file = os.open(hidden, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND, 0o600)
        content = b"boot %s\n" % _boot().encode() + b"".join(self._lines.values())
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.write(file, content) != len(content):
                raise JournalFull
            hidden.rename(self._path)
        except (OSError, JournalFull) as fault:
            os.close(file)
            hidden.unlink(missing_ok=True)
            raise JournalFull from fault
        return file, len(content)

    def _write(self, line: bytes) -> bool:
        try:
            written = os.write(self._file, line)
        except OSError:
            written = 0
        if written == len(line):
            self._size += written
            return True
        self.is_full = True
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, self._size)  # half a line would spoil the next one
        return False


_unheard: list[Journal] = []
"""Lanes of this process that ended on a full disk, with results that they could not write."""
_guard = Lock()


def catch_up() -> bool:
    """Write what ended lanes of this process still know; False while there is no room for it."""
    with _guard:
        _unheard[:] = [lane for lane in _unheard if not lane.try_again()]
        return not _unheard


@dataclass(slots=True)
class Left:
    """What a lane that is no more left behind.

    `is_whole` says that no line can be missing: whatever has no start line was not begun.
    """

    worker: str
    path: Path
    is_whole: bool = False
    begun: set[int] = field(default_factory=set)
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def remove(self) -> None:
        """Drop the file, once the database knows all that it says."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Found:
    """The journals of a folder: of lanes that are no more, and the names of those that live."""

    left: tuple[Left, ...]
    alive: frozenset[str]


def has_left(folder: Path) -> bool:
    """Tell whether a lane that is no more left a journal; reads none."""
    with look(folder, is_reading=False) as found:
        return bool(found.left)


def alive(folder: Path) -> frozenset[str]:
    """Name the lanes of this machine that are at work now."""
    with look(folder, is_reading=False) as found:
        return found.alive


@contextmanager
def look(folder: Path, *, is_reading: bool = True) -> Iterator[Found]:
    """Read the journals that nobody holds, and hold them while the block runs."""
    left, alive = [], set()
    with ExitStack() as held:
        for path in sorted(folder.glob(f"[!.]*{_ENDING}")):
            worker = path.name.removesuffix(_ENDING)
            file = _locked(path, held)
            if file is None:
                alive.add(worker)
            elif is_reading:
                left.append(_read(Left(worker, path), file))
            else:
                left.append(Left(worker, path))
        yield Found(tuple(left), frozenset(alive))


def _locked(path: Path, held: ExitStack) -> int | None:
    """Lock a journal, None when its lane lives, or took another file under this name just now."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    held.callback(os.close, file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_current = os.path.samestat(os.fstat(file), path.stat())
    except OSError:
        return None
    return file if is_current else None


def _read(left: Left, file: int) -> Left:
    with os.fdopen(os.dup(file), "rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                break  # the last line of a process that was killed while it wrote
            mark, _, rest = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
            if mark == "boot":
                left.is_whole = rest == _boot()
            elif mark == "+" and rest.isdigit():
                left.begun.add(int(rest))
                left.outcomes.pop(int(rest), None)
            elif mark == "-" and (outcome := _outcome(rest)) is not None:
                left.outcomes[outcome.id] = outcome
    return left


def _line(outcome: Outcome) -> bytes:
    who = "sender" if outcome.is_about_sender else "receiver"
    reply = outcome.reply.replace("\n", " ")[:500]
    text = f"- {outcome.id} {outcome.fate.value} {outcome.code} {who} {reply}\n"
    return text.encode("utf-8", "replace")


def _outcome(text: str) -> Outcome | None:
    parts = text.split(" ", 4)
    try:
        number, fate, code, who, reply = parts
        return Outcome(int(number), Fate(fate), int(code), reply, who == "sender")
    except ValueError:
        return None


@cache
def _boot() -> str:
    """Name this start of the machine, "" where the system does not tell."""
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return ""
