"""Ports of this machine that nobody else takes, for a server that must be told its own.

A server that can be handed a socket, or takes port 0 and tells what it got, needs none of this.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.network import Gate


@contextmanager
def kept_port() -> Iterator[int]:
    """A port of 127.0.0.1 that stays ours in this block, though nothing listens there yet.

    We hold it without listening, so the machine gives it to nobody who asks for any port; a server
    that asks for it by number, and as servers do for one in use lately, gets it beside us.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture
def keep_port(closed_network: Gate) -> Iterator[Callable[[], int]]:
    """`keep_port()` gives a port for one server of this test, which the test may reach."""
    with ExitStack() as kept:

        def act() -> int:
            port = kept.enter_context(kept_port())
            closed_network.open.add(port)
            return port

        yield act


@pytest.fixture
def free_port(keep_port: Callable[[], int]) -> int:
    """A port on which nobody listens, open for this test."""
    return keep_port()
