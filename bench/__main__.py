"""`python -m bench`: the demo programme times five, two workers, sixteen connections; then mail.

`python -m bench mail` measures mail alone, `queueing` only how readers become rows, `meanwhile`
only what answers and an edition do to each other, `memory` only what a worker takes, `readers` the
pages about the readers of a newsletter, `newsletters` its freezing and its mails, `pages` the
other pages, and `scale` a million mails. Without a word all of it, which takes three quarters of an
hour.

Prints `name value unit`, one line a figure, with its aim behind it. Every page is measured in
three rounds, each beside the yardsticks of that round; the median ratio counts. Stops with exit
code 1 when a page refuses, never with a figure that means nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.request import Request, urlopen

import click

from bench import mail, memory, programme, scale, segments, server, subscribers
from bench.figures import figure, tell_machine
from bench.server import Broken, Load
from config import Settings
from eventsapp.app import create_app
from eventsapp.demo.pages import Trouble

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
PAGE, WRITE = "page_yardstick", "write_yardstick"
AIM = 0.5
APART = ("newsletters",)
OF_MAIL = {
    "mail": mail.measure,
    "queueing": mail.only(mail.tell_queueing),
    "meanwhile": mail.only(mail.tell_meanwhile),
    "memory": mail.only(memory.measure),
}
HEAVIEST = 60  # kB of HTML


def main() -> int:
    """Measure and print. Gives the exit code."""
    try:
        with tempfile.TemporaryDirectory(prefix="eventsapp-bench-") as folder:
            wanted = set(sys.argv[1:]) or {"pages", "readers", "mail", *APART, "scale"}
            tell_machine()
            if "pages" in wanted:
                measure(Path(folder))
            if "readers" in wanted:
                subscribers.measure(Path(folder))
            for name in (one for one in OF_MAIL if one in wanted):
                OF_MAIL[name](Path(folder) / name, figure)
            for name in (one for one in APART if one in wanted):
                _run_apart(name)
            if "scale" in wanted:
                scale.measure(Path(folder) / "scale", figure)
    except (Broken, Trouble) as fault:
        click.echo(f"The bench stopped: {fault}", err=True)
        return 1
    return 0


def _run_apart(name: str) -> None:
    """Measure in a process of its own, so that its memory is its own. Raises `Broken`."""
    if subprocess.run([sys.executable, "-m", f"bench.{name}"]).returncode:
        raise Broken(f"bench.{name} stopped")


def measure(folder: Path) -> None:
    """Load, serve, measure, print."""
    address = f"http://127.0.0.1:{server.free_port()}"
    environ = {
        "EVENTS_MODE": "demo",
        "EVENTS_DATA_DIR": str(folder),
        "EVENTS_BASE_URL": address,
        "EVENTS_LOG_LEVEL": "error",
    }
    settings = Settings.from_env(environ)
    app = create_app(settings)
    programme.load(app)
    addresses = programme.prepare(app, folder)
    pages = {
        "meeting_page": addresses.meeting,
        "answer_page": addresses.answer,
        "people_list": "/manage/people/",
        "organisations_list": "/manage/organisations/",
        "meetings_list": "/manage/meetings/?period=past",
        "month_table": addresses.month,
    }
    with server.serving(environ):
        cookie = programme.sign_in(address, settings.demo_password)
        sizes = {name: weigh(address + path, cookie) for name, path in pages.items()}
        rounds = [
            dict(one_round(address, pages, cookie, str(folder / "answers.txt")))
            for _ in range(ROUNDS)
        ]
    tell_loads(rounds, list(pages))
    for name, kilobytes in sizes.items():
        figure(f"{name}_size", f"{kilobytes:.1f}", "kB", f"below {HEAVIEST}")
    with app.app_context():
        ours, by_hand, people = segments.compare()
    figure("contact_list", f"{ours:.2f}", "ms", f"{people} people, three conditions")
    figure("contact_list_by_hand", f"{by_hand:.2f}", "ms")
    figure("contact_list_ratio", f"{ours / by_hand:.2f}", "x", "at most 1.5")


def one_round(
    address: str, pages: dict[str, str], cookie: str, answers: str
) -> Iterator[tuple[str, Load]]:
    """Measure both yardsticks and everything that is held against them."""
    yield PAGE, server.load(address, "/bench/page", SECONDS, cookie=cookie)
    for name, path in pages.items():
        yield name, server.load(address, path, SECONDS, cookie=cookie)
    yield WRITE, server.load(address, "/bench/write", SECONDS, script="post.lua")
    yield (
        "answer_post",
        server.load(address, "/", SECONDS, script="answers.lua", paths=answers),
    )


def tell_loads(rounds: list[dict[str, Load]], pages: list[str]) -> None:
    """Print how fast each was, and the ratio to its yardstick."""
    for yardstick, names in ((PAGE, pages), (WRITE, ["answer_post"])):
        speeds = [one[yardstick].per_second for one in rounds]
        figure(yardstick, f"{median(speeds):.0f}", "per_second")
        for name in names:
            speed = median(one[name].per_second for one in rounds)
            ratio = median(one[name].per_second / one[yardstick].per_second for one in rounds)
            p95 = median(one[name].p95_ms for one in rounds)
            figure(name, f"{speed:.0f}", "per_second")
            figure(f"{name}_ratio", f"{ratio:.2f}", "x", f"at least {AIM}")
            figure(f"{name}_p95", f"{p95:.0f}", "ms", "below 60" if name == "answer_post" else "")


def weigh(address: str, cookie: str) -> float:
    """Give the size of a page in kB of HTML. Raises `Broken` when it is not there."""
    with urlopen(Request(address, headers={"Cookie": cookie}), timeout=30) as answer:
        if answer.url != address:
            raise Broken(f"{address} led to {answer.url}.")
        return len(answer.read()) / 1000


if __name__ == "__main__":
    sys.exit(main())
