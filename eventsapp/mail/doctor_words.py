"""What the doctor finds: what was looked at, how it is, what was seen, and what helps.

Texts are English msgids with values; the doors translate them, and write moments (UTC) and numbers
with one decimal as their reader does. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eventsapp.core.labels import N_, Labelled


class Verdict(Labelled):
    """How something is."""

    GOOD = "good", N_("In order")
    BAD = "bad", N_("Not in order")
    UNKNOWN = "unknown", N_("Cannot know")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. `remedy` is there where something is to be done."""

    about: str
    verdict: Verdict
    seen: str
    remedy: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def good(about: str, seen: str, **values: Any) -> Finding:
    """Say that something is in order."""
    return Finding(about, Verdict.GOOD, seen, values=values)


def bad(about: str, seen: str, remedy: str, **values: Any) -> Finding:
    """Say what is wrong, and what helps."""
    return Finding(about, Verdict.BAD, seen, remedy, values)


def unknown(about: str, seen: str, remedy: str = "", **values: Any) -> Finding:
    """Say that we cannot know, and how somebody can find out."""
    return Finding(about, Verdict.UNKNOWN, seen, remedy, values)
