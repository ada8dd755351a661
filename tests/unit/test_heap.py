"""The memory of a worker's threads."""

import subprocess
import sys

from eventsapp.core import heap
from tests.structure.source import ROOT

# `malloc_stats` tells of each place on standard error.
FOUR_THREADS = """
import ctypes, sys
from threading import Barrier, Thread
from eventsapp.core import heap
if "small" in sys.argv:
    heap.share_one_place()
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


def how_often(settle: str) -> int:
    code = f"import gc; from eventsapp.core import heap; {settle}; print(gc.get_threshold()[0])"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return int(told.stdout)


def test_the_collector_of_a_small_process_looks_as_often_as_ever():
    assert how_often("heap.settle(is_small=True)") == how_often("pass")
    assert how_often("heap.settle()") == heap.BEFORE_A_LOOK


def test_the_threads_of_a_small_process_take_memory_from_one_place():
    assert places("small") == 1
    assert places() > 1
