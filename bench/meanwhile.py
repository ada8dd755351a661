"""What an edition and answers do to each other: both at once, in the product as it is run.

Answers come at a steady pace, as they do after an invitation; each is a press on an answer page.
Confirmations leave through a relay of their own, so that mails of the edition can be counted.
While one edition goes out people answer for some seconds and are silent for some, by turns: its
rate with answers stands beside its rate without, and both have met the same table, the same disk
and the same neighbours. Three rounds, each with some rest before its editions; of the ratios the
median counts. On SQLite the product is one process, on PostgreSQL it is two for pages and two
workers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from statistics import median
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

from sqlalchemy import func, select, text

from bench import mail_runs, press, programme, server, sink, yardsticks
from bench.server import WORKER_IS_READY, Broken
from bench.sink import Sink
from config import Settings
from eventsapp.app import create_app
from eventsapp.core.db import db
from eventsapp.mail.kinds import MailingKind, MessageState
from eventsapp.mail.models import Mailing, Message
from tests.postgres import Postgres

# A second: as many as if each of 1,200 people who were invited answered within ten minutes.
PACE = float(os.environ.get("BENCH_ANSWERS", "2"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
# Of all rounds together; four a round, so that each kind of turn begins as often.
EDITIONS = int(os.environ.get("BENCH_EDITIONS", "12"))
TURN = 2.0  # seconds that are counted
SETTLE = 1.0  # seconds before them: what the turn before left undone is done
FEW = 5_000  # readers; enough for the built-in clock to start senders
REPLIES = ("accepted", "declined")
AT_REST = float(os.environ.get("BENCH_REST_SECONDS", "24"))  # a round
LOOK = 0.05  # seconds between two looks at what a relay has taken
PATIENCE = 900.0
Figure = Callable[[str, str, str, str], None]


def measure(folder: Path, postgres: Postgres, readers: int, figure: Figure) -> None:
    """Measure on both databases and print. Raises `Broken` when an answer is refused."""
    _measure("sqlite", folder / "meanwhile_sqlite", "", readers, figure)
    database = postgres.create("meanwhile").replace("postgresql+psycopg:", "postgresql:")
    _measure("postgresql", folder / "meanwhile_postgresql", database, readers, figure)


def _measure(kind: str, folder: Path, database: str, readers: int, figure: Figure) -> None:
    with sink.serving() as bulk, sink.serving(processes=1) as urgent:
        environ = environ_of(folder, database, bulk, urgent)
        app = create_app(Settings.from_env(environ))
        yardsticks.register(app)  # makes its table, which two servers at once could not
        programme.load(app, times=1)
        paths = programme.silent(app, folder)
        # Who answered changes his mind when his turn comes round again.
        places = ((path, reply) for reply in cycle(REPLIES) for path in paths)
        with _running(environ, database) as address, app.app_context():
            rounds = []
            for turn in range(ROUNDS):
                one = Round(
                    Answers(address, places), Answers(address, places), (Speeds(), Speeds())
                )
                _come_to_rest()
                with one.rest.given():
                    Event().wait(AT_REST)
                # Senders that the product starts for an edition are there from the first one on.
                all_leave(queue(folder, database, FEW, bulk))
                before = _last_mail()
                for number in range(turn * EDITIONS // ROUNDS, (turn + 1) * EDITIONS // ROUNDS):
                    # Inventing readers is no part of the product: nobody answers until it is done.
                    wanted = queue(folder, database, readers, bulk)
                    db.session.remove()
                    _by_turns(wanted, one.busy, one.speeds, is_answered=bool(number % 2))
                one.slowest = _slowest_confirmation(before)
                rounds.append(one)
            pressed = press.seconds(address, FEW)
    _tell(kind, rounds, readers, figure)
    press.tell(kind, FEW, pressed, figure)


def _tell(kind: str, rounds: list[Round], readers: int, figure: Figure) -> None:
    """Print the medians of the rounds, and of all confirmations the slowest."""
    of_rounds = f"median of {len(rounds)}"
    rests, busy = [one.rest for one in rounds], [one.busy for one in rounds]
    quiet, loud = (median(one.p95() for one in ways) * 1000 for ways in (rests, busy))
    ratio = median(one.busy.p95() / one.rest.p95() for one in rounds)
    slowest = max(one.slowest for one in rounds)
    alone, together = (median(one.speeds[way].a_second for one in rounds) for way in (0, 1))
    lost = median(1 - one.speeds[1].a_second / one.speeds[0].a_second for one in rounds)
    asked = [sum(len(one.took) for one in ways) for ways in (rests, busy)]
    figure(f"answer_at_rest_{kind}_p95", f"{quiet:.0f}", "ms", f"{asked[0]} answers; {of_rounds}")
    figure(f"answer_meanwhile_{kind}_p95", f"{loud:.0f}", "ms", f"{asked[1]} answers; {of_rounds}")
    figure(f"answer_meanwhile_{kind}_ratio", f"{ratio:.1f}", "x", f"below 3; {of_rounds}")
    figure(f"confirmation_meanwhile_{kind}", f"{slowest:.2f}", "s", "the slowest; at most 2")
    told = f"{readers} readers, nobody answers; {of_rounds}"
    figure(f"edition_alone_{kind}", f"{alone:.0f}", "per_second", told)
    told = f"{PACE:g} answers a second; {of_rounds}"
    figure(f"edition_meanwhile_{kind}", f"{together:.0f}", "per_second", told)
    figure(f"edition_lost_{kind}", f"{lost:.2f}", "x", f"below 0.1; {of_rounds}")


def _come_to_rest() -> None:
    """Let reach the disk what is to be written, and be tidied up what would be during the rest."""
    db.session.remove()
    if db.engine.dialect.name == "postgresql":
        # What it does by itself within a minute or so after an edition.
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
            link.execute(text("VACUUM ANALYZE"))
    os.sync()


@dataclass
class Answers:
    """Answers that are given one after another, and how long each took."""

    address: str
    places: Iterator[tuple[str, str]]
    took: list[float] = field(default_factory=list)

    def p95(self) -> float:
        """Give the seconds within which nineteen of twenty answers were taken."""
        return sorted(self.took)[int(len(self.took) * 0.95)]

    @contextmanager
    def given(self) -> Iterator[None]:
        """Let answers come at the pace for as long as the block lasts. Raises `Broken`."""
        ended = Event()
        with ThreadPoolExecutor(1) as pool:
            giving = pool.submit(self._give_until, ended)
            try:
                yield
            finally:
                ended.set()
        giving.result()

    def _give_until(self, ended: Event) -> None:
        due = monotonic()
        while not ended.is_set():
            self._give(*next(self.places))
            due += 1 / PACE
            ended.wait(max(0.0, due - monotonic()))

    def _give(self, path: str, reply: str) -> None:
        """Press the button, and wait for what comes back."""
        begun = monotonic()
        link = HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        link.request("POST", path, f"reply={reply}", kind)
        status = link.getresponse().status
        link.close()
        if status >= 400:  # noqa: PLR2004 - refused
            raise Broken(f"An answer was refused with status {status}.")
        self.took.append(monotonic() - begun)


@dataclass
class Round:
    """Answers at rest and during editions, and the rates of these without and with answers."""

    rest: Answers
    busy: Answers
    speeds: tuple[Speeds, Speeds]
    slowest: float = 0.0  # confirmation, in seconds


def _last_mail() -> int:
    last = db.session.scalar(select(func.max(Message.id))) or 0
    db.session.rollback()
    return last


def _slowest_confirmation(after: int) -> float:
    """Wait until all confirmations since a mail have left; give the seconds of the slowest."""
    until = monotonic() + PATIENCE
    ours = Message.id > after, Message.template == "confirmation"
    while monotonic() < until:
        rows = db.session.execute(select(Message.created_at, Message.settled_at).where(*ours))
        found = rows.all()
        db.session.rollback()
        if found and all(settled for _, settled in found):
            return max((settled - made).total_seconds() for made, settled in found if settled)
        Event().wait(1.0)
    raise Broken("Not every answer was confirmed.")


@dataclass(slots=True)
class Speeds:
    """How many mails the relay took in how many seconds, of all turns of a kind."""

    mails: int = 0
    seconds: float = 0.0

    @property
    def a_second(self) -> float:
        """Give their rate. Raises `Broken` when there was no turn."""
        if not self.seconds:
            raise Broken("An edition was gone before people had been silent and had answered.")
        return self.mails / self.seconds


@dataclass(frozen=True, slots=True)
class Wanted:
    """An edition: for how many readers, and how many mails its relay had taken before."""

    relay: Sink
    before: int
    readers: int

    @property
    def missing(self) -> int:
        """Count the mails that have not left; nobody waits for what is never to leave."""
        # Some of the people of the demo programme have opted out: they get none.
        return self.before + self.readers - _skipped() - self.relay.taken


def queue(folder: Path, database: str, readers: int, relay: Sink) -> Wanted:
    """Queue an edition; it begins to leave at once."""
    wanted = Wanted(relay, relay.taken, readers)
    engine = "workers" if database else "embedded"
    mail_runs.queue(folder, readers, database=database, engine=engine)
    return wanted


def all_leave(wanted: Wanted) -> None:
    """Wait until an edition has left. Raises `Broken` when it does not."""
    until = monotonic() + PATIENCE
    while (missing := wanted.missing) > 0:
        if monotonic() > until:
            raise Broken(f"{missing} of {wanted.readers} mails have not left.")
        Event().wait(LOOK)


def _by_turns(
    wanted: Wanted, answers: Answers, speeds: tuple[Speeds, Speeds], is_answered: bool
) -> None:
    """Let people answer and be silent by turns until an edition has left, and count its mails.

    The first of `speeds` takes the turns in which nobody answered, the second the others. The turn
    in which the edition ends does not count.
    """
    until = monotonic() + PATIENCE
    while wanted.missing > 0 and monotonic() < until:
        with answers.given() if is_answered else nullcontext():
            Event().wait(SETTLE)
            begun, there = monotonic(), wanted.relay.taken
            Event().wait(TURN)
            took, count = monotonic() - begun, wanted.relay.taken - there
        if wanted.missing > 0:
            speeds[is_answered].mails += count
            speeds[is_answered].seconds += took
        is_answered = not is_answered
    all_leave(wanted)


def _skipped() -> int:
    """Count the mails of the last edition that nobody gets."""
    last = select(func.max(Mailing.id)).where(Mailing.kind == MailingKind.EDITION.value)
    skipped = Message.state == MessageState.SKIPPED.value
    question = select(func.count(Message.id)).where(
        Message.mailing_id == last.scalar_subquery(), skipped
    )
    count = db.session.scalar(question) or 0
    db.session.rollback()
    return count


def environ_of(folder: Path, database: str, bulk: Sink, urgent: Sink) -> dict[str, str]:
    """Give the settings of a product that sends editions and all else to relays of their own."""
    folder.mkdir(parents=True)
    port = server.free_port()
    settings = {
        "EVENTS_MODE": "demo",
        "EVENTS_DATA_DIR": str(folder),
        "EVENTS_BASE_URL": f"http://127.0.0.1:{port}",
        "EVENTS_PORT": str(port),
        "EVENTS_POSTOFFICE_PORT": "0",
        "EVENTS_LOG_LEVEL": "error",
        "EVENTS_UNDO_SECONDS": "0",
        "EVENTS_SMTP_URL": f"smtp://127.0.0.1:{urgent.port}?starttls=never",
        "EVENTS_NEWSLETTER_SMTP_URL": f"smtp://127.0.0.1:{bulk.port}?starttls=never",
    }
    if database:
        settings |= {"EVENTS_ENGINE": "workers", "EVENTS_DATABASE_URL": database}
    return settings


@contextmanager
def _running(environ: dict[str, str], database: str) -> Iterator[str]:
    """Run the product in the block: one process, or pages and workers; give its address."""
    if not database:
        with server.started("serve", environ, "eventsapp is ready"):
            yield environ["EVENTS_BASE_URL"]
        return
    worker = partial(server.started, "worker", environ, WORKER_IS_READY)
    with server.serving(environ) as address, worker(), worker():
        yield address
