"""The machine on which figures were made, as far as a reader needs it to judge them.

All of it is read from /proc and /sys or asked of a program; what is not there is `unknown`. A
virtual machine may hide that its processors share a core, and names its disk as it likes, so both
are also measured, which takes some two seconds.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from tests.postgres import PostgresMissing, find_binaries

UNKNOWN = "unknown"
WRITES, BLOCK = 50, b"x" * 4096
ROUNDS = 3
BUSY = 0.3  # seconds in which two processes count at once, or one
# Says that it is there, waits for a word, and tells how far it counted in so many seconds.
COUNT = """
import sys, time
print(flush=True)
done, until = 0, float(sys.stdin.readline()) + time.perf_counter()
while time.perf_counter() < until:
    done += sum(range(200)) > 0
print(done)
"""
HERE = Path(__file__).parent


class Fact(NamedTuple):
    """One line about the machine."""

    name: str
    value: str
    unit: str
    about: str = ""


def facts(folder: Path) -> Iterator[Fact]:
    """Tell what is measured on, with a folder on the disk that is measured with. No names."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    yield Fact("commit", _commit(), "version", "of the product; + where files were changed")
    yield from processors(Path("/"))
    if (os.cpu_count() or 1) > 1:
        told = "what two get done, of one; 2 unless they share a core, or have neighbours"
        yield Fact("two_at_once", f"{_two_at_once():.2f}", "x", told)
    yield Fact(
        "load_before", f"{os.getloadavg()[0]:.1f}", "processes", "about 0 on a quiet machine"
    )
    yield Fact("memory", f"{pages * size / 2**30:.0f}", "GiB")
    yield Fact("kernel", platform.release(), "version")
    yield from disk(folder, Path("/"))
    took = sorted(_kept_writes(folder))
    slow = f"4 kB to the disk, median of {WRITES}; the slowest took {took[-1]:.1f}"
    yield Fact("disk_fsync", f"{median(took):.2f}", "ms", slow)
    yield Fact("python", platform.python_version(), "version")
    yield Fact("sqlite", sqlite3.sqlite_version, "version")
    yield Fact("postgresql", _postgresql(), "version")
    yield Fact("smtp_source", _said("postconf", "-d", "-h", "mail_version"), "version", "Postfix's")


def processors(root: Path) -> Iterator[Fact]:
    """Tell how many there are, of which model, on how many cores, and whether all is virtual."""
    info = _read(root / "proc/cpuinfo")
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.M)
    siblings = (root / "sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list")
    cores = {_read(one) for one in siblings}
    is_virtual = bool(re.search(r"^flags\s*:.*\bhypervisor\b", info, re.M))
    yield Fact("cores", str(os.cpu_count()), "count", "processors, as the system counts them")
    yield Fact("processor", _word(model[1] if model else ""), "model")
    told = "as the system says; a virtual machine may hide threads of one core"
    yield Fact("cores_apart", str(len(cores) or UNKNOWN), "count", told)
    kind = "virtual" if is_virtual else "physical"
    yield Fact("machine", kind if info else UNKNOWN, "kind")


def disk(folder: Path, root: Path) -> Iterator[Fact]:
    """Tell the file system of a folder, and the kind of disk below it."""
    number = folder.stat().st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    kind, source = UNKNOWN, ""
    for line in _read(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        if device in before.split() and after:
            kind, source = after.split()[:2]
    yield Fact("file_system", kind, "kind", "of the folder that is measured in")
    block = root / "sys/dev/block" / device
    # A part of a disk has no queue of its own; the disk is the folder around it.
    turns = _read(block / "queue/rotational") or _read(block.resolve().parent / "queue/rotational")
    found = {"0": "solid", "1": "turning", "": "memory" if kind == "tmpfs" else UNKNOWN}
    name = Path(source).name
    # What a virtual disk says about itself means nothing.
    what = "virtual" if re.match(r"x?vd[a-z]", name) else found.get(turns, UNKNOWN)
    yield Fact("disk", what, "kind", name)


def _kept_writes(folder: Path) -> Iterator[float]:
    """Give the milliseconds of each of some writes, each kept before the next."""
    place = folder / "fsync"
    with place.open("wb", buffering=0) as file:
        for _ in range(WRITES):
            begun = perf_counter()
            file.write(BLOCK)
            os.fsync(file.fileno())
            yield (perf_counter() - begun) * 1000
    place.unlink()


def _two_at_once() -> float:
    """Give how much two busy processes get done at once, of what one does: a median."""
    return median(sum(_busy(2)) / sum(_busy(1)) for _ in range(ROUNDS))


def _busy(processes: int) -> list[int]:
    command = [sys.executable, "-S", "-E", "-c", COUNT]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for one in started:
        assert one.stdout is not None
        one.stdout.readline()
    for one in started:
        assert one.stdin is not None
        one.stdin.write(f"{BUSY}\n")
        one.stdin.flush()
    return [int(one.communicate()[0]) for one in started]


def _commit() -> str:
    number = _said("git", "rev-parse", "--short", "HEAD")
    changed = _said("git", "status", "--porcelain", "--untracked-files=no")
    return number if number == UNKNOWN or changed in ("", UNKNOWN) else f"{number}+"


def _postgresql() -> str:
    try:
        program = find_binaries() / "postgres"
    except PostgresMissing:
        return UNKNOWN
    found = re.search(r"\d[\d.]*", _said(str(program), "--version"))
    return found[0] if found else UNKNOWN


def _said(program: str, *words: str) -> str:
    """Give what a program says in one line; `unknown` where it is missing or stops."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not path:
        return UNKNOWN
    done = subprocess.run([path, *words], capture_output=True, text=True, cwd=HERE)
    return UNKNOWN if done.returncode else done.stdout.strip()


def _word(told: str) -> str:
    """Make one word of several, because a figure is one."""
    return "_".join(told.split()) or UNKNOWN


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError:
        return ""
