"""Starts what is measured, on a free port, and stops it; runs `wrk` against it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

HERE = Path(__file__).parent
WORKERS, THREADS, CONNECTIONS = 2, 4, 16
PATIENCE = 240.0  # seconds until the server answers
LEAVING = 60.0  # seconds for what was told to end
# Whatever becomes of the bench, what it started is told to end.
WITH_US = "setpriv", "--pdeathsig", "TERM"
WORKER_IS_READY = "This worker is ready"


class Broken(Exception):
    """What was measured did not answer as it should, so its figure would mean nothing."""


@dataclass(frozen=True)
class Load:
    """What `wrk` saw: answers a second and the 95th percentile of their time."""

    per_second: float
    p95_ms: float


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(environ: Mapping[str, str]) -> Iterator[str]:
    """Serve with gunicorn inside the block; gives the address."""
    address = environ["EVENTS_BASE_URL"]
    command = [
        *(*WITH_US, sys.executable, "-m", "gunicorn", "bench.wsgi:app"),
        *("--workers", str(WORKERS)),
        *("--worker-class", "gthread", "--threads", str(THREADS), "--log-level", "error"),
        *("--keep-alive", "60", "--bind", address.removeprefix("http://")),
    ]
    # In a session of its own, as whatever starts services gives each of them.
    server = subprocess.Popen(
        command, env={**os.environ, **environ}, cwd=HERE.parent, start_new_session=True
    )
    try:
        _wait(address, server)
        yield address
    finally:
        _end(server)


@contextmanager
def started(
    command: str, environ: Mapping[str, str], sign: str, python: str = sys.executable
) -> Iterator[int]:
    """Run a command of the product inside the block, once it said this; give its process number."""
    made = "create_worker" if command == "worker" else "create_app"
    process = subprocess.Popen(
        [*WITH_US, python, "-m", "flask", "--app", f"eventsapp.app:{made}", command],
        env={**os.environ, **environ},
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        if not any(sign in line for line in process.stdout):
            raise Broken(f"`flask {command}` did not start.")
        Thread(target=process.stdout.read, daemon=True).start()
        yield process.pid
    finally:
        _end(process)


def _end(process: subprocess.Popen[Any]) -> None:
    """Tell a service to end, and end whatever is left of its session after a while."""
    process.terminate()
    try:
        process.wait(LEAVING)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(f"{address}/healthz", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise Broken("The server did not start.")


def load(
    address: str, path: str, seconds: float, *, cookie: str = "", script: str = "", paths: str = ""
) -> Load:
    """Ask for one page as fast as it comes, with sixteen connections.

    `script` and `paths` are for the Lua script that posts. Raises `Broken` on any refusal.
    """
    program = shutil.which("wrk")
    if not program:
        raise Broken("wrk is missing: deploy/debian_packages.sh bench")
    command = [program, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "20s"]
    command += ["-s", str(HERE / (script or "get.lua"))]
    command += ["-H", f"Cookie: {cookie}"] if cookie else []
    done = subprocess.run(
        [*command, f"{address}{path}"],
        env={**os.environ, "BENCH_PATHS": paths},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Broken(f"wrk stopped: {(done.stderr or done.stdout)[:300]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if told["refused"] or told["broken"] or not told["answers"]:
        counts = ", ".join(f"{told[name]} {name}" for name in ("answers", "refused", "broken"))
        raise Broken(f"{path}: {counts}.")
    return Load(told["answers"] / told["seconds"], told["p95_ms"])
