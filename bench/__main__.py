"""`python -m bench`: the demo programme times five, two workers, sixteen connections; then mail.

`python -m bench PART …` measures what is asked for: `pages`, `readers` (the pages about the readers
of a newsletter), `newsletters` (its freezing and its mails), `mail`, and `scale` (a million mails).
Without a word these five. Of `mail` there are `queueing` (how readers become rows), `meanwhile`
(what answers and an edition do to each other) and `memory` (what a worker takes) alone.

Prints `name value unit`, one line a figure, with its aim behind it, and how long each part took.
Every page is measured in three rounds, each beside the yardsticks of that round; the median ratio
counts. Ends with exit code 1 when a page refuses, never with a figure that means nothing; with 2
for a part that there is not. Whatever it started is gone when it ends, also when it is stopped.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import monotonic
from urllib.request import Request, urlopen

import click

from bench import mail, memory, programme, scale, segments, server, subscribers
from bench.figures import figure, tell_machine
from bench.server import Broken, Load
from config import Settings
from eventsapp.app import create_app
from eventsapp.demo.pages import Trouble
from tests.postgres import PostgresMissing

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
PAGE, WRITE = "page_yardstick", "write_yardstick"
AIM = 0.5
HEAVIEST = 60  # kB of HTML
STOPPED = 130  # the exit code of a program that was stopped from the keyboard


def main(words: list[str]) -> int:
    """Measure the parts that are named, or all, and print. Gives the exit code."""
    if unknown := [word for word in words if word not in PARTS]:
        told = f"There is no part {', '.join(unknown)}. There are: {', '.join(PARTS)}."
        click.echo(told, err=True)
        return 2
    # Whoever ends the bench ends its servers too: each is stopped where its block is left.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        tell_machine()
        for name in [part for part in PARTS if part in (words or WHOLE)]:
            begun = monotonic()
            with tempfile.TemporaryDirectory(prefix="eventsapp-bench-") as folder:
                PARTS[name](Path(folder))
            figure(f"{name}_took", f"{(monotonic() - begun) / 60:.1f}", "min")
    except (Broken, Trouble, PostgresMissing) as fault:
        click.echo(f"The bench stopped: {fault}", err=True)
        return 1
    except KeyboardInterrupt:
        click.echo("The bench was stopped.", err=True)
        return STOPPED
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


PARTS: dict[str, Callable[[Path], None]] = {
    "pages": measure,
    "readers": subscribers.measure,
    "mail": lambda folder: mail.measure(folder, figure),
    "queueing": lambda folder: mail.only(mail.tell_queueing)(folder, figure),
    "meanwhile": lambda folder: mail.only(mail.tell_meanwhile)(folder, figure),
    "memory": lambda folder: mail.only(memory.measure)(folder, figure),
    "newsletters": lambda _folder: _run_apart("newsletters"),
    "scale": lambda folder: scale.measure(folder, figure),
}
WHOLE = "pages", "readers", "mail", "newsletters", "scale"  # the three others are parts of mail


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
