"""The links of an edition: where they lead, and whether their words say so.

`checks.py` and `dead_links.py` ask it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from eventsapp.core.text import fold

_ANCHOR = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_RICH = ("html", "note_html")
UNCLEAR = frozenset(
    fold(words)
    for words in (
        "hier", "klik hier", "klik", "lees meer", "lees verder", "meer", "meer informatie",
        "meer info", "link", "deze link", "via deze link", "website", "deze website", "download",
        "ga verder", "bekijk", "deze pagina", "here", "click here", "click", "read more", "more",
        "more information", "this link", "this page", "go on",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a block: its address, its words ("" for a picture), and the field it stands in."""

    address: str
    words: str
    field: str


def links_of(data: Mapping[str, Any]) -> Iterator[Link]:
    """Give the links of a block that an editor wrote, in order."""
    for name in _RICH:
        for found in _ANCHOR.finditer(str(data.get(name) or "")):
            words = " ".join(unescape(_TAG.sub("", found[2])).split())
            yield Link(unescape(found[1]), words, name)
    if data.get("url"):
        yield Link(str(data["url"]), str(data.get("link_words") or ""), "url")


def is_unclear(words: str) -> bool:
    """Tell whether somebody who hears only these words knows where they lead (WCAG 2.4.4)."""
    return fold(words) in UNCLEAR


def is_bare(words: str) -> bool:
    """Tell whether an address stands where words should, which is read out letter by letter."""
    return bool(re.match(r"(?i)(https?://|www\.)\S{12,}$", words))
