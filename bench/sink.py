"""A mail server that takes everything and keeps nothing: what senders are measured against.

It only counts. `python -m bench.sink` runs one by hand; the bench starts it with `serving`. Several
processes share one port, each with all its conversations in one loop, so that it takes more mail
in a second than any sender here gives. With a delay it answers each mail only after that time, as
a relay does that scans what it takes.
"""

from __future__ import annotations

import contextlib
import heapq
import multiprocessing
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from time import monotonic
from typing import Any

PROCESSES = 2
_PARENT = "fork"  # the bench has no threads when it begins
_DOT = b"\r\n.\r\n"
_CHUNK = 262144
_KEPT = b"250 2.0.0 kept\r\n"
_ANSWERS = {
    b"MAIL": b"250 2.1.0 ok\r\n",
    b"RCPT": b"250 2.1.5 ok\r\n",
    b"RSET": b"250 2.0.0 ok\r\n",
    b"NOOP": b"250 2.0.0 ok\r\n",
    b"HELO": b"250 sink.example\r\n",
    b"DATA": b"354 go ahead\r\n",
    b"QUIT": b"221 2.0.0 goodbye\r\n",
}


@dataclass(slots=True)
class Sink:
    """A running sink: its port, and how many mails each of its processes took."""

    port: int
    counts: list[Any]

    @property
    def taken(self) -> int:
        """How many mails it took so far."""
        return sum(count.value for count in self.counts)


@contextmanager
def serving(
    delay: float = 0.0, chunking: bool = False, processes: int = PROCESSES
) -> Iterator[Sink]:
    """Run a sink on a free port while the block runs."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    context = multiprocessing.get_context(_PARENT)
    counts = [context.Value("q", 0, lock=False) for _ in range(processes)]
    workers = [
        context.Process(target=_work, args=(listener, count, delay, chunking), daemon=True)
        for count in counts
    ]
    for worker in workers:
        worker.start()
    try:
        yield Sink(listener.getsockname()[1], counts)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join(timeout=10)
        listener.close()


class _Talk:
    """One conversation: what came, and where in it we are."""

    __slots__ = ("answers", "at", "is_data", "left", "mails", "octets", "rest", "socket")

    def __init__(self, connection: socket.socket) -> None:
        self.socket, self.rest = connection, b""
        self.is_data, self.left = False, 0

    def hear(self, octets: bytes, offers: bytes) -> tuple[list[bytes], int]:
        """Take in what came; give the answers, and how many mails were complete."""
        self.octets = self.rest + octets if self.rest else octets
        self.answers, self.mails, self.at = [], 0, 0
        is_going = True
        while is_going:
            if self.is_data:
                is_going = self._hear_data()
            elif self.left:
                is_going = self._hear_chunk()
            else:
                is_going = self._hear_command(offers)
        return self.answers, self.mails

    def _hear_data(self) -> bool:
        end = self.octets.find(_DOT, self.at)
        if end < 0:
            self.rest = self.octets[max(self.at, len(self.octets) - 4) :]
            return False
        self.at, self.is_data = end + len(_DOT), False
        self._keep()
        return True

    def _hear_chunk(self) -> bool:
        taken = min(self.left, len(self.octets) - self.at)
        self.left -= taken
        self.at += taken
        if self.left:
            self.rest = b""
            return False
        self._keep()
        return True

    def _hear_command(self, offers: bytes) -> bool:
        end = self.octets.find(b"\r\n", self.at)
        if end < 0:
            self.rest = self.octets[self.at :]
            return False
        verb = self.octets[self.at : self.at + 4].upper()
        if verb == b"BDAT":
            self.left = int(self.octets[self.at : end].split()[1])
        else:
            answer = offers if verb == b"EHLO" else _ANSWERS.get(verb, b"500 5.5.2 what?\r\n")
            self.answers.append(answer)
        self.is_data = verb == b"DATA"
        # The search for the final dot begins at the line end before the first line.
        self.at = end if self.is_data else end + 2
        return True

    def _keep(self) -> None:
        self.answers.append(_KEPT)
        self.mails += 1


class _Worker:
    """All conversations of one process."""

    def __init__(
        self, listener: socket.socket, count: Synchronized[int], delay: float, offers: bytes
    ) -> None:
        self._listener, self._count, self._delay, self._offers = listener, count, delay, offers
        self._poll = select.epoll()
        self._poll.register(listener, select.EPOLLIN | select.EPOLLEXCLUSIVE)
        self._talks: dict[int, _Talk] = {}
        self._due: list[tuple[float, int, bytes]] = []

    def run(self) -> None:
        """Converse until the process is ended, or who started it has gone."""
        parent = os.getppid()
        while True:
            wait = max(0.0, self._due[0][0] - monotonic()) if self._due else 1.0
            found = self._poll.poll(wait)
            if not found and os.getppid() != parent:
                return
            for number, _event in found:
                if number == self._listener.fileno():
                    self._greet()
                else:
                    self._turn(number)
            while self._due and self._due[0][0] <= monotonic():
                _, number, answers = heapq.heappop(self._due)
                with contextlib.suppress(KeyError, OSError):
                    self._talks[number].socket.send(answers)

    def _greet(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setblocking(False)
            connection.send(b"220 sink.example\r\n")
            self._talks[connection.fileno()] = _Talk(connection)
            self._poll.register(connection, select.EPOLLIN)

    def _turn(self, number: int) -> None:
        talk = self._talks[number]
        try:
            if octets := talk.socket.recv(_CHUNK):
                answers, mails = talk.hear(octets, self._offers)
                self._count.value += mails
                if mails and self._delay:
                    due = monotonic() + self._delay, number, b"".join(answers)
                    heapq.heappush(self._due, due)
                elif answers:
                    talk.socket.send(b"".join(answers))
                return
        except OSError:
            pass
        self._poll.unregister(number)
        self._talks.pop(number).socket.close()


def _work(listener: socket.socket, count: Synchronized[int], delay: float, chunking: bool) -> None:
    """Converse until the end. Runs in a process of its own."""
    # Ctrl-C reaches it too, but only who started it ends it, with all that the bench has started.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    extensions = [b"PIPELINING", b"SIZE 50000000", *([b"CHUNKING"] if chunking else [])]
    lines = [b"250-sink.example", *[b"250-" + one for one in extensions], b"250 8BITMIME", b""]
    _Worker(listener, count, delay, b"\r\n".join(lines)).run()


if __name__ == "__main__":
    with serving() as sink, contextlib.suppress(KeyboardInterrupt):
        print(sink.port, flush=True)
        sys.stdin.read()
