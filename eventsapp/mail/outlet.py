"""The writing side of a socket that never waits: what it did not take yet, plain or over TLS.

`mail/talk.py` puts pieces in and learns how many octets have not been handed over.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence

_MOST_PIECES = 1000  # Linux takes 1,024 at once
_RECORD = 16384  # what one TLS record holds


class Outlet:
    """Pieces on their way out, in order."""

    def __init__(self, to: socket.socket) -> None:
        self._socket = to
        self._is_tls = isinstance(to, ssl.SSLSocket)
        self._pieces: list[bytes | memoryview] = []
        self.unsent = 0
        self.is_cut = False

    @property
    def is_waiting(self) -> bool:
        """Tell whether the socket took less than there was."""
        return self.unsent > 0 and not self.is_cut

    def put(self, pieces: Sequence[bytes]) -> None:
        """Add pieces, and write what the socket takes."""
        if self._is_tls:  # a record of its own for each small piece would cost more than a copy
            pieces = [b"".join(pieces)]
        self.unsent += sum(map(len, pieces))
        self._pieces.extend(pieces)
        self.push()

    def push(self) -> None:
        """Write what the socket takes.

        Where the other side hung up nothing is raised: its last words may still wait to be read.
        """
        try:
            while self.is_waiting:
                if self._is_tls:
                    # The same record is offered until it is taken, as OpenSSL wants it.
                    sent = self._socket.send(memoryview(self._pieces[0])[:_RECORD])
                else:
                    sent = self._socket.sendmsg(self._pieces[:_MOST_PIECES])
                self._drop(sent)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            self.is_cut = True

    def _drop(self, sent: int) -> None:
        """Take away what was sent."""
        self.unsent -= sent
        if not self.unsent:
            self._pieces.clear()
            return
        whole = 0
        while sent >= len(self._pieces[whole]):
            sent -= len(self._pieces[whole])
            whole += 1
        del self._pieces[:whole]
        if sent:
            self._pieces[0] = memoryview(self._pieces[0])[sent:]
