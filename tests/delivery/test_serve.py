"""The product in one process, as an administrator runs it."""

import signal
import socket
import urllib.error
import urllib.request
from threading import Thread
from wsgiref.simple_server import demo_app

import pytest

from eventsapp.background.serve import open_web


def ask(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code, ""


@pytest.fixture
def production(serve, closed_network):
    """The address of the product in production, and the process that serves it."""
    process = serve()
    line = next(line for line in process.stdout if "ready at" in line)
    address = line.split()[-1]
    closed_network.open.add(int(address.rpartition(":")[2]))
    return address, process


def test_production_answers_and_has_no_post_office(production, tmp_path):
    address, _ = production
    assert ask(f"{address}/healthz")[0] == 200
    assert [ask(f"{address}/postoffice{end}")[0] for end in ("", ".json", "/1")] == [404] * 3
    assert not (tmp_path / "postoffice").exists()


def test_production_stops_cleanly(production):
    _, process = production
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=600) == 0


@pytest.mark.parametrize(("proxies", "passes"), [(0, False), (1, True)])
def test_what_a_proxy_says_is_heard_only_behind_one(settings, closed_network, proxies, passes):
    web = socket.create_server(("127.0.0.1", 0))
    closed_network.open.add(web.getsockname()[1])
    server = open_web(demo_app, web, settings.replace(trusted_proxies=proxies))
    thread = Thread(target=server.run)
    thread.start()
    _, page = ask(f"http://127.0.0.1:{web.getsockname()[1]}/", **{"X-Forwarded-For": "203.0.113.9"})
    server.trigger.pull_trigger(server.close)
    thread.join(timeout=600)
    assert not thread.is_alive()
    assert ("203.0.113.9" in page) is passes
