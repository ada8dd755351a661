"""Readers of an edition, invented by the database, and how fast the outbox takes them.

`bench/mail_worker.py` calls this. Readers stand in a table of their own, as subscribers would;
what is timed goes from there to committed rows of the outbox.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Select, String, Table, select, text

from eventsapp.core.db import db
from eventsapp.mail import freezing, outbox
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Mailing

PARAGRAPH = (
    "<p>In de regio Noord is de <b>werkgroep inclusie</b> begonnen met een reeks bijeenkomsten "
    "voor raadsleden. Wie wil weten hoe dat gaat, leest op "
    '<a href="https://samen.example/nieuws/{0}">onze pagina</a> het verslag van bijeenkomst {0}. '
    "Er is ook een film van, die u met ondertitels kunt zien.</p>\n"
)
WORDS = {
    "letter_subject": "Nieuws uit de regio",
    "letter_text": "Nieuws uit de regio.\n" * 20,
    "letter_html": "".join(PARAGRAPH.format(number) for number in range(75)),
    "letter_has_when": False,
    "letter_asks": False,
    "letter_is_neutral": False,
    "letter_papers": [],
    "letter_from": {"name": "Anna Bos", "phone": "070 000 00 00"},
}
# In no migration: made when the bench begins.
_made = MetaData()
reader = Table(
    "bench_reader",
    _made,
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("address", String(254)),
    Column("name", String(200)),
    Column("language", String(5)),
    Column("salutation", String(200)),
    Column("role_line", String(200)),
)
# As plain as a queue can be: what is queued, and the key that keeps it from being queued twice.
plain_queue = Table(
    "bench_queue",
    _made,
    Column("id", Integer, primary_key=True),
    Column("key", String(120), unique=True),
    Column("person_id", Integer),
    Column("address", String(254)),
    Column("name", String(200)),
    Column("data", String),
    Column("state", String(20)),
)
_NUMBERS = {
    "sqlite": "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted"
    " WHERE n < :count) SELECT n FROM counted",
    "postgresql": "SELECT n FROM generate_series(1, :count) AS n",
}
_READERS = """
INSERT INTO bench_reader (person_id, address, name, language, salutation, role_line)
SELECT n, 'lezer' || n || '@raad' || (n % 40) || '.example', 'Lezer Nummer ' || n, 'nl',
    'Beste lezer ' || n, 'U leest dit als lid ' || n || ' van de raad.'
FROM ({numbers}) AS numbers
"""
_PLAIN = text("""
INSERT INTO bench_queue (key, person_id, address, name, data, state)
SELECT 'mailing:1:' || person_id, person_id, address, name, salutation || role_line, 'queued'
FROM bench_reader
""")


def queue(count: int) -> dict[str, float]:
    """Put an edition to so many readers in the outbox."""
    _invite(count)
    _freeze()
    return {}


def race(count: int, rounds: int) -> dict[str, float]:
    """Give the seconds from audience to committed rows, ours and the database's own; the ratio.

    Of each the median of so many rounds.
    """
    _invite(count)
    plain_queue.create(db.engine, checkfirst=True)
    ours, own = [], []
    for _ in range(rounds):
        _empty("bench_queue")
        own.append(_timed(lambda: db.session.execute(_PLAIN)))
        _empty("message")
        ours.append(_timed(_freeze))
    ratio = median(one / other for one, other in zip(ours, own, strict=True))
    return {"ours": median(ours), "own": median(own), "ratio": ratio}


def open_edition() -> Mailing:
    """Begin the edition that is sent."""
    return outbox.open_mailing(
        kind=MailingKind.EDITION,
        purpose=Purpose.NEWSLETTER,
        reference="",
        title="Nieuws uit de regio",
        by=None,
        data=WORDS,
        undo=False,
    )


def who() -> Select[Any]:
    """Ask for the readers, as the outbox wants them."""
    return select(reader)


def _invite(count: int) -> None:
    """Make sure that there are exactly so many readers."""
    reader.create(db.engine, checkfirst=True)
    _empty("bench_reader")
    numbers = _NUMBERS[db.engine.dialect.name]
    db.session.execute(text(_READERS.format(numbers=numbers)), {"count": count})
    db.session.commit()


def _freeze() -> None:
    freezing.freeze(open_edition(), who(), template="letter")
    db.session.commit()


def _empty(table: str) -> None:
    db.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - a name from this file
    db.session.commit()


def _timed(act: Callable[[], object]) -> float:
    begun = perf_counter()
    act()
    db.session.commit()
    return perf_counter() - begun
