"""Keeps the garbage collector out of the way of requests; whoever starts a server calls it, once.

Nothing here is needed for right answers.
"""

from __future__ import annotations

import gc

# New objects before the collector looks at the youngest ones: more than one page makes.
BEFORE_A_LOOK = 20_000


def settle() -> None:
    """Leave what was loaded at the start alone for good: it stays, and looking through it costs.

    Templates, models and statements are some hundred thousand objects. Without this each full
    collection walks through all of them in the middle of somebody's request.
    """
    gc.collect()
    gc.freeze()
    _, second, third = gc.get_threshold()
    gc.set_threshold(BEFORE_A_LOOK, second, third)
