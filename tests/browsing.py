"""Chromium for tests: Debian's own, against the product served by waitress on a free port.

A page that logs an error, breaks the content security policy, asks another host for anything or
misses a file fails its test.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    Error,
    Page,
    Playwright,
    Response,
    expect,
    sync_playwright,
)

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync",
         # In a container the shared memory is small: a page that needs more would crash.
         "--disable-dev-shm-usage")  # fmt: skip
# Long, for a busy machine: only a test that fails waits for it.
PATIENCE = 30_000
# A page without our scripts, or one on which they are all at work.
READY = "html:not(:has(script[src*='/js/app.js'])), html[data-ready]"
# What a script has still to take in hand, also in a part of a page that came later.
BARE = (
    "textarea[data-rich]:visible:not([readonly], [disabled]), "
    "form[data-autosave]:not([data-keeps]), [data-picture]:not([data-takes]), "
    "[data-order]:not([data-moves]), [data-watch]:not([data-watched])"
)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


class Chromium:
    """Debian's Chromium, without a window; started anew when it went away."""

    def __init__(self, playwright: Playwright, program: str) -> None:
        self._playwright, self._program = playwright, program
        self._browser: Browser | None = None

    def running(self) -> Browser:
        """Give the one that runs."""
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._playwright.chromium.launch(
                executable_path=self._program, args=list(QUIET)
            )
        return self._browser

    def close_pages(self) -> None:
        """Close what a test that failed left open."""
        for context in self._browser.contexts if self._browser is not None else ():
            with suppress(Error):  # a browser that went away tells so itself
                context.close()

    def close(self) -> None:
        """Stop it, if it was ever needed."""
        if self._browser is not None:
            self._browser.close()


@pytest.fixture(scope="session")
def chromium(hang_ups: list[Callable[[], None]]) -> Iterator[Chromium]:
    """The one browser of a run."""
    program = shutil.which("chromium")
    if not program:
        pytest.fail("Chromium is not here. Type: sudo deploy/debian_packages.sh test")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        chromium = Chromium(playwright, program)
        hang_ups.append(chromium.close_pages)
        yield chromium
        chromium.close()


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Browser]:
    """Chromium, for pages of one test; when it went away the test says so, not only its pages."""
    browser = chromium.running()
    yield browser
    if not browser.is_connected():
        pytest.fail("Chromium went away during this test; the next one gets a new one.")


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
    page.on("crash", lambda _: faults.append("the page crashed: out of memory?"))
    page.on("pageerror", lambda fault: faults.append(f"script: {fault}"))
    page.on("console", lambda line: faults.extend(_complaint(line.type, line.text)))
    page.on("response", lambda response: faults.extend(_missing(response)))
    page.on("request", lambda request: faults.extend(_foreign(request.url, address)))
    try:
        yield page
        _hear_out(page)
    finally:
        with suppress(Error):  # a browser that went away tells so itself
            context.close()
    assert not faults, "\n".join(faults)


def _hear_out(page: Page) -> None:
    """Let all that a page still has to tell arrive: a fault of its last moment comes first."""
    with suppress(Error):  # it may be on its way to another page, or gone
        page.evaluate("0")


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
    """Open a page that must be there (axe finds nothing on an error page either), and settle."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status, f"{path}: {answer.status}"
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page has loaded, and its scripts are at work.

    They come after the page itself: a key pressed before meets a page that does not know it yet.
    """
    page.wait_for_load_state()
    expect(page.locator(READY)).to_have_count(1)
    expect(page.locator(BARE)).to_have_count(0)


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
