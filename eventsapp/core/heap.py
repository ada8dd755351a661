"""Keeps the garbage collector out of the way of requests, and a worker small.

Whoever starts a server or a worker calls it, once. Nothing here is needed for right answers.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc

# New objects before the collector looks at the youngest ones: more than one page makes.
BEFORE_A_LOOK = 20_000

_MOST_ARENAS = -8  # M_ARENA_MAX, mallopt(3)


def share_one_place() -> None:
    """Let all threads take memory from one place; to be called before there are any.

    The GNU C library otherwise gives each thread a place of its own, with holes of its own: 3 MB
    in a worker, whose threads wait for each other anyway. Other C libraries are left as they are.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_MOST_ARENAS, 1)


def settle(*, is_small: bool = False) -> None:
    """Leave what was loaded at the start alone for good: it stays, and looking through it costs.

    Templates, models and statements are some hundred thousand objects. Without this each full
    collection walks through all of them in the middle of somebody's request. In a process that is
    to stay small the collector looks as often as Python has it: 4 MB while many mails are sent.
    """
    gc.collect()
    gc.freeze()
    if not is_small:
        _, second, third = gc.get_threshold()
        gc.set_threshold(BEFORE_A_LOOK, second, third)
