"""From the press on a button to the last delivery: an edition as an editor sends it.

`bench/meanwhile.py` calls this within the running product. Readers, blocks and the sign-off stand
in the database beforehand; what is timed begins with the form that the page sends, and ends with
the moment at which the result of the last mail is kept. An edition can be undone for a minute, in
which the product starts its senders unnoticed; here nothing can be undone, so only the first press
waits for them. It is told by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from threading import Event
from time import monotonic

from sqlalchemy import func, select

from bench import programme
from bench.newsletters import add_readers, make_edition
from bench.server import Broken
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.demo.rows import Rows
from eventsapp.demo.visitor import Visitor
from eventsapp.directory.models import Region, Theme
from eventsapp.mail.models import PENDING_STATES, Message
from eventsapp.newsletters.models import Edition, Newsletter

PRESSES = 4
LOOK, PATIENCE = 0.05, 300.0
Figure = Callable[[str, str, str, str], None]


def seconds(address: str, readers: int) -> list[float]:
    """Send some editions to so many readers, one after another; give how long each took.

    Within the application's context. Raises `Broken` when one does not leave.
    """
    newsletter = _newsletter(readers)
    numbers = [make_edition(newsletter, f"press-{one}") for one in range(PRESSES)]
    db.session.remove()  # what reads on SQLite holds the turn to write
    visitor = programme.visit(address, settings().demo_password, "ilse")
    return [_press(visitor, number) for number in numbers]


def tell(kind: str, readers: int, took: list[float], figure: Figure) -> None:
    """Print the first press, and the median of those that found senders at work."""
    first, *others = took
    name = f"edition_{readers}_{kind}"
    figure(f"{name}_first", f"{first:.2f}", "s", "press to last, the senders started too")
    about = f"press to last; aim 0.7, at most 2; median of {len(others)}"
    figure(name, f"{median(others):.2f}", "s", about)


def _newsletter(readers: int) -> int:
    rows = Rows()
    newsletter = rows.add(Newsletter, name="Vijfduizend", slug="vijfduizend", language="nl")
    regions, themes = (list(db.session.scalars(select(one.id))) for one in (Region, Theme))
    add_readers(rows, newsletter, readers, regions, themes)
    rows.save()
    db.session.commit()
    return newsletter


def _press(visitor: Visitor, number: int) -> float:
    form = visitor.open(f"/manage/editions/{number}/sending").form("/send")
    pressed = datetime.now(UTC)
    visitor.send(form)
    until = monotonic() + PATIENCE
    while not (ended := _last_delivery(number)):
        if monotonic() > until:
            raise Broken(f"Edition {number} did not leave.")
        Event().wait(LOOK)
    return (ended - pressed).total_seconds()


def _last_delivery(number: int) -> datetime | None:
    """Give when the last mail of an edition left; None as long as one waits."""
    mailing = select(Edition.mailing_id).where(Edition.id == number).scalar_subquery()
    ours = Message.mailing_id == mailing
    waits = select(Message.id).where(ours, Message.state.in_(PENDING_STATES)).limit(1)
    is_waiting = db.session.scalar(waits) is not None
    ended = (
        None if is_waiting else db.session.scalar(select(func.max(Message.settled_at)).where(ours))
    )
    db.session.rollback()
    return ended
