"""A line between a client and a server that breaks after so many octets from the server."""

import contextlib
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread


@contextmanager
def cut_line(port: int, after: int) -> Iterator[int]:
    """Give a port of 127.0.0.1 that leads to `port`, once, and is cut after so many octets."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = Thread(target=_carry, args=(door, port, after), daemon=True)
        thread.start()
        yield door.getsockname()[1]
        with contextlib.suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=30)


def _carry(door: socket.socket, port: int, left: int) -> None:
    with contextlib.suppress(OSError):
        client, _ = door.accept()
        with client, socket.create_connection(("127.0.0.1", port), timeout=30) as server:
            other = {client: server, server: client}
            while True:
                ready, _, _ = select.select([client, server], [], [], 30)
                for line in ready:
                    octets = line.recv(65536)
                    if line is server:
                        octets = octets[:left]
                        left -= len(octets)
                    if not octets:
                        return
                    other[line].sendall(octets)
                    if not left:
                        return
