"""Blocks of an edition as a web page shows them: the level of each title, headings in order. Pure.

The archive calls it. Mails have pieces of their own, in `render.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventsapp.newsletters.wording import language_of

_HEADING = re.compile(r"<(/?)h([23])>")
_DEEPEST = 6
_RICH = ("html", "note_html")
_KINDS_WITHOUT_TITLE = ("text", "quote", "picture", "divider")


@dataclass(frozen=True, slots=True)
class WebPiece:
    """A block with the level of its title on the page."""

    kind: str
    level: int
    data: Mapping[str, Any]
    slug: str = ""
    meant_for: Sequence[str] = field(default_factory=tuple)
    language: str = ""
    """In which language it is written, where that is another than that of the newsletter."""

    @property
    def is_limited(self) -> bool:
        """Tell whether it stood only in the mails of some."""
        return bool(self.meant_for)


def laid_out(
    blocks: Sequence[Mapping[str, Any]], top: int = 2, written_in: str = ""
) -> Iterator[WebPiece]:
    """Give each block the level at which its title stands; headings within its text go deeper.

    `top` is the level of the first title: beneath a heading block titles stand one deeper. What
    only readers of another language than `written_in` got is written in that one.
    """
    beneath = 0
    for block in blocks:
        kind = block["kind"]
        level = top if kind == "heading" else top + beneath
        if kind == "heading":
            beneath = 1
        inner = level if kind in _KINDS_WITHOUT_TITLE else level + 1
        data = dict(block["data"])
        for name in _RICH:
            if data.get(name):
                data[name] = deeper(data[name], inner)
        spoken = language_of(block.get("limits") or {}, written_in)
        yield WebPiece(
            kind=kind,
            level=level,
            data=data,
            slug=block.get("slug", ""),
            meant_for=tuple(block.get("for", ())),
            language="" if spoken == written_in else spoken,
        )


def deeper(html: str, level: int) -> str:
    """Let the headings of rich text, which are h2 and h3, begin at this level and skip none."""
    is_beneath = False

    def moved(tag: re.Match[str]) -> str:
        nonlocal is_beneath
        is_beneath = is_beneath or tag[2] == "2"
        deep = level + (tag[2] == "3" and is_beneath)
        return f"<{tag[1]}h{min(deep, _DEEPEST)}>"

    return _HEADING.sub(moved, html)
