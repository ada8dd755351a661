"""The sorts of readers whose mails differ, and the few of them that are worth a look.

Two readers for whom the same blocks fit get the same mail but for their meetings, so only what
blocks are limited to matters: some hundred sorts at most, however many readers there are. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from eventsapp.newsletters.blocks import Reader, fits

MOST = 6


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of reader, with the keys of the blocks that it gets.

    Without a region nothing that is limited to one fits; without a theme every theme does.
    """

    region: int | None
    theme: int | None
    language: str
    blocks: frozenset[str]

    @property
    def reader(self) -> Reader:
        """Give a reader of this sort."""
        return Reader(
            frozenset() if self.region is None else frozenset({self.region}),
            frozenset() if self.theme is None else frozenset({self.theme}),
            self.language,
        )


def sorts(
    blocks: Sequence[Mapping[str, Any]],
    languages: Iterable[str],
    regions: Iterable[int],
    themes: Iterable[int],
) -> list[Sort]:
    """Give one sort of reader for each different choice of blocks.

    `regions` and `themes` are all that a reader can choose from.
    """
    places = [*_telling(blocks, "regions", regions), None]
    subjects = [None, *_telling(blocks, "themes", themes)]
    found: dict[frozenset[str], Sort] = {}
    for language, region, theme in product(languages, places, subjects):
        sort = Sort(region, theme, language, frozenset())
        gets = frozenset(one["key"] for one in blocks if fits(one["limits"], sort.reader))
        found.setdefault(gets, Sort(region, theme, language, gets))
    return list(found.values())


def worth_a_look(found: Sequence[Sort], most: int = MOST) -> list[Sort]:
    """Choose so few sorts that each block is seen, and each is seen left out, as far as can be."""
    every = frozenset[str]().union(*(sort.blocks for sort in found))
    left, chosen, seen = list(found), list[Sort](), set[tuple[str, bool]]()
    while left and len(chosen) < most:
        best = max(left, key=lambda sort: len(_shown(sort, every) - seen))
        left.remove(best)
        chosen.append(best)
        seen |= _shown(best, every)
    return chosen


def _shown(sort: Sort, every: frozenset[str]) -> set[tuple[str, bool]]:
    return {(key, key in sort.blocks) for key in every}


def _telling(
    blocks: Sequence[Mapping[str, Any]], name: str, every: Iterable[int]
) -> list[int | None]:
    """Give those of a kind that some block is limited to, and one that none is."""
    named = {number for one in blocks for number in one["limits"].get(name) or ()}
    known = list(every)
    other = next((number for number in known if number not in named), None)
    return [number for number in known if number in named or number == other]
