"""The figures of mail: `python -m bench mail`, or behind those of the pages.

Every rate of ours stands beside that of Postfix's `smtp-source` into the same sink, taken right
before and right after; the ratio counts, and of three rounds the median. What is printed behind
a figure says of how many rounds it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

from bench import mail_runs, meanwhile, memory, sink
from bench.mail_runs import Run
from tests.postgres import DURABLE, Postgres

SENDERS = 2  # as the built-in clock starts for a large edition, and as workers here
READERS = int(os.environ.get("BENCH_MAIL_READERS", "20000"))
MANY = int(os.environ.get("BENCH_MAIL_MANY", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
OF_ROUNDS = f"median of {ROUNDS}"
FEW = 5_000
USUAL = 200  # mails a round; the usual way takes two seconds for them
AT_ONCE = 500  # django-post_office's own way: a full batch
DELAY = 0.02
Figure = Callable[[str, str, str, str], None]


def measure(folder: Path, figure: Figure) -> None:
    """Measure and print. Raises `Broken` when a run did not send everything."""
    sizes = mail_runs.weigh(folder / "weigh")
    figure("mail_size", f"{sizes / 1000:.1f}", "kB", "one mail of the edition")
    postgres = Postgres.start(DURABLE)
    try:
        _tell_editions(folder, postgres, sizes, figure)
        tell_queueing(folder, postgres, figure)
        tell_meanwhile(folder, postgres, figure)
        memory.measure(folder, postgres, figure)
    finally:
        postgres.stop()
    _tell_usual_ways(folder, sizes, figure)
    _tell_slow_relays(figure)


def _tell_editions(folder: Path, postgres: Postgres, size: int, figure: Figure) -> None:
    """Print the rates of whole editions, claimed, made, sent, and each result kept."""
    ways: dict[str, Callable[[Path, int], Run]] = {
        "edition_sqlite": lambda at, port: mail_runs.edition(at, port, READERS, workers=SENDERS),
        "edition_alone": lambda at, port: mail_runs.edition(at, port, READERS),
        "edition_postgresql": lambda at, port: mail_runs.edition(
            at, port, READERS, database=postgres.create(at.name), workers=SENDERS
        ),
        "edition_signed": lambda at, port: mail_runs.edition(
            at, port, READERS, workers=SENDERS, is_signed=True
        ),
        "edition_5000": lambda at, port: mail_runs.edition(at, port, FEW, workers=SENDERS),
        "edition_many": lambda at, port: mail_runs.edition(at, port, MANY, workers=SENDERS),
        "edition_many_postgresql": lambda at, port: mail_runs.edition(
            at, port, MANY, database=postgres.create(at.name), workers=SENDERS
        ),
    }
    aims = {
        "edition_sqlite": "two senders; aim 0.9, at least 0.5",
        "edition_alone": "SQLite, one sender",
        "edition_postgresql": "two workers; aim 0.75, at least 0.4",
        "edition_many": f"{MANY} readers, SQLite; aim 0.9, at least 0.5",
        "edition_many_postgresql": f"{MANY} readers; aim 0.75, at least 0.4",
        "edition_signed": "RSA-2048; aim 0.18, at least 0.12",
    }
    ratios: dict[str, list[float]] = {name: [] for name in ways}
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    sources: list[float] = []
    # PostgreSQL goes last: it tidies up behind its own runs, and would do so during others.
    order = sorted(ways, key=lambda name: "postgresql" in name)
    for name, turn in [(name, turn) for name in order for turn in range(ROUNDS)]:
        with sink.serving() as server:
            before = mail_runs.smtp_source(server.port, READERS // 2, size)
            runs[name].append(ways[name](folder / f"{name}_{turn}", server.port))
            after = mail_runs.smtp_source(server.port, READERS // 2, size)
        ratios[name].append(runs[name][-1].rate * 2 / (before + after))
        sources += [before, after]
    about = f"8 sessions, kept; median of {len(sources)}"
    figure("smtp_source", f"{median(sources):.0f}", "per_second", about)
    for name in ways:
        figure(name, f"{median(one.rate for one in runs[name]):.0f}", "per_second", OF_ROUNDS)
        figure(f"{name}_cpu", f"{median(one.cpu_us for one in runs[name]):.0f}", "us", "a mail")
        if name in aims:
            about = f"{aims[name]}; {OF_ROUNDS}"
            figure(f"{name}_ratio", f"{median(ratios[name]):.2f}", "x", about)
    seconds = median(one.seconds for one in runs["edition_5000"])
    about = f"queued to last; aim 0.7, at most 2; {OF_ROUNDS}"
    figure("edition_5000_seconds", f"{seconds:.2f}", "s", about)
    for name, readers in (("edition_sqlite", READERS), ("edition_many", MANY)):
        peak = max(one.peak_mb for one in runs[name])
        figure(
            f"{name}_peak",
            f"{peak:.0f}",
            "MB",
            f"{readers} readers; aim 60, below 100; the most of {ROUNDS}",
        )


def only(part: Callable[[Path, Postgres, Figure], None]) -> Callable[[Path, Figure], None]:
    """Make a measurement of one part of mail, with a server of its own."""

    def measure_part(folder: Path, figure: Figure) -> None:
        postgres = Postgres.start(DURABLE)
        try:
            part(folder, postgres, figure)
        finally:
            postgres.stop()

    return measure_part


def tell_queueing(folder: Path, postgres: Postgres, figure: Figure) -> None:
    """Print how long many readers take to become rows, beside the database's own copying."""
    for kind, database in (("sqlite", ""), ("postgresql", postgres.create("queueing"))):
        seconds = mail_runs.queueing(folder / f"queueing_{kind}", MANY, ROUNDS, database)
        ours, own, ratio = (seconds[name] for name in ("ours", "own", "ratio"))
        figure(f"queueing_{kind}", f"{ours:.2f}", "s", f"{MANY} readers; {OF_ROUNDS}")
        figure(f"queueing_{kind}_plain", f"{own:.2f}", "s", "INSERT … SELECT, one unique key")
        figure(f"queueing_{kind}_ratio", f"{ratio:.1f}", "x", f"at most 3; {OF_ROUNDS}")


def tell_meanwhile(folder: Path, postgres: Postgres, figure: Figure) -> None:
    """Print what a large edition and answers do to each other."""
    meanwhile.measure(folder, postgres, MANY, figure)


def _tell_usual_ways(folder: Path, size: int, figure: Figure) -> None:
    """Print how fast the same edition goes the ways that are usual, beside the same yardstick."""
    python = mail_runs.install_post_office(folder / "django")
    rates: dict[str, list[float]] = {"usual_way": [], "django_post_office": []}
    ratios: dict[str, list[float]] = {name: [] for name in rates}
    for turn in range(ROUNDS):
        with sink.serving() as server:
            sources = [mail_runs.smtp_source(server.port, READERS // 8, size)]
            usual = mail_runs.usual(folder / f"usual_{turn}", server.port, USUAL)
            sources.append(mail_runs.smtp_source(server.port, READERS // 8, size))
            django = mail_runs.post_office(python, server.port, AT_ONCE, size)
            sources.append(mail_runs.smtp_source(server.port, READERS // 8, size))
        for name, rate, beside in (
            ("usual_way", usual.rate, sources[:2]),
            ("django_post_office", django, sources[1:]),
        ):
            rates[name].append(rate)
            ratios[name].append(rate / mean(beside))
    about = {"usual_way": "built, smtplib, commit each", "django_post_office": "two threads"}
    for name, told in about.items():
        figure(name, f"{median(rates[name]):.0f}", "per_second", f"{told}; {OF_ROUNDS}")
        figure(f"{name}_ratio", f"{median(ratios[name]):.3f}", "x", OF_ROUNDS)


def _tell_slow_relays(figure: Figure) -> None:
    """Print what share of connections ÷ delay the lane gets from a relay that takes its time."""
    for connections in (32, 128):
        best = connections / DELAY
        with sink.serving(delay=DELAY) as server:
            rates = [mail_runs.lane(server.port, connections, int(best * 3)) for _ in range(ROUNDS)]
        told = f"20 ms a mail; {OF_ROUNDS}"
        figure(f"slow_relay_{connections}", f"{median(rates):.0f}", "per_second", told)
        share = f"{median(rates) / best:.2f}"
        aim = f"at least 0.9 with 32, aim for the same with 128; {OF_ROUNDS}"
        figure(f"slow_relay_{connections}_share", share, "x", aim)
