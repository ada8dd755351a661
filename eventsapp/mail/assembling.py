"""Mails that are put together from ready pieces: rendered once a language, chosen for each reader.

A room above hands in, by the name of a template, how its words become a `Whole`; the roof calls
`use`. Every piece is encoded once, whatever the number of readers: 6,000 of them make 4,000
combinations of regions and themes, but an edition has some twenty blocks (ADR 15).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple, Protocol

from eventsapp.mail import holes
from eventsapp.mail.holes import Ready
from eventsapp.mail.pieces import Variant
from eventsapp.mail.quoting import quoted

_MOST = 16  # wholes kept at once: mailings times languages


class Choice(NamedTuple):
    """The pieces that one reader gets, in order. No HTML at all makes a mail of text only.

    In a piece stands `pieces.marker(name)` where a link of the reader's own belongs.
    """

    html: Sequence[str]
    text: Sequence[str]


class Whole(Protocol):
    """All that a mailing may say in one language."""

    @property
    def subject(self) -> str:
        """Give the subject of each mail."""

    def choose(self, own: Mapping[str, Any]) -> Choice:
        """Choose the pieces of a reader by the values of the row; the same ones each time."""

    def link(self, name: str, own: Mapping[str, Any], person_id: int | None, leave: str) -> str:
        """Give a link of the reader's own by its name; `leave` is where this mail is left."""


Assembler = Callable[[Mapping[str, Any], str], Whole]
"""Makes a whole of the words that a mailing shares, in a language."""


@dataclass(slots=True)
class _Kept:
    """A whole, the words that it was made from, and its pieces as they were encoded."""

    words: Mapping[str, Any]
    whole: Whole
    encoded: dict[str, list[bytes | str]] = field(default_factory=dict)
    frames: dict[bool, Variant] = field(default_factory=dict)


@dataclass(slots=True)
class Made:
    """How often anything was rendered or encoded in this process: the proof that it is bounded."""

    wholes: int = 0
    pieces: int = 0


made = Made()
_assemblers: dict[str, Assembler] = {}
_kept: dict[tuple[int, str, str], _Kept] = {}
_lock = Lock()


def use(template: str, assembler: Assembler) -> None:
    """Let mails of this template be put together so."""
    _assemblers[template] = assembler


def assembler_of(template: str) -> Assembler | None:
    """Give how mails of a template are put together; None for those rendered one by one."""
    return _assemblers.get(template)


class Assembly:
    """A mailing in one language, ready to be filled for reader after reader."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self.whole = kept.whole
        self.frames = kept.frames
        """What stands around the pieces, with HTML and without: for `variants.py`."""

    def fill(
        self, own: Mapping[str, Any], person_id: int | None, leave: str
    ) -> tuple[Ready | None, Ready]:
        """Give the HTML and the text of one reader, encoded; None for the HTML of a text mail."""
        choice = self.whole.choose(own)
        links: dict[str, str] = {}

        def link(name: str) -> str:
            if name not in links:
                links[name] = self.whole.link(name, own, person_id, leave)
            return links[name]

        html = self._join(choice.html, lambda name: quoted(holes.escaped(link(name))))
        text = self._join(choice.text, lambda name: quoted(link(name)))
        return (html if choice.html else None), text

    def _join(self, pieces: Sequence[str], fill: Callable[[str], bytes]) -> Ready:
        encoded = self._kept.encoded
        parts: list[bytes] = []
        for piece in pieces:
            for part in encoded.get(piece) or self._encode(piece):
                parts.append(part if isinstance(part, bytes) else fill(part))
        return Ready(b"".join(parts))

    def _encode(self, piece: str) -> list[bytes | str]:
        """Encode a piece once: octets, and between them names of links."""
        chunks = holes.split(piece)
        parts: list[bytes | str] = [
            chunk if at % 2 else quoted(chunk) for at, chunk in enumerate(chunks)
        ]
        self._kept.encoded[piece] = parts
        made.pieces += 1
        return parts


def assembly_of(
    mailing_id: int, words: Mapping[str, Any], template: str, language: str
) -> Assembly | None:
    """Give what the mails of a mailing in a language are made from; rendered when first asked.

    None for a template that is not put together from pieces.
    """
    assembler = _assemblers.get(template)
    if assembler is None:
        return None
    key = (mailing_id, template, language)
    kept = _kept.get(key)
    if kept is not None and kept.words is words:
        return Assembly(kept)
    with _lock:  # of several lanes one renders, the others wait for it
        kept = _kept.get(key)
        if kept is None or kept.words != words:
            if len(_kept) >= _MOST:
                _kept.pop(next(iter(_kept)))
            kept = _kept[key] = _Kept(words, assembler(words, language))
            made.wholes += 1
        kept.words = words  # the same object for the rest of a batch
    return Assembly(kept)


def forget() -> None:
    """Drop everything that was rendered."""
    with _lock:
        _kept.clear()
