"""The browser of the tests sees what goes wrong on a page; tried on pages made for it.

And when it, or the server that it asks, goes away itself, the test says so.
"""

from collections.abc import Iterator
from contextlib import suppress
from socket import create_server
from threading import Thread

import pytest
from playwright.sync_api import Error
from werkzeug.serving import make_server

from tests.browsing import check_accessible, watched_page
from tests.serving import Served

BODY = '<!doctype html><html lang="nl"><head><title>Dag</title></head><body><main>{}</main></body>'
PAGES = {
    "/": "<h1>Dag</h1><p>Welkom.</p>",
    "/script": '<h1>Dag</h1><button onclick="weg()">x</button>',
    "/foreign": '<h1>Dag</h1><img alt="" src="http://192.0.2.1/x.png">',
    "/part": '<h1>Dag</h1><img alt="" src="/none.png">',
}


def page_for(environ, start_response):
    body = PAGES.get(environ["PATH_INFO"])
    start_response("200 OK" if body else "404 Not Found", [("Content-Type", "text/html")])
    return [BODY.format(body or "").encode()]


@pytest.fixture
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, page_for, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_sound_page_passes(browser, address, closed_network):
    with watched_page(browser, address, 360) as page:
        page.goto("/")
        check_accessible(page)


def test_axe_tells_what_keeps_people_out(browser, address):
    with watched_page(browser, address, 1280) as page:
        page.goto("/")
        page.evaluate("document.querySelector('p').innerHTML = '<img src=\"/\">'")
        with pytest.raises(AssertionError, match="image-alt"):
            check_accessible(page)


def test_sideways_scrolling_is_a_fault(browser, address):
    with watched_page(browser, address, 360) as page:
        page.goto("/")
        page.evaluate("document.querySelector('p').setAttribute('style', 'width: 500px')")
        with pytest.raises(AssertionError, match="scrolled sideways"):
            check_accessible(page)


def visit(browser, address, path):
    with watched_page(browser, address, 360) as page:
        # Where a network swallows what it does not know, the page would wait for an answer.
        page.route("http://192.0.2.1/**", lambda route: route.abort())
        page.goto(path)
        for button in page.get_by_role("button").all():
            button.click()


@pytest.mark.parametrize(
    ("path", "fault"), [("/foreign", "foreign host"), ("/part", "404"), ("/script", "script")]
)
def test_what_the_browser_saw_go_wrong_fails_the_test(browser, address, path, fault):
    with pytest.raises(AssertionError, match=fault):
        visit(browser, address, path)


def test_a_page_that_crashes_is_told(browser, address):
    with (
        pytest.raises(AssertionError, match="the page crashed"),
        watched_page(browser, address, 360) as page,
        suppress(Error),
    ):
        page.goto("chrome://crash")


def test_a_browser_that_went_away_is_started_anew(chromium):
    gone = chromium.running()
    gone.close()
    assert chromium.running() is not gone
    assert chromium.running().is_connected()


def test_a_server_that_stopped_is_told(product):
    with create_server(("127.0.0.1", 0)) as listener:
        server = Served(product, listener)
        server.rest()
        server.close()
        with pytest.raises(pytest.fail.Exception, match="has stopped"):
            server.check()
