"""Invented names: of people, councils, places to meet and subjects; the same at every loading.

The words stand in `words.toml`. Pure: asks no database.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from random import Random

_WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
GIVEN: list[str] = _WORDS["given"]
FAMILY: list[str] = _WORDS["family"]
BUILDINGS: list[str] = _WORDS["buildings"]
STREETS: list[str] = _WORDS["streets"]
SUBJECTS: list[str] = _WORDS["subjects"]

PREFIXES = ("van den", "van der", "van", "ten", "de", "El")

# A larger programme goes on with double names: the plain ones would run out.
PLAIN_NAMES = len(GIVEN) * len(FAMILY) // 2
PLAIN_FAMILY = [name for name in FAMILY if " " not in name]

# Minutes after the start, and what happens then.
AGENDA = (
    (0, "Inloop met koffie en thee"),
    (20, "Welkom en kennismaken"),
    (35, "Nieuws uit de gemeenten"),
    (65, "Het onderwerp van vandaag"),
    (105, "Pauze"),
    (120, "In gesprek in kleine groepen"),
    (145, "Wat spreken wij af?"),
)


class Names:
    """Draws invented names, the same ones at every loading, no full name twice."""

    def __init__(self, seed: int = 20261) -> None:
        self.random = Random(seed)  # noqa: S311 - invented names need no cryptography
        self._used: set[tuple[str, str]] = set()

    def person(self) -> tuple[str, str, str]:
        """Give a given name, a prefix and a family name that were not given before."""
        given, family = self._pair()
        while (given, family) in self._used:
            given, family = self._pair()
        self._used.add((given, family))
        for prefix in PREFIXES:
            if family.startswith(f"{prefix} "):
                return given, prefix, family.removeprefix(f"{prefix} ")
        return given, "", family

    def _pair(self) -> tuple[str, str]:
        given, family = self.random.choice(GIVEN), self.random.choice(FAMILY)
        if len(self._used) > PLAIN_NAMES:
            family = f"{family}-{self.random.choice(PLAIN_FAMILY)}"
        return given, family

    def phone(self) -> str:
        """Give a number from a range that nobody has."""
        return f"06 0000 {self.random.randrange(1000, 9999)}"

    def pick(self, choices: Sequence[str]) -> str:
        """Choose one."""
        return self.random.choice(choices)
