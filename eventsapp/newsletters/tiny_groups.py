"""Figures of groups so small that somebody could be recognised: they are told together.

`afterwards.py` calls it. "One reader of one in this region left" names her without her name. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

FEWEST = 5
"""Readers: of fewer nothing is told apart, as of the members of a closed group."""


def too_small(sizes: Sequence[int]) -> set[int]:
    """Give the places of the groups to be told together, by how many readers each has.

    One small group alone could be reckoned from the total, so the next larger ones join it until
    they are enough together. Where even all of them are not, all are told together.
    """
    chosen: set[int] = set()
    readers = 0
    for place in sorted(range(len(sizes)), key=lambda one: (sizes[one], one)):
        if not sizes[place]:
            continue  # nobody can be recognised among nobody
        if sizes[place] >= FEWEST and (not chosen or (readers >= FEWEST and len(chosen) > 1)):
            break
        chosen.add(place)
        readers += sizes[place]
    return chosen
