"""The page of a mailing of very many mails, against that of a mailing without any.

A tenth of its mails waits, the others have left, came back or failed, as in the middle of an
edition; nothing is sent meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import text

from bench import mail_runs, programme, readers, server
from bench.server import Broken
from config import Settings
from eventsapp.app import create_app
from eventsapp.core.db import db
from eventsapp.demo.visitor import Visitor
from tests.postgres import DURABLE, Postgres

ASKED = 30
Figure = Callable[[str, str, str, str], None]
COURSE = text("""
UPDATE message SET settled_at = created_at, state = CASE
    WHEN id % 100 = 0 THEN 'failed' WHEN id % 1000 = 1 THEN 'unknown' ELSE 'sent' END,
    reason = CASE WHEN id % 100 = 0 THEN 'no_such_user' ELSE '' END
WHERE id % 10 <> 5
""")


def measure(folder: Path, most: int, figure: Figure) -> None:
    """Measure and print, on both databases. Raises `Broken` when a page refuses."""
    _measure("sqlite", folder / "page_sqlite", "", most, figure)
    postgres = Postgres.start(DURABLE)
    try:
        address = postgres.create("page").replace("postgresql+psycopg:", "postgresql:")
        _measure("postgresql", folder / "page_postgresql", address, most, figure)
    finally:
        postgres.stop()


def _measure(kind: str, place: Path, database: str, most: int, figure: Figure) -> None:
    place.mkdir(parents=True)
    environ = {
        "EVENTS_MODE": "demo",
        "EVENTS_DATA_DIR": str(place),
        "EVENTS_BASE_URL": f"http://127.0.0.1:{server.free_port()}",
        "EVENTS_LOG_LEVEL": "error",
    }
    if database:
        environ["EVENTS_DATABASE_URL"] = database
    settings = Settings.from_env(environ)
    app = create_app(settings)
    programme.load(app, times=1)
    mail_runs.queue(place, most, database=database)
    with app.app_context():
        full = db.session.execute(text("SELECT max(mailing_id) FROM message")).scalar_one()
        db.session.execute(COURSE)
        empty = readers.open_edition().id
        db.session.commit()
        if database:
            programme.look_around()
        db.session.remove()
        db.engine.dispose()
    with server.serving(environ) as address:
        visitor = programme.visit(address, settings.demo_password)
        _seconds(visitor, empty)
        times = [(_seconds(visitor, full), _seconds(visitor, empty)) for _ in range(ASKED)]
    large, small = (median(one) * 1000 for one in zip(*times, strict=True))
    name = f"mailing_page_{kind}"
    figure(f"{name}_full", f"{large:.1f}", "ms", f"{most} mails, counted each time")
    figure(f"{name}_empty", f"{small:.1f}", "ms", "no mails")
    figure(f"{name}_ratio", f"{large / small:.1f}", "x", "at most 3")


def _seconds(visitor: Visitor, mailing: int) -> float:
    begun = perf_counter()
    page = visitor.open(f"/manage/mail/{mailing}")
    if page.path != f"/manage/mail/{mailing}":
        raise Broken(f"The page of a mailing led to {page.path}.")
    return perf_counter() - begun
