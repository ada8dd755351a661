"""The words of an edition as a whole, and what becomes of them when two people change them at once.

`editions.py` and the form of these words use it. Each field stands by itself: only who changes the
same words in another way is in conflict; a change of state, or of another field, is none. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from hashlib import sha256

_MARK = 10
NAMES = ("title", "subject", "preview_line")


@dataclass(frozen=True, slots=True)
class EditionWords:
    """What belongs to the edition as a whole."""

    title: str
    subject: str = ""
    preview_line: str = ""

    @property
    def marks(self) -> str:
        """Name these words shortly, so that a form can tell which ones it was opened with."""
        return ".".join(_mark(one) for one in asdict(self).values())


@dataclass(frozen=True, slots=True)
class Merged:
    """The words that come of two changes, and the fields that both changed in another way."""

    words: EditionWords
    torn: Collection[str]


def merged(present: EditionWords, typed: EditionWords, seen: str) -> Merged:
    """Put what somebody typed, who saw the words with these marks, together with what stands there.

    What they left as it was stays as another made it. In a torn field stands what was typed.
    """
    marks = dict(zip(NAMES, seen.split("."), strict=False))
    there, wanted = asdict(present), asdict(typed)
    torn = []
    for name in NAMES:
        if wanted[name] == there[name] or _mark(there[name]) == marks.get(name):
            continue
        if _mark(wanted[name]) == marks.get(name):
            wanted[name] = there[name]
        else:
            torn.append(name)
    return Merged(EditionWords(**wanted), torn)


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_MARK]
