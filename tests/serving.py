"""The product under test on a port of this machine, for the tests that ask with a browser.

A test ends only when every connection to it is closed: what a browser still asked would else meet
the tables of the next test. A server that stops by itself says why, in the test that met it.
"""

from collections.abc import Callable, Iterator
from socket import socket
from threading import Condition, Thread
from typing import Any

import pytest

from tests.application import Product
from tests.network import Gate

# Only who never hangs up is waited for this long.
PATIENCE = 30


class Channels(dict[int, Any]):
    """The open connections of a server; tells when the last is closed."""

    def __init__(self) -> None:
        super().__init__()
        self._closed = Condition()

    def __delitem__(self, number: int) -> None:
        super().__delitem__(number)
        with self._closed:
            self._closed.notify_all()

    def are_closed(self) -> bool:
        """Wait until nobody is connected; false when somebody stays on."""
        with self._closed:
            return self._closed.wait_for(lambda: not self, PATIENCE)


class Served:
    """One product that answers in a thread of its own, on a socket that is bound."""

    def __init__(self, product: Product, listener: socket) -> None:
        from eventsapp.background.serve import open_web

        listener.listen(128)
        self.fault: BaseException | None = None
        self.server: Any = open_web(product.app, listener, product.settings)
        self.server.active_channels = self.channels = Channels()
        self._thread = Thread(target=self._run, name="test web server", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.server.run()
        except BaseException as fault:
            self.fault = fault

    def check(self) -> None:
        """Fail the test when the server is gone."""
        if not self._thread.is_alive():
            pytest.fail(f"The web server of the tests has stopped: {self.fault!r}")

    def rest(self) -> None:
        """Wait until whatever was asked is answered; fail when the server is gone."""
        self.check()
        if not self.channels.are_closed():
            pytest.fail(f"A browser did not hang up within {PATIENCE} s after its test.")

    def close(self) -> None:
        """Stop it from within its own loop, so that no answer is cut off half-way."""
        self.server.trigger.pull_trigger(self.server.close)
        self._thread.join(timeout=PATIENCE)


@pytest.fixture(scope="session")
def hang_ups() -> list[Callable[[], None]]:
    """What makes visitors hang up whom a failing test left on the line; each adds its own."""
    return []


@pytest.fixture(scope="session")
def served(product_on: Callable[[str], Product]) -> Iterator[Callable[[Product], Served]]:
    """`served(product)` serves a product for the rest of the run.

    It asks for `product_on` to end before it: a product takes its port away when it closes.
    """
    servers: dict[int, Served] = {}

    def serve(product: Product) -> Served:
        if id(product) not in servers:
            servers[id(product)] = Served(product, product.listener)
        return servers[id(product)]

    yield serve
    for server in servers.values():
        server.close()


@pytest.fixture
def live_server(
    served: Callable[[Product], Served],
    product: Product,
    closed_network: Gate,
    hang_ups: list[Callable[[], None]],
) -> Iterator[str]:
    """The address at which the product under test is served."""
    closed_network.open.add(product.settings.port)
    server = served(product)
    server.check()
    yield product.settings.base_url
    for hang_up in hang_ups:
        hang_up()
    server.rest()
