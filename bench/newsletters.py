"""An edition for many readers: how often anything is rendered, and how long the freeze takes.

`python -m bench newsletters` prints `name value unit`, one line a figure, for 6,000 and 100,000
readers of 40 regions and 12 themes (BENCH_READERS=6000 for one of them), in a process that makes
nothing else. Without a network: every mail is made to its last octet, and handed to nobody.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import delete, func, select, text

from bench.figures import figure
from bench.mail_worker import peak_mb
from config import Settings
from eventsapp.app import create_app
from eventsapp.contacts.models import Subscription, subscription_region, subscription_theme
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import today
from eventsapp.core.db import db, reading_first
from eventsapp.demo.rows import Rows
from eventsapp.directory.models import Person, PersonAddress, Region, RegionScheme, Theme
from eventsapp.mail import assembling
from eventsapp.mail.claims import COLUMNS, Claimed
from eventsapp.mail.judging import Cover, Ready
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.rendering import Renderer
from eventsapp.newsletters import audience, editions, render, sending
from eventsapp.newsletters.models import Block, Edition, Newsletter, SignOff
from eventsapp.newsletters.snapshot import frozen

SIZES = [int(one) for one in os.environ.get("BENCH_READERS", "6000,100000").split(",")]
TIMES = 20
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
REGIONS, THEMES, BLOCKS, ENGLISH, TEXT = 40, 12, 18, 0.08, 0.04
WORDS = "<p>In het dorpshuis eten elke woensdag veertig mensen samen; vrijwilligers koken.</p>"


def main() -> int:
    """Make the readers, send, make every mail, print. Gives the exit code."""
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="eventsapp-bench-") as folder:
            measure(Path(folder), size)
    return 0


def measure(folder: Path, size: int) -> None:
    """Measure one newsletter of so many readers."""
    app = create_app(
        Settings.from_env(
            {"EVENTS_MODE": "demo", "EVENTS_DATA_DIR": str(folder), "EVENTS_LOG_LEVEL": "error"}
            | {key: os.environ[key] for key in ("EVENTS_DATABASE_URL",) if key in os.environ}
        )
    )
    assembling.forget()
    with app.app_context():
        upgrade()
        edition_id = make_edition(make_readers(size))
        tell_plan(edition_id, size)
        tell_freeze(edition_id, size)
        tell_mails(edition_id, size)
        tell_rendering(edition_id)
        db.session.remove()


def make_readers(size: int) -> int:
    """Make a newsletter with its readers; gives its number."""
    rows = Rows()
    scheme = rows.add(RegionScheme, code="labour", name="Arbeidsmarktregio's", is_working=True)
    regions = [
        rows.add(Region, scheme_id=scheme, code=f"R{one}", name=f"Regio {one}")
        for one in range(REGIONS)
    ]
    themes = [rows.add(Theme, name_nl=f"Thema {one}") for one in range(THEMES)]
    newsletter = rows.add(Newsletter, name="Nieuwsbrief", slug="nieuwsbrief", language="nl")
    add_readers(rows, newsletter, size, regions, themes)
    rows.save()
    db.session.commit()
    return newsletter


def add_readers(
    rows: Rows, newsletter: int, size: int, regions: list[int], themes: list[int]
) -> None:
    """Invent readers of a newsletter, each with some regions and themes of these."""
    chance = random.Random(7)
    for one in range(size):
        name = f"Lezer{one}"
        language = "en" if chance.random() < ENGLISH else "nl"
        person = rows.add(
            Person, given_name=name, family_name="Bos", sort_key=name, search_key=name,
            language=language,
        )  # fmt: skip
        address = rows.add(PersonAddress, person_id=person, email=f"{name}@post.example")
        reader = rows.add(
            Subscription, newsletter_id=newsletter, person_id=person, address_id=address,
            wants_text=chance.random() < TEXT,
        )  # fmt: skip
        for region in chance.sample(regions, chance.choice((1, 1, 1, 2, 3))):
            rows.tie(subscription_region, subscription_id=reader, region_id=region)
        for theme in chance.sample(themes, chance.choice((0, 0, 1, 2, 4))):
            rows.tie(subscription_theme, subscription_id=reader, theme_id=theme)


def make_edition(newsletter_id: int, slug: str = "maart") -> int:
    """Make an edition of which two blocks in three are limited, and sign it off."""
    regions = list(db.session.scalars(select(Region.id)))
    themes = list(db.session.scalars(select(Theme.id)))
    edition = Edition(
        newsletter_id=newsletter_id, title="Maart", slug=slug, subject="Nieuws van maart",
        status="signed_off",
    )  # fmt: skip
    for one in range(BLOCKS):
        limits: dict[str, Any] = {"regions": [], "themes": [], "languages": []}
        if one % 3 == 1:
            limits["regions"] = regions[one::7]
        elif one % 3 == 2:  # noqa: PLR2004 - every third block
            limits["themes"] = themes[one::5]
        data = {"title": f"Stuk {one}", "html": WORDS * 8, "author": "Anna de Vries"}
        edition.blocks.append(Block(kind="blog", position=one, data=data, limits=limits))
    db.session.add(edition)
    reader = db.session.scalars(select(Person.id).limit(1)).one()
    db.session.flush()
    db.session.add(SignOff(edition_id=edition.id, content_version=1, by_person_id=reader))
    db.session.commit()
    return edition.id


def tell_plan(edition_id: int, size: int) -> None:
    """Print what the page that shows what will happen has to count."""
    edition = db.session.get_one(Edition, edition_id)
    begun = time.perf_counter()
    plan = sending.plan(SYSTEM, edition)
    figure(f"plan_{size}", f"{(time.perf_counter() - begun) * 1000:.0f}", "ms", "all its counts")
    figure(f"combinations_{size}", str(plan.spread.combinations), "count", "regions, themes, …")
    db.session.rollback()


def tell_freeze(edition_id: int, size: int) -> None:
    """Print how long sending takes, to the last row queued, beside a plain insert of the rows.

    As in a server that has sent before: what is loaded and compiled only once is not counted.
    """
    send(edition_id)
    unsend(edition_id)
    ours, turns, plain, cpu = [], [], [], []
    for _ in range(ROUNDS):
        busy = time.process_time()
        whole, turn = send(edition_id)
        cpu.append((time.process_time() - busy) * 1000)
        ours.append(whole)
        turns.append(turn)
        plain.append(copy_rows())
        unsend(edition_id)
    send(edition_id)  # for the figures of its mails
    question = audience.readers_of(db.session.get_one(Edition, edition_id), today()).subquery()
    asking = timed(lambda: db.session.scalar(select(func.count()).select_from(question)), ROUNDS)
    db.session.rollback()
    ratio = median(one / other for one, other in zip(ours, plain, strict=True))
    rounds = f"median of {ROUNDS}"
    figure(f"send_{size}", f"{median(ours):.2f}", "s", f"press to last row queued; {rounds}")
    figure(f"send_{size}_turn", f"{median(turns):.2f}", "s", "of it, others may not write")
    figure(f"send_{size}_question", f"{asking / 1000:.2f}", "s", "who reads it, of that time")
    figure(f"send_{size}_cpu", f"{median(cpu):.0f}", "ms", "of our processor; SQLite works there")
    figure(f"send_{size}_plain", f"{median(plain):.2f}", "s", "the same rows, once they are known")
    figure(f"send_{size}_ratio", f"{ratio:.2f}", "x", f"of the plain insert; {rounds}")


def send(edition_id: int) -> tuple[float, float]:
    """Send as the page does; gives the seconds in all, and those in which nobody else may write."""
    begun = time.perf_counter()
    with reading_first():
        prepared = sending.prepare(db.session.get_one(Edition, edition_id))
    middle = time.perf_counter()
    sending.send(SYSTEM, editions.edition_for(SYSTEM, edition_id, write=True), prepared)
    db.session.commit()
    return time.perf_counter() - begun, time.perf_counter() - middle


def copy_rows() -> float:
    """Put the rows of the outbox in a table just like it; gives the seconds."""
    db.session.execute(text("DROP TABLE IF EXISTS kept"))
    db.session.execute(text("CREATE TEMPORARY TABLE kept AS SELECT * FROM message"))
    db.session.execute(delete(Message))
    db.session.commit()
    begun = time.perf_counter()
    db.session.execute(text("INSERT INTO message SELECT * FROM kept"))
    db.session.commit()
    return time.perf_counter() - begun


def unsend(edition_id: int) -> None:
    """Bring the edition back to where it was before it was sent."""
    edition = db.session.get_one(Edition, edition_id)
    edition.status, edition.mailing_id, edition.sent_at = "signed_off", None, None
    db.session.flush()
    db.session.execute(delete(Message))
    db.session.execute(delete(Mailing))
    db.session.commit()


def tell_mails(edition_id: int, size: int) -> None:
    """Make every mail; print how often anything was rendered, and what one mail costs."""
    before = assembling.made.wholes, assembling.made.pieces
    renderer, begun, octets = Renderer(), time.process_time(), 0
    for ready in readies(edition_id):
        octets += sum(map(len, renderer.envelope_of(ready).pieces))
    spent = time.process_time() - begun
    wholes, pieces = (
        assembling.made.wholes - before[0],
        assembling.made.pieces - before[1],
    )
    figure(f"renderings_{size}", str(wholes * BLOCKS * 2), "count", "blocks × languages × formats")
    figure(f"pieces_{size}", str(pieces), "count", "encoded once each, whoever reads them")
    figure(
        f"mail_{size}",
        f"{spent / size * 1e6:.0f}",
        "us",
        "of the processor: read from its row and made",
    )
    figure(f"mail_{size}_size", f"{octets / size / 1000:.1f}", "kB")
    figure(f"peak_{size}", f"{peak_mb():.0f}", "MB", "of this process, its readers included")


def readies(edition_id: int) -> Iterator[Ready]:
    """Give every mail of an edition as a sender has it in hand."""
    mailing_id = db.session.get_one(Edition, edition_id).mailing_id
    names = [getattr(Mailing, name) for name in Cover._fields]
    cover = Cover(*db.session.execute(select(*names).where(Mailing.id == mailing_id)).one())
    last = 0
    while rows := db.session.execute(
        select(*COLUMNS).where(Message.id > last).order_by(Message.id).limit(1000)
    ).all():
        last = rows[-1].id
        yield from (Ready(Claimed(*row), cover) for row in rows)


def tell_rendering(edition_id: int) -> None:
    """Print what all blocks in one language cost, beside Jinja alone without the compiler."""
    words = frozen(db.session.get_one(Edition, edition_id))
    ours = timed(lambda: render.pieces(words, "nl"), TIMES)
    with jinja_alone():
        alone = timed(lambda: render.pieces(words, "nl"), TIMES)
    figure("blocks", f"{ours:.1f}", "ms", f"{BLOCKS} blocks, HTML and text, one language")
    figure("blocks_jinja", f"{alone:.1f}", "ms", "the same templates, not compiled")
    figure("blocks_ratio", f"{ours / alone:.2f}", "x", "of Jinja alone")


@contextmanager
def jinja_alone() -> Iterator[None]:
    """Leave the layout of mails uncompiled."""
    compiler = render.compile_mjml
    render.compile_mjml = lambda source: source
    try:
        yield
    finally:
        render.compile_mjml = compiler


def timed(act: Callable[[], object], times: int) -> float:
    """Give the median milliseconds of an act."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


if __name__ == "__main__":
    sys.exit(main())
