"""A disk for tests that is full when a test says so: a real one of a few megabytes.

It is a tmpfs in a mount namespace of its own, which needs no special rights; programmes run in
there, and files are read and written from outside by way of `/proc`. Where a machine allows no
namespaces, a folder and a limit on the size of the programmes' files stand in for it: the name of
the test says so, and the last lines of the run.
"""

import resource
import shutil
import subprocess
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Condition, Thread

from tests.network import PATIENCE

ROOT = Path(__file__).parents[2]
SIZE = "12m"
HOLDER = 'mount -t tmpfs -o size="$1" disk "$2" && echo mounted && exec cat'
INSIDE = 'cd "$1" && shift && exec "$@"'


class Programme:
    """A process of the product on the disk, and what it says in its log."""

    def __init__(self, command, environ):
        self.said = []
        self._change = Condition()
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.pid = self._process.pid
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self):
        for line in self._process.stdout:
            with self._change:
                self.said.append(line)
                self._change.notify_all()

    def hears(self, words):
        """Wait until it says this; give the line."""
        with self._change:
            came = self._change.wait_for(lambda: self._lines_with(words), PATIENCE)
        assert came, f"it never said {words!r}, but:\n{self.log}"
        return self._lines_with(words)[0]

    def _lines_with(self, words):
        return [line for line in self.said if words in line]

    @property
    def has_ended(self):
        """Tell whether it is gone."""
        return self._process.poll() is not None

    @property
    def log(self):
        """All that it said."""
        return "".join(self.said)

    def end(self, how=None):
        """Let it come to its end, by closing its input or by a signal."""
        if how is None:
            self._process.stdin.close()
        else:
            self._process.send_signal(how)
        status = self._process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        return status

    def close(self):
        self._process.kill()
        self._process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        self._process.stdin.close()
        self._process.stdout.close()


class Disk:
    """What both kinds share: `inside` is the folder as programmes know it, `seen` as tests do."""

    def __init__(self, inside, seen, folder):
        self.inside, self.seen, self._folder = inside, seen, folder
        self._running = []

    def run(self, *command, environ):
        """Start a programme on this disk."""
        programme = Programme([*self.enter, *command], environ)
        self._running.append(programme)
        return programme

    def copy(self, name="events.db"):
        """Give a copy of the database as it stands, to be read outside; nobody may be writing."""
        for path in (self.seen / name, self.seen / f"{name}-wal"):
            if path.exists():
                shutil.copy(path, self._folder)
        return self._folder / name

    def close(self):
        for each in self._running:
            each.close()


class SmallDisk(Disk):
    """A tmpfs of its own."""

    def __init__(self, folder):
        inside = folder / "disk"
        inside.mkdir()
        command = ["unshare", "-rm", "sh", "-c", HOLDER, "sh", SIZE, str(inside)]
        self._holder = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.is_there = self._holder.stdout.readline() == b"mounted\n"
        pid = str(self._holder.pid)
        # Mounts are those of the holder, rights on files are our own.
        self.enter = ["nsenter", "--target", pid, "--user", "--mount", "--preserve-credentials",
                      "sh", "-c", INSIDE, "sh", str(ROOT)]  # fmt: skip
        super().__init__(inside, Path(f"/proc/{pid}/root{inside}"), folder)

    def fill(self):
        """Leave no room for a single page."""
        with (self.seen / "filling").open("wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                while _takes(file, size):
                    pass

    def make_room(self):
        """Delete what filled it."""
        (self.seen / "filling").unlink()

    def close(self):
        super().close()
        self._holder.stdin.close()
        self._holder.wait(PATIENCE)
        self._holder.stdout.close()


def _takes(file, size):
    try:
        return file.write(b"\0" * size) == size
    except OSError:
        return False


class SmallFiles(Disk):
    """A folder whose programmes can make no file longer, from `fill` until `make_room`."""

    is_there = True

    def __init__(self, folder):
        inside = folder / "disk"
        inside.mkdir()
        super().__init__(inside, inside, folder)
        self._limit = "unlimited"

    @property
    def enter(self):
        return ["sh", "-c", f"ulimit -S -f {self._limit} && {INSIDE}", "sh", str(ROOT)]

    def fill(self):
        """Let no programme write, now or when it starts."""
        self._limit = "0"
        self._tell(0)

    def make_room(self):
        """Let them write again."""
        self._limit = "unlimited"
        self._tell(resource.RLIM_INFINITY)

    def _tell(self, size):
        for each in self._running:
            if not each.has_ended:
                resource.prlimit(each.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


DISK, LIMIT, STAND_IN = "disk", "limit", "limit-for-want-of-a-disk"


@cache
def kinds():
    """The kinds of disks for tests, by name: a real one, or what stands in for it here; a limit."""
    tried = ["unshare", "-rm", "sh", "-c", HOLDER, "sh", SIZE, "/mnt"]
    try:
        said = subprocess.run(tried, capture_output=True, input=b"", check=False, timeout=PATIENCE)
    except FileNotFoundError:
        return (STAND_IN, LIMIT)
    return (DISK if said.stdout == b"mounted\n" else STAND_IN, LIMIT)


@contextmanager
def small_disk(folder, kind):
    """A disk of this kind."""
    made = SmallDisk(folder) if kind == DISK else SmallFiles(folder)
    try:
        assert made.is_there, "the disk could be mounted a while ago"
        yield made
    finally:
        made.close()


def pytest_terminal_summary(terminalreporter):
    """Say at the end of a run that no disk was really full."""
    ran = [one.nodeid for one in terminalreporter.getreports("passed") if STAND_IN in one.nodeid]
    if ran:
        terminalreporter.write_line(
            "No disk was really full: here none can be mounted without special rights. "
            f"Tests in which a limit on the size of files stood in for it: {len(ran)}."
        )
