"""What grows with the number of readers, and what must not: `python -m bench scale`.

Takes minutes: a million mails are sent. Memory is that of a sender that starts anew for each size;
the rate of the small editions is taken before and after the large one, against a machine whose
speed changes meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench import mail_page, mail_runs, sink
from bench.mail import SENDERS
from tests.postgres import DURABLE, Postgres

SMALL, MIDDLE = 10_000, 100_000
MOST = int(os.environ.get("BENCH_SCALE", "1000000"))
Figure = Callable[[str, str, str, str], None]


def measure(folder: Path, figure: Figure) -> None:
    """Measure and print, on both databases. Raises `Broken` when a run did not send everything."""
    _measure("sqlite", folder / "sqlite", lambda _name: "", figure)
    postgres = Postgres.start(DURABLE)
    try:
        _measure("postgresql", folder / "postgresql", postgres.create, figure)
    finally:
        postgres.stop()
    mail_page.measure(folder, MOST, figure)


def _measure(kind: str, folder: Path, make: Callable[[str], str], figure: Figure) -> None:
    """Measure rate and memory; `make` gives the address of a new database."""
    sizes = [size for size in (SMALL, MIDDLE) if size < MOST]
    least = min(SMALL, MOST)
    small: list[float] = []
    peaks: dict[int, float] = {}

    def send(readers: int, turn: str) -> float:
        name = f"scale_{readers}_{turn}"
        with sink.serving() as server:
            run = mail_runs.edition(
                folder / name, server.port, readers, database=make(name), workers=SENDERS
            )
        peaks[readers] = max(peaks.get(readers, 0.0), run.peak_mb)
        return run.rate

    def tell(name: str, value: str, unit: str, aim: str = "") -> None:
        figure(f"scale_{kind}_{name}", value, unit, aim)

    for turn in "abc":
        small.append(send(least, turn))
    for size in sizes[1:]:
        tell(f"rate_{size}", f"{send(size, 'once'):.0f}", "per_second")
    large = send(MOST, "most")
    for turn in "def":
        small.append(send(least, turn))
    tell(f"rate_{least}", f"{median(small):.0f}", "per_second", "three before, three after")
    tell(f"rate_{MOST}", f"{large:.0f}", "per_second")
    tell("rate_ratio", f"{large / median(small):.2f}", "x", "at least 0.95")
    for readers, peak in sorted(peaks.items()):
        tell(f"peak_{readers}", f"{peak:.0f}", "MB", "aim 60, below 100")
    tell("peak_growth", f"{peaks[MOST] - peaks[least]:.1f}", "MB", "below 10")
