"""Runs of mail that are measured: an edition of ours, Postfix's `smtp-source`, the usual way.

Whatever is ours runs in processes of its own (`bench/mail_worker.py`), so that memory and
processor time are those of a sender, and the start of Python is not counted.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from time import perf_counter

from bench.server import Broken
from config import MailServer
from eventsapp.mail.wire import Envelope, Fate, Lane, Outcome

LONGEST = 3_000
A_FEW = 20


@dataclass(frozen=True)
class Run:
    """How long so many mails took, and what that cost the senders."""

    mails: int
    seconds: float
    cpu_us: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.mails / self.seconds


def smtp_source(port: int, mails: int, size: int) -> float:
    """Let Postfix's program send mails of this size as fast as it can; give how many a second."""
    program = shutil.which("smtp-source", path="/usr/sbin:/usr/local/sbin") or ""
    if not program:
        raise Broken("smtp-source is missing: deploy/debian_packages.sh bench")
    command = [
        program, "-d", "-s", "8", "-m", str(mails), "-l", str(size),
        "-f", "programma@samen.example", "-t", "lezer@raad.example", f"inet:127.0.0.1:{port}",
    ]  # fmt: skip
    begin = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    if done.returncode:
        raise Broken(f"smtp-source stopped: {done.stderr[-300:]}")
    return mails / (perf_counter() - begin)


def edition(
    folder: Path,
    port: int,
    readers: int,
    *,
    database: str = "",
    workers: int = 1,
    is_signed: bool = False,
) -> Run:
    """Send an edition: claimed, made, sent and each result in the database, with a journal.

    The senders run already, as they do in the product: each has sent a few mails before.
    """
    task = {"port": port, "folder": str(folder), "database": database, "signed": is_signed}
    with ExitStack() as senders:
        started = []
        for one in range(workers):
            _ask({**task, "do": "queue", "readers": A_FEW})
            sender = _started({**task, "do": "send", "worker": f"bench-{one}"})
            started.append(senders.enter_context(sender))
        _ask({**task, "do": "queue", "readers": readers})
        return _race(started, readers)


def usual(folder: Path, port: int, readers: int) -> Run:
    """Send an edition as it is usually done: each mail built, smtplib, a commit for each."""
    task = {"port": port, "folder": str(folder), "database": "", "signed": False}
    _ask({**task, "do": "queue", "readers": readers})
    with _started({**task, "do": "usual"}) as sender:
        return _race([sender], readers)


def install_post_office(folder: Path) -> str:
    """Make an environment of Django and django-post_office, and give its Python.

    Raises `Broken` where these can't be had.
    """
    python = str(folder / "bin" / "python")
    _step(sys.executable, "-m", "venv", str(folder))
    wanted = "django>=5,<6", "django-post_office>=3.10,<4"
    _step(python, "-m", "pip", "install", "-qq", *wanted)
    return python


def post_office(python: str, port: int, readers: int, size: int) -> float:
    """Send with Django and django-post_office, in the environment of this Python; the rate."""
    program = str(Path(__file__).with_name("mail_django.py"))
    told = json.loads(_step(python, program, str(port), str(readers), str(size)))
    if told["sent"] != readers:
        raise Broken(f"django-post_office sent {told['sent']} of {readers} mails")
    return float(told["rate"])


def _step(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    if done.returncode:
        raise Broken(f"django-post_office: {done.stderr[-300:]}")
    return done.stdout


def queueing(folder: Path, readers: int, rounds: int, database: str = "") -> dict[str, float]:
    """Give the median seconds to queue so many readers, of a plain copy of them, and the ratio."""
    task = {"port": 25, "folder": str(folder), "database": database, "signed": False}
    return _ask({**task, "do": "race", "readers": readers, "rounds": rounds})


def queue(folder: Path, readers: int, *, database: str = "", engine: str = "embedded") -> None:
    """Queue an edition for a product that runs on this folder and database."""
    task = {"port": 25, "folder": str(folder), "database": database, "signed": False}
    _ask({**task, "do": "queue", "readers": readers, "engine": engine})


def weigh(folder: Path) -> int:
    """Give the octets of one mail of the edition."""
    task = {"port": 25, "folder": str(folder), "database": "", "signed": False}
    _ask({**task, "do": "queue", "readers": 1})
    return int(_ask({**task, "do": "weigh"})["octets"])


def lane(port: int, connections: int, mails: int) -> float:
    """Send ready-made mails over so many connections; give how many a second."""
    octets = [b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n"]
    fates: list[Fate] = []

    def envelopes() -> Iterator[Envelope]:
        for number, _ in enumerate(repeat(None, mails)):
            yield Envelope(number, "a@samen.example", "b@raad.example", octets, is_stuffed=True)

    def ended(outcome: Outcome) -> None:
        fates.append(outcome.fate)

    server = MailServer("127.0.0.1", port, security="never")
    with Lane(server, connections) as opened:
        opened.open()
        begin = perf_counter()
        opened.send(envelopes(), lambda _number: None, ended)
        seconds = perf_counter() - begin
    if fates.count(Fate.SENT) != mails:
        raise Broken(f"{fates.count(Fate.SENT)} of {mails} mails were sent")
    return mails / seconds


@contextmanager
def _started(task: dict[str, object]) -> Iterator[subprocess.Popen[str]]:
    """Have a process ready for its task while the block runs, and none behind it."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "bench.mail_worker", json.dumps(task)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if worker.stdout is None or worker.stdout.readline() != "ready\n":
            raise Broken("a sender did not start")
        yield worker
    finally:
        worker.kill()
        worker.wait()


def _result(worker: subprocess.Popen[str]) -> dict[str, float]:
    out, _ = worker.communicate(timeout=LONGEST)
    if worker.returncode:
        raise Broken("a sender broke")
    found: dict[str, float] = json.loads(out)
    return found


def _ask(task: dict[str, object]) -> dict[str, float]:
    with _started(task) as worker:
        return _result(worker)


def _race(workers: list[subprocess.Popen[str]], readers: int) -> Run:
    """Let senders begin at the same moment, and wait until the last is done."""
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    results = [_result(worker) for worker in workers]
    mails = sum(int(one["sent"]) for one in results)
    if mails != readers:
        raise Broken(f"{mails} of {readers} mails were sent")
    return Run(
        mails,
        max(one["ended"] for one in results) - min(one["begun"] for one in results),
        sum(one["cpu"] for one in results) / mails * 1e6,
        max(one["peak_mb"] for one in results),
    )
