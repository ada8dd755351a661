"""A throwaway PostgreSQL server: in a temporary folder, on a socket only, gone after the run.

`tests/databases.py` starts one per test run. The kernel stops it when the process that started
it dies, however that happens. PostgreSQL refuses to run as root, so for root it runs as the user
that Debian's package brings.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import psycopg

# Nothing here has to survive a power cut.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal",
        "max_wal_senders=0", "autovacuum=off", "jit=off", "max_connections=200")  # fmt: skip


# As Debian sets it up: what is measured must survive one.
DURABLE = ("max_connections=200", "jit=off")


class PostgresMissing(Exception):
    """The server cannot be started on this machine; the message says what to do."""


class Postgres:
    """A running server, known by the folder of its socket."""

    def __init__(self, folder: Path, command: Sequence[str | Path] = ()) -> None:
        self.folder = folder
        self._command = command
        if command:
            self._begin()

    @classmethod
    def start(cls, settings: tuple[str, ...] = FAST) -> "Postgres":
        """Start a new, empty server. Raises `PostgresMissing`."""
        binaries = find_binaries()
        folder = Path(tempfile.mkdtemp(prefix="eventsapp-pg-", dir="/tmp"))
        rank = _as_other_user(folder)
        data = str(folder / "data")
        subprocess.run(
            [*rank, binaries / "initdb", "-D", data, "-U", "events", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        options = [f"-c{option}" for option in settings]
        command = [*rank, binaries / "postgres", "-D", data, "-k", folder, "-clisten_addresses="]
        return cls(folder, [*command, *options])

    def create(self, name: str) -> str:
        """Make an empty database and give its address."""
        with psycopg.connect(
            host=str(self.folder), user="events", dbname="postgres", autocommit=True
        ) as link:
            link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            link.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql+psycopg://events@/{name}?host={self.folder}"

    @contextmanager
    def away(self) -> Iterator[None]:
        """Be stopped for a while, and then the same server again: its data, its socket."""
        self._end()
        try:
            yield
        finally:
            self._begin()

    def restart(self) -> None:
        """Stop and start as an administrator does: what is connected is dropped, nothing lost."""
        with self.away():
            pass

    def stop(self) -> None:
        """Stop the server, drop what is still connected, and remove every trace."""
        if self._command:
            self._end()
            shutil.rmtree(self.folder)

    def _begin(self) -> None:
        self._process = subprocess.Popen(
            self._command, stderr=subprocess.PIPE, text=True, cwd=self.folder
        )
        _wait_until_ready(self._process)
        # What it says after the start is read and dropped, or the full pipe would stop it.
        self._drain = Thread(target=_drop, args=(self._process,), daemon=True)
        self._drain.start()

    def _end(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=600)
        self._drain.join(timeout=600)


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`: the newest that Debian installed, else PATH's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise PostgresMissing("PostgreSQL is not here. Type: sudo deploy/debian_packages.sh test")
    return found[-1].parent if found else Path(on_path or "").parent


def _as_other_user(folder: Path) -> list[str]:
    """The start of each command: dies with this process, and never runs as root."""
    rank = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() != 0:
        return rank
    names = {user.pw_name: user for user in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o755)
    return [*rank, "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]


def _wait_until_ready(process: "subprocess.Popen[str]") -> None:
    assert process.stderr
    told = []
    for line in process.stderr:
        told.append(line)
        if "ready to accept connections" in line:
            return
    raise PostgresMissing("PostgreSQL did not start:\n" + "".join(told))


def _drop(process: "subprocess.Popen[str]") -> None:
    assert process.stderr
    with process.stderr as pipe:
        for _line in pipe:
            pass
