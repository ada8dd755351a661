"""Closed lists of words that have a label on the screen.

Features derive their kinds and states from `Labelled`: the value is kept in the database, the
label is an English msgid that the doors translate. Pure: translates nothing itself.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from eventsapp.core.errors import N_

__all__ = ["Labelled", "N_"]


class Labelled(StrEnum):
    """A word that is kept in the database, with the label that people read."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make the member from its kept word and its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        return member
