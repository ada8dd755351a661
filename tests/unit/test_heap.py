"""The memory of a worker's threads."""

import subprocess
import sys

from tests.structure.source import ROOT

# `malloc_stats` tells of each place on standard error.
FOUR_THREADS = """
import ctypes, sys
from threading import Barrier, Thread
from eventsapp.core import heap
if "share" in sys.argv:
    heap.share()
together = Barrier(5)
def hold():
    held = bytearray(10_000)
    together.wait()
    together.wait()
for _ in range(4):
    Thread(target=hold).start()
together.wait()
ctypes.CDLL(None).malloc_stats()
together.wait()
"""


def places(*how: str) -> int:
    told = subprocess.run(
        [sys.executable, "-c", FOUR_THREADS, *how],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return told.stderr.count("Arena ")


def test_threads_that_share_take_memory_from_one_place():
    assert places("share") == 1
    assert places() > 1
