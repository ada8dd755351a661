"""Puts one region in the place of another in what is kept as JSON: conditions, limits, blocks.

For `dissolving.py`. Each gives the same thing back where the region is not named. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def conditions_naming(kept: Mapping[str, Any] | None, region: int) -> bool:
    """Tell whether the conditions of a list, newsletter or edition name a region."""
    return any(leaf.get("region") == region for entry in _entries(kept) for leaf in _leaves(entry))


def conditions_with(kept: Mapping[str, Any], region: int, other: int) -> dict[str, Any]:
    """Give conditions in which another region stands in the place of a region."""

    def moved(leaf: Mapping[str, Any]) -> dict[str, Any]:
        return {**leaf, "region": other} if leaf.get("region") == region else dict(leaf)

    entries = [
        {**entry, "any": [moved(leaf) for leaf in _leaves(entry)]}
        if "any" in entry
        else moved(entry)
        for entry in _entries(kept)
    ]
    return {**kept, "all": entries}


def limits_naming(limits: Mapping[str, Any] | None, region: int) -> bool:
    """Tell whether a block is limited to readers of a region, and perhaps of others."""
    return region in ((limits or {}).get("regions") or ())


def limits_with(limits: Mapping[str, Any], region: int, other: int) -> dict[str, Any]:
    """Give limits in which another region stands in the place of a region, each of them once."""
    moved = (other if one == region else one for one in limits.get("regions") or ())
    return {**limits, "regions": list(dict.fromkeys(moved))}


def _entries(kept: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    return list((kept or {}).get("all") or [])


def _leaves(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(entry["any"] or []) if "any" in entry else [entry]
