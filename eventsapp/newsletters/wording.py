"""How the words of a block are set in a mail: headings in order, rich text with its styles, text.

`render.py` calls this. Mail programs drop style sheets, so whatever must hold is written on the
tag itself. Pure: knows neither Flask nor the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventsapp.core.text import html_to_text, text_to_html
from eventsapp.newsletters.kinds import BlockKind

_STYLES = {
    "p": "margin:0 0 16px;",
    "ul": "margin:0 0 16px;padding-left:24px;",
    "ol": "margin:0 0 16px;padding-left:24px;",
    "li": "margin:0 0 6px;",
    "blockquote": "margin:0 0 16px;padding:0 0 0 16px;border-left:4px solid #0a5a5c;",
    "a": "color:#0a5a5c;",
}
_PHONE = 28  # characters: what a phone shows on one line
_SIZES = {2: "22px", 3: "20px", 4: "18px", 5: "18px"}
_TAG = re.compile(r"<(/?)(p|ul|ol|li|blockquote|a|h2|h3)\b([^>]*)>")


@dataclass(frozen=True, slots=True)
class Levelled:
    """A block with the level that its title has among the headings of the mail."""

    key: str
    kind: str
    data: Mapping[str, Any]
    limits: Mapping[str, Any]
    level: int


def with_levels(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Levelled]:
    """Give each block the level of its title, so that no reader's mail skips one.

    It is 3 beneath a heading that everybody gets who gets the block, else 2.
    """
    headings: list[Mapping[str, Any]] = []
    for block in blocks:
        limits = block["limits"]
        is_heading = block["kind"] == BlockKind.HEADING
        is_beneath = any(_covers(one, limits) for one in headings)
        if is_heading:
            headings.append(limits)
        yield Levelled(
            key=block["key"],
            kind=block["kind"],
            data=block["data"],
            limits=limits,
            level=3 if is_beneath and not is_heading else 2,
        )


def _covers(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> bool:
    """Tell whether whoever gets the inner one gets the outer one too."""
    names = ("regions", "themes", "languages")
    return all(
        not outer.get(name) or (bool(inner.get(name)) and set(inner[name]) <= set(outer[name]))
        for name in names
    )


def language_of(limits: Mapping[str, Any], otherwise: str) -> str:
    """Tell in which language a block is written: its only one, else that of the newsletter."""
    languages = limits.get("languages") or []
    return str(languages[0]) if len(languages) == 1 else otherwise


def styled(html: str, level: int) -> str:
    """Write styles on the tags of rich text; its headings begin at this level and skip none."""
    is_beneath = False

    def write(tag: re.Match[str]) -> str:
        nonlocal is_beneath
        name = tag[2]
        if name in ("h2", "h3"):
            is_beneath = is_beneath or name == "h2"
            deep = min(level + (name == "h3" and is_beneath), 6)
            look = f"margin:0 0 8px;font-size:{_SIZES.get(deep, '18px')};line-height:1.3;"
            return f"</h{deep}>" if tag[1] else f'<h{deep} style="{look}">'
        return tag[0] if tag[1] else f'<{name} style="{_STYLES[name]}"{tag[3]}>'

    return _TAG.sub(write, html)


def opening_of(data: Mapping[str, Any]) -> tuple[str, bool]:
    """Give what stands of an article in the mail, and whether it goes on at a page of its own.

    Without an introduction, or without such a page, it stands in the mail whole.
    """
    html = str(data.get("html") or "")
    introduction = text_to_html(str(data.get("intro") or ""))
    if introduction and html and data.get("page"):
        return introduction, True
    return introduction + html, False


def as_text(html: str) -> str:
    """Write rich text as lines for the text part."""
    return html_to_text(html)


def underlined(title: str, mark: str) -> str:
    """Write a title for the text part, with a line beneath it."""
    return f"{title}\n{mark * min(len(title), _PHONE)}"
