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

ASKED = 30
Figure = Callable[[str, str, str, str], None]
COURSE = text("""
UPDATE message SET settled_at = created_at, state = CASE
    WHEN id % 100 = 0 THEN 'failed' WHEN id % 1000 = 1 THEN 'unknown' ELSE 'sent' END,
    reason = CASE WHEN id % 100 = 0 THEN 'no_such_user' ELSE '' END
WHERE id % 10 <> 5
""")


def measure(folder: Path, most: int, figure: Figure) -> None:
    """Measure and print. Raises `Broken` when a page refuses."""
    place = folder / "page"
    place.mkdir(parents=True)
    environ = {
        "EVENTS_MODE": "demo",
        "EVENTS_DATA_DIR": str(place),
        "EVENTS_BASE_URL": f"http://127.0.0.1:{server.free_port()}",
        "EVENTS_LOG_LEVEL": "error",
    }
    settings = Settings.from_env(environ)
    app = create_app(settings)
    programme.load(app, times=1)
    mail_runs.queue(place, most)
    with app.app_context():
        full = db.session.execute(text("SELECT max(mailing_id) FROM message")).scalar_one()
        db.session.execute(COURSE)
        empty = readers.open_edition().id
        db.session.commit()
        db.session.remove()
    with server.serving(environ) as address:
        visitor = programme.visit(address, settings.demo_password)
        first = _seconds(visitor, full)
        times = [(_seconds(visitor, full), _seconds(visitor, empty)) for _ in range(ASKED)]
    large, small = (median(one) * 1000 for one in zip(*times, strict=True))
    figure("mailing_page_first", f"{first * 1000:.0f}", "ms", f"{most} mails, counted anew")
    figure("mailing_page_full", f"{large:.1f}", "ms", f"{most} mails")
    figure("mailing_page_empty", f"{small:.1f}", "ms", "no mails")
    figure("mailing_page_ratio", f"{large / small:.1f}", "x", "at most 3")


def _seconds(visitor: Visitor, mailing: int) -> float:
    begun = perf_counter()
    page = visitor.open(f"/manage/mail/{mailing}")
    if page.path != f"/manage/mail/{mailing}":
        raise Broken(f"The page of a mailing led to {page.path}.")
    return perf_counter() - begun
