"""A newsletter of 100,000 readers: its pages against a page that shows nothing, and its import.

`python -m bench.subscribers` prints `name value unit`, one line a figure. In-process, without a
network: what is compared is the work of the page, each beside the yardstick of the same minute.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, insert, select

from bench.__main__ import figure, tell_machine
from config import Settings
from eventsapp.accounts.models import Account
from eventsapp.accounts.sessions import open_session
from eventsapp.app import create_app
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

READERS = int(os.environ.get("BENCH_READERS", "100000"))
TIMES = int(os.environ.get("BENCH_TIMES", "15"))
THEMES = 12
PAGES = {
    "readers_list": "",
    "readers_list_by_day": "?sort=since",
    "readers_list_of_region": "?region={region}",
    "readers_list_of_kind": "?kind=official",
    "readers_list_of_municipality": "?municipality={town}",
    "readers_list_of_theme": "?theme={theme}",
    "readers_list_search": "?q=hendriks",
    "readers_list_search_rare": "?q=zwart+truus",
    "readers_list_search_nobody": "?q=nergens",
    "readers_list_all_filters": "?region={region}&kind=official&theme={theme}&q=de",
}


def main() -> int:
    """Make the readers, measure, print. Gives the exit code."""
    with tempfile.TemporaryDirectory(prefix="eventsapp-bench-") as folder:
        settings = Settings.from_env(
            {"EVENTS_MODE": "demo", "EVENTS_DATA_DIR": folder, "EVENTS_LOG_LEVEL": "error"}
            | {key: os.environ[key] for key in ("EVENTS_DATABASE_URL",) if key in os.environ}
        )
        app = create_app(settings)
        tell_machine()
        with app.app_context():
            upgrade()
            secret = make_readers()
        measure_pages(app, secret)
        with app.app_context():
            measure_figures()
    return 0


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


def measure_pages(app: Flask, secret: str) -> None:
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
    for name, query in PAGES.items():
        address = "/manage/subscribers/all" + query.format(**names)
        page, yardstick = beside(lambda a=address: _get(client, a), lambda: _get(client, empty))
        figure(name, f"{page:.1f}", "ms", f"{page / yardstick:.2f} x an empty page")
    page = timed(lambda: _get(client, "/manage/subscribers/"))
    figure("readers_at_a_glance", f"{page:.0f}", "ms")


def _get(client: Any, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:  # noqa: PLR2004 - a page, not a refusal
        raise SystemExit(f"{address} gave {answer.status}")


def measure_figures() -> None:
    """Measure the questions behind the figures, and the one by which an edition is frozen."""
    day = today()
    with read_only():
        for name, ask in (
            ("reach", lambda: subscriber_figures.reach(1, day)),
            ("readers_by_kind", lambda: subscriber_figures.readers_by_kind(1, day)),
            ("readers_by_region", lambda: subscriber_figures.readers_by_region(1, day)),
            ("municipalities", lambda: subscriber_figures.municipalities_page(1, day)),
            ("reading", lambda: db.session.execute(reading(1, day)).all()),
        ):
            figure(name, f"{timed(ask, 3):.0f}", "ms", f"{READERS} readers")


def beside(one: Callable[[], Any], other: Callable[[], Any]) -> tuple[float, float]:
    """Give the median milliseconds of both, measured by turns after a first of each."""
    one(), other()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(TIMES):
        for act, times in zip((one, other), taken, strict=True):
            times.append(_milliseconds(act))
    return median(taken[0]), median(taken[1])


def timed(act: Callable[[], Any], times: int = TIMES) -> float:
    """Give the median milliseconds, after a first time that does not count."""
    act()
    return median(_milliseconds(act) for _ in range(times))


def _milliseconds(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
