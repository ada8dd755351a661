"""A newsletter of 100,000 readers: its pages against a page that shows nothing, on both databases.

`python -m bench.subscribers` prints `name value unit`, one line a figure; `make bench` does too. In
one process, without a network: what is compared is the work of a page, each by turns with the empty
page. The ratio counts, and of all turns the least: whatever else runs can only add to it.
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, insert, select

from bench import programme
from bench.figures import figure, tell_machine
from config import Settings
from eventsapp.accounts.models import Account
from eventsapp.accounts.sessions import open_session
from eventsapp.app import create_app
from eventsapp.background.jobs import count_readers
from eventsapp.contacts import subscriber_figures
from eventsapp.contacts.models import Subscription, subscription_region, subscription_theme
from eventsapp.contacts.reader_kinds import ReaderKind
from eventsapp.contacts.reading import reading
from eventsapp.core.dates import now, today
from eventsapp.core.db import db, read_only
from eventsapp.demo.names import FAMILY, GIVEN
from eventsapp.directory import places, seed
from eventsapp.directory.models import Municipality, Person, PersonAddress, Theme
from eventsapp.directory.rules import search_key, sort_key
from eventsapp.newsletters.models import Newsletter
from tests.postgres import DURABLE, Postgres

READERS = int(os.environ.get("BENCH_READERS", "100000"))
TIMES = int(os.environ.get("BENCH_TIMES", "15"))
THEMES = 12
AIM = "at most 3"
LIST = "/manage/subscribers/all"
PAGES = {
    "readers_list": LIST,
    "readers_list_by_day": LIST + "?sort=since",
    "readers_list_of_region": LIST + "?region={region}",
    "readers_list_of_kind": LIST + "?kind=official",
    "readers_list_of_municipality": LIST + "?municipality={town}",
    "readers_list_of_theme": LIST + "?theme={theme}",
    "readers_list_who_left": LIST + "?state=left",
    "readers_list_search": LIST + "?q=hendriks",
    "readers_list_search_inside": LIST + "?q=endrik",
    "readers_list_search_rare": LIST + "?q=zwart+truus",
    "readers_list_search_nobody": LIST + "?q=nergens",
    "readers_list_region_search": LIST + "?region={region}&q=hendriks",
    "readers_list_region_by_day": LIST + "?region={region}&sort=since",
    "readers_list_region_kind": LIST + "?region={region}&kind=official",
    "readers_list_all_filters": LIST + "?region={region}&kind=official&theme={theme}&q=de",
    "readers_at_a_glance": "/manage/subscribers/",
    "readers_by_municipality": "/manage/subscribers/municipalities?sort=readers",
}


def main() -> int:
    """Measure alone. Gives the exit code."""
    with tempfile.TemporaryDirectory(prefix="eventsapp-bench-") as folder:
        tell_machine()
        measure(Path(folder))
    return 0


def measure(folder: Path) -> None:
    """Make the readers in either database, measure, print."""
    _measure("sqlite", folder / "readers_sqlite")
    postgres = Postgres.start(DURABLE)
    try:
        address = postgres.create("readers").replace("postgresql+psycopg:", "postgresql:")
        _measure("postgresql", folder / "readers_postgresql", address)
    finally:
        postgres.stop()


def _measure(kind: str, folder: Path, database: str = "") -> None:
    folder.mkdir(parents=True)
    environ = {"EVENTS_MODE": "demo", "EVENTS_DATA_DIR": str(folder), "EVENTS_LOG_LEVEL": "error"}
    if database:
        environ["EVENTS_DATABASE_URL"] = database
    app = create_app(Settings.from_env(environ))
    with app.app_context():
        upgrade()
        secret = make_readers()
        count_readers()  # as the clock does each hour
        db.session.commit()
        if database:
            programme.look_around()
    measure_pages(app, secret, kind)
    with app.app_context():
        measure_figures(kind)
        db.session.remove()
        db.engine.dispose()


def make_readers() -> str:
    """Fill an empty database; give the secret of a coordinator's session."""
    seed.load_reference()
    kept = db.session.scalars(select(Theme.id)).all()
    db.session.add_all(Theme(name_nl=f"Thema {n}") for n in range(THEMES - len(kept)))
    db.session.add(Newsletter(name="Nieuwsbrief", slug="nieuwsbrief"))
    kees = Person(given_name="Kees", family_name="Smit", sort_key="smit kees", search_key="kees")
    account = Account(person=kees, email="kees@programma.example", level="coordinator")
    db.session.add(account)
    db.session.flush()
    draw = random.Random(20261)  # noqa: S311 - invented readers need no cryptography
    towns = list(db.session.scalars(select(Municipality.id)))
    regions = [number for number, _ in places.working_region_names()]
    themes = list(db.session.scalars(select(Theme.id)))
    first = kees.id + 1
    numbers = range(first, first + READERS)
    _insert(Person, (_person(draw, number, towns) for number in numbers))
    _insert(
        PersonAddress,
        ({"id": n, "person_id": n, "email": f"lezer{n}@post.example"} for n in numbers),
    )
    _insert(Subscription, (_subscription(draw, number) for number in numbers))
    for table, name, choices in (
        (subscription_region, "region_id", regions),
        (subscription_theme, "theme_id", themes),
    ):
        _insert(
            table,
            (
                {"subscription_id": number, name: one}
                for number in numbers
                for one in draw.sample(choices, draw.choice((0, 0, 1, 2)))
            ),
        )
    secret = open_session(account.id, "bench")
    db.session.commit()
    return secret


def _person(draw: random.Random, number: int, towns: list[int]) -> dict[str, Any]:
    given, family = draw.choice(GIVEN), draw.choice(FAMILY)
    return {
        "id": number,
        "given_name": given,
        "family_name": family,
        "sort_key": sort_key(given, "", family),
        "search_key": search_key(given, family, f"lezer{number}@post.example"),
        "municipality_id": draw.choice(towns) if draw.random() < 0.9 else None,
    }


def _subscription(draw: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "newsletter_id": 1,
        "person_id": number,
        "address_id": number,
        "reader_kind": draw.choice(list(ReaderKind)).value,
        "started_at": now() - timedelta(minutes=draw.randrange(3_000_000)),
        "ended_at": now() if draw.random() < 0.05 else None,
    }


def _insert(table: Any, rows: Any) -> None:
    db.session.execute(insert(table), list(rows))


def measure_pages(app: Flask, secret: str, kind: str) -> None:
    """Measure each page beside one of the same frame that asks for no readers."""
    client = app.test_client()
    client.set_cookie("eventsapp_session", secret)
    with app.app_context():
        names = {
            "region": places.working_region_names()[0][0],
            "town": db.session.scalar(select(func.min(Municipality.id))),
            "theme": db.session.scalar(select(func.min(Theme.id))),
        }
    empty = "/manage/subscribers/import/"  # the same frame, a small form, no readers
    for name, pattern in PAGES.items():
        address = pattern.format(**names)
        page, yardstick = beside(lambda a=address: _get(client, a), lambda: _get(client, empty))
        figure(f"{kind}_{name}", f"{page:.1f}", "ms", f"beside {yardstick:.1f}")
        figure(f"{kind}_{name}_ratio", f"{page / yardstick:.2f}", "x", AIM)
    _measure_deep(client, kind, empty)
    _measure_export(client, kind)


def _measure_deep(client: Any, kind: str, empty: str) -> None:
    """Measure a page in the midst of the names, some hundred pages on."""
    cursor = _write_cursor(["after", "m", 1])
    page, yardstick = beside(
        lambda: _get(client, f"{LIST}?after={cursor}"), lambda: _get(client, empty)
    )
    figure(f"{kind}_readers_list_deep_ratio", f"{page / yardstick:.2f}", "x", AIM)


def _write_cursor(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _measure_export(client: Any, kind: str) -> None:
    """Measure how much more memory it takes to hand all of them out as a file."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(LIST).text)
    _peak()
    before = _peak()
    begun = time.perf_counter()
    data = {"as": "csv", "csrf_token": token[1] if token else ""}
    octets = lines = 0
    answer = client.post("/manage/subscribers/export", data=data, buffered=False)
    for piece in answer.iter_encoded():
        octets += len(piece)
        lines += piece.count(b"\n")
    if lines < READERS / 2:
        raise SystemExit(f"The export gave {lines} lines: {answer.status}")
    figure(f"{kind}_export", f"{time.perf_counter() - begun:.1f}", "s", f"{octets / 1e6:.0f} MB")
    figure(f"{kind}_export_memory", f"{_peak() - before:.0f}", "MB", "more than before it")


def _peak() -> float:
    """Give the most memory that this process ever held, in MB; begins anew from now on."""
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")
    return peak / 1000


def _get(client: Any, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:  # noqa: PLR2004 - a page, not a refusal
        raise SystemExit(f"{address} gave {answer.status}")


def measure_figures(kind: str) -> None:
    """Measure the questions behind the figures, and the one by which an edition is frozen."""
    day = today()
    with read_only():
        for name, ask in (
            ("figures_counted", lambda: subscriber_figures.figures(1, day, anew=True)),
            ("figures_kept", lambda: subscriber_figures.figures(1, day)),
            ("reading", lambda: db.session.execute(reading(1, day)).all()),
        ):
            figure(f"{kind}_{name}", f"{timed(ask, 3):.0f}", "ms", f"{READERS} readers")


def beside(one: Callable[[], Any], other: Callable[[], Any]) -> tuple[float, float]:
    """Give the least milliseconds of both, measured by turns after a first of each."""
    one(), other()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(TIMES):
        for act, times in zip((one, other), taken, strict=True):
            times.append(_milliseconds(act))
    return min(taken[0]), min(taken[1])


def timed(act: Callable[[], Any], times: int = TIMES) -> float:
    """Give the least milliseconds, after a first time that does not count."""
    act()
    return min(_milliseconds(act) for _ in range(times))


def _milliseconds(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
