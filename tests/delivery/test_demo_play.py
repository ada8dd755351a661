"""What a newcomer types: start the product, let the main job play itself, stop, start again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import Settings
from eventsapp.demo.play import Play

ROOT = Path(__file__).parents[2]
FLASK = (sys.executable, "-m", "flask", "--app", "eventsapp.app")
PATIENCE = 900  # seconds; two quiet cores need ten for all, a busy machine may be very slow


@pytest.fixture
def environ(tmp_path, keep_port):
    """A fresh clone's surroundings: a folder of its own and ports that nobody has."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENTS_")}
    return kept | {
        "EVENTS_MODE": "demo",
        "EVENTS_DATA_DIR": str(tmp_path),
        "EVENTS_PORT": str(keep_port()),
        "EVENTS_POSTOFFICE_PORT": str(keep_port()),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def serving(environ) -> Iterator[str]:
    """The product as `make run` starts it; gives what it said until it was ready."""
    server = subprocess.Popen(
        [*FLASK, "serve"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        said = ""
        while "Stop with Ctrl-C" not in said:
            line = server.stdout.readline()
            assert line, f"the product stopped by itself: {said}"
            said += line
        yield said
        server.terminate()
        assert server.wait(PATIENCE) == 0
    finally:
        server.kill()  # no other test may meet it, whatever went wrong
        server.wait()
        server.stdout.close()


def play(environ) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FLASK, "demo-play"], cwd=ROOT, env=environ, capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip


def steps_of(done):
    assert (done.returncode, done.stderr) == (0, "")
    return re.findall(r"^ *\d+\. (.+)$", done.stdout, re.MULTILINE)


def played_late(url):
    """Play what depends on the hour as late in the evening; give where attendance was marked."""
    late = Play(url, Settings(mode="demo").demo_password)
    late.moment = late.moment.replace(hour=23, minute=30)
    late.sign_in()
    late.plan()
    late.publish()
    assert "a meeting behind us" in late.mark()
    late.add_walk_in()
    return late.attendance.url.partition("?")[0]


# One test: what it starts takes long, and the processes of a run do not share it.
def test_the_main_job_plays_itself_again_and_after_a_restart(environ, closed_network):
    url = f"http://127.0.0.1:{environ['EVENTS_PORT']}"
    closed_network.open.add(int(environ["EVENTS_PORT"]))
    with serving(environ) as said:
        steps = steps_of(play(environ))
        assert played_late(url) != played_late(url)
    assert url in said
    assert "Sign in as anna@programma.example" in said
    with serving(environ) as said_again:
        again = steps_of(play(environ))
    assert "Loading" in said
    assert "Loading" not in said_again  # the data were kept

    assert len(steps) == len(again) == 12
    invited = re.search(r"Invited (\d+)", steps[3])[1]
    assert steps[4] == f"Received {invited} mails in the post office, {invited} with an entry."
    assert "7 confirmations" in steps[6]
    assert steps[7] == again[7]
    assert re.fullmatch(r"Exported it as CSV: \d+ people, \d+ columns\.", steps[11])


def test_without_the_product_it_says_what_to_type(environ):
    done = play(environ)
    assert done.returncode == 1
    assert "make run" in done.stderr
    assert done.stderr.count("\n") == 1
