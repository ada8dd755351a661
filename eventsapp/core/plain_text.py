"""Rich text read as plain lines: paragraphs apart, bullets and numbers in front, no line too long.

`core/text.py` hands in the few tags that its `clean_html` keeps; each may stand in any other, and
an end may be missing. A library for this would take eight megabytes of each process that
sends an invitation. Pure, and never raises on odd text.
"""

from __future__ import annotations

import re
import textwrap
from html.parser import HTMLParser

_APART = frozenset({"p", "h2", "h3", "blockquote"})
_LISTS = frozenset({"ul", "ol"})
_BULLETS = ("* ", "+ ", "o ", "- ")
_STEP = 4
_DEEPEST = 8
"""Lists within each other that are moved in further; a thousand of them would be all blanks."""
_MARKED = re.compile(r"\s*(?:[*+o-]|\d+\.)\s+")


def lines_of(html: str) -> list[str]:
    """Give the lines of rich text, an empty one where something stands apart.

    Never two empty lines in a row, nor one at the beginning or the end.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_line()
    return reader.lines


def wrapped(line: str, width: int) -> list[str]:
    """Break a line at so many characters, what follows beneath its words; a long word is kept."""
    marked = _MARKED.match(line)
    indent = " " * (marked.end() if marked else len(line) - len(line.lstrip()))
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=indent if len(indent) < width // 2 else "",
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


class _Reader(HTMLParser):
    """Walks through rich text and writes a line whenever one ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._words: list[str] = []
        self._is_apart = False
        self._marker = ""
        self._numbers: list[int | None] = []  # of each open list the last number; None has bullets

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            if not self.end_line():  # a break on an empty line leaves that one empty
                self._is_apart = True
        elif tag in _APART:
            self._stand_apart()
        elif tag in _LISTS:
            self.end_line()
            self._numbers.append(0 if tag == "ol" else None)
        elif tag == "li":
            self.end_line()
            self._marker = self._next_marker()

    def handle_endtag(self, tag: str) -> None:
        if tag in _APART:
            self._stand_apart()
        elif tag == "li":
            self.end_line()
            self._marker = ""
        elif tag in _LISTS:
            self.end_line()
            del self._numbers[-1:]  # an end without its beginning takes none away

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def end_line(self) -> bool:
        """Write down the words of this line; tells whether there were any."""
        words = " ".join("".join(self._words).split())
        self._words.clear()
        if not words:
            return False
        if self._is_apart and self.lines:
            self.lines.append("")
        margin = _STEP * min(len(self._numbers), _DEEPEST)
        self.lines.append(self._marker.rjust(margin) + words)
        self._marker, self._is_apart = "", False
        return True

    def _stand_apart(self) -> None:
        self.end_line()
        self._is_apart = True

    def _next_marker(self) -> str:
        if not self._numbers:  # an item without its list
            return _BULLETS[0]
        last = self._numbers[-1]
        if last is None:
            return _BULLETS[(len(self._numbers) - 1) % len(_BULLETS)]
        self._numbers[-1] = last + 1
        return f"{last + 1}. "
