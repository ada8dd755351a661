"""Chromium for tests: Debian's own, against the product served by waitress on a free port.

A page that logs an error, breaks the content security policy, asks another host for anything or
misses a file fails its test.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from tests.application import Product
from tests.network import Gate

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip
# Long, for a busy machine: only a test that fails waits for it.
PATIENCE = 30_000
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program = shutil.which("chromium")
    if not program:
        pytest.fail("Chromium is not here. Type: sudo deploy/debian_packages.sh test")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        chromium = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def served(product_on: Callable[[str], Product]) -> Iterator[Callable[[Product], str]]:
    """Serve a product for the rest of the run, and give its address.

    It asks for `product_on` to end before it: a product takes its port away when it closes.
    """
    from eventsapp.background.serve import open_web

    servers: dict[int, tuple[Any, Thread]] = {}

    def serve(product: Product) -> str:
        if id(product) not in servers:
            product.listener.listen(128)
            server: Any = open_web(product.app, product.listener, product.settings)
            thread = Thread(target=server.run, name="test web server", daemon=True)
            thread.start()
            servers[id(product)] = server, thread
        return product.settings.base_url

    yield serve
    for server, thread in servers.values():
        server.trigger.pull_trigger(server.close)
        thread.join(timeout=PATIENCE / 1000)


@pytest.fixture
def live_server(served: Callable[[Product], str], product: Product, closed_network: Gate) -> str:
    """The address at which the product under test is served."""
    closed_network.open.add(product.settings.port)
    return served(product)


@contextmanager
def watched_page(browser: Browser, address: str, width: int) -> Iterator[Page]:
    """A page of a fresh visitor; faults that the browser saw fail the test at the end."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 800},
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        has_touch=width < 600,
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(f"script: {fault}"))
    page.on("console", lambda line: faults.extend(_complaint(line.type, line.text)))
    page.on("response", lambda response: faults.extend(_missing(response)))
    page.on("request", lambda request: faults.extend(_foreign(request.url, address)))
    yield page
    context.close()
    assert not faults, "\n".join(faults)


def _complaint(kind: str, text: str) -> list[str]:
    # A page that is meant to be refused says so with its status; `_missing` judges the rest.
    harmless = kind != "error" or text.startswith("Failed to load resource")
    return [] if harmless else [f"console: {text}"]


def _missing(response: Response) -> list[str]:
    is_part = response.request.resource_type != "document"
    return [f"{response.status} {response.url}"] if is_part and response.status >= 400 else []


def _foreign(url: str, address: str) -> list[str]:
    parts = urlsplit(url)
    is_own = parts.scheme in {"data", "blob", "about"} or parts.netloc == urlsplit(address).netloc
    return [] if is_own else [f"foreign host: {url}"]


@pytest.fixture
def page(browser: Browser, live_server: str) -> Iterator[Page]:
    """A page on a desk, 1280 px wide."""
    with watched_page(browser, live_server, 1280) as page:
        yield page


@pytest.fixture
def phone(browser: Browser, live_server: str) -> Iterator[Page]:
    """A page on a phone, 360 px wide."""
    with watched_page(browser, live_server, 360) as page:
        yield page


def visit(page: Page, path: str, status: int = 200) -> None:
    """Open a page that must be there: axe finds nothing on an error page either."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status, f"{path}: {answer.status}"


def settle(page: Page) -> None:
    """Wait until the page has loaded and each plain field has become the editor that it gets."""
    page.wait_for_load_state()
    expect(page.locator("textarea[data-rich]:visible:not([readonly], [disabled])")).to_have_count(0)


def arrive(page: Page, heading: str) -> None:
    """Wait for the page with this heading, after a press that leads there.

    A press returns while the old page still stands: what is measured, typed or sought straight
    after it may meet the old page, or no page at all. So take a heading that only the new one has.
    """
    page.get_by_role("heading", name=heading, exact=True).first.wait_for()
    settle(page)


def check_accessible(page: Page) -> None:
    """Fail when axe finds anything, or when the page is wider than its window.

    The window is made as high as the page for it: else the bar at the bottom of a phone covers
    what happens to be there.
    """
    settle(page)
    window = page.viewport_size
    assert window is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({**window, "height": max(window["height"], height)})
    try:
        _judge(page)
    finally:
        page.set_viewport_size(window)


def _judge(page: Page) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    told = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n    "
        + "\n    ".join(node["html"] for node in rule["nodes"])
        for rule in found
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        told.append(f"{wide} px must be scrolled sideways")
    assert not told, f"{page.url}\n" + "\n".join(told)


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """`axe(page)` fails when axe finds anything on the page as it is now."""
    return check_accessible
