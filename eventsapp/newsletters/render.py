"""Pieces of an edition: each block once per language and format, for whoever reads it.

Preview, test mail, archive and sending all put their mails together from these, so that what was
looked at is what leaves. What differs by reader is the choice and the order of pieces, and links
of their own, which `own_links.py` names. Asks no database: `frozen` has taken everything before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from eventsapp.core.language import speaking
from eventsapp.core.settings import settings
from eventsapp.core.templates import render
from eventsapp.core.text import one_line
from eventsapp.mail.layout import compile_mjml
from eventsapp.mail.pieces import marker
from eventsapp.newsletters import own_links, wording
from eventsapp.newsletters.blocks import Reader, fits
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.snapshot import frozen

__all__ = ["Item", "Rendered", "RenderedBlock", "for_reader", "frozen", "items_for", "pieces"]

MOST_MEETINGS = 10
_CUT = "<!--cut-->"
_MANY_BLANKS = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


@dataclass(frozen=True, slots=True)
class Item:
    """One meeting in a list of them, and for which regions it counts."""

    regions: frozenset[int]
    is_national: bool
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class RenderedBlock:
    """A block as it stands in every mail that has it.

    A list of meetings has `items`; they stand between `html` and `html_end`, `most` of them. Where
    more would fit a reader, `more_html` and `more_text` lead to the others.
    """

    key: str
    kind: str
    limits: Mapping[str, Any]
    html: str
    text: str
    items: tuple[Item, ...] = ()
    html_end: str = ""
    most: int = MOST_MEETINGS
    more_html: str = ""
    more_text: str = ""

    @property
    def is_list(self) -> bool:
        """Tell whether it is a list of meetings, which is left out where none fits."""
        return self.kind == BlockKind.MEETINGS


@dataclass(frozen=True, slots=True)
class Rendered:
    """All pieces of an edition in one language."""

    language: str
    subject: str
    preview_line: str
    before_html: str
    after_html: str
    before_text: str
    after_text: str
    blocks: tuple[RenderedBlock, ...]


def pieces(frozen: Mapping[str, Any], language: str, *, with_text: bool = True) -> Rendered:
    """Render every block of an edition once, and what stands around them.

    Who only measures mails does without their text parts, which take half of the time.
    """
    work = _Workshop(frozen, language, with_text=with_text)
    with speaking(language):
        before_html, after_html = work.frame()
        before_text, _, after_text = work.text("frame", {}).partition(_CUT)
        blocks = tuple(work.block(one) for one in wording.with_levels(frozen["blocks"]))
    return Rendered(
        language=language,
        subject=one_line(frozen["subject"], 200),
        preview_line=one_line(frozen["preview_line"], 200),
        before_html=before_html,
        after_html=after_html,
        before_text=before_text.lstrip("\n"),
        after_text=after_text.rstrip("\n") + "\n",
        blocks=blocks,
    )


def for_reader(rendered: Rendered, reader: Reader | None) -> tuple[list[str], list[str]]:
    """Choose and order the pieces that one reader gets, as HTML and as text.

    Without a reader all of them, as the archive shows them. Of a list of meetings the own regions
    come first, what is national after; who has no region gets all in order of time.
    """
    html, text = [rendered.before_html], [rendered.before_text]
    for block in rendered.blocks:
        if reader is not None and not fits(block.limits, reader):
            continue
        items = items_for(block, reader)
        if block.is_list and not items:
            continue
        html += [block.html, *(item.html for item in items)]
        text += [block.text, *(item.text for item in items)]
        if reader is not None and has_more(block, reader):
            html.append(block.more_html)
            text.append(block.more_text)
        html += [block.html_end] if block.html_end else []
    return [*html, rendered.after_html], [*text, rendered.after_text]


def items_for(block: RenderedBlock, reader: Reader | None) -> Sequence[Item]:
    """Choose the meetings of a list for one reader."""
    if reader is None:
        return block.items
    return _fitting(block, reader)[: block.most]


def has_more(block: RenderedBlock, reader: Reader) -> bool:
    """Tell whether more meetings fit a reader than stand in the list."""
    return bool(block.items) and len(_fitting(block, reader)) > block.most


def _fitting(block: RenderedBlock, reader: Reader) -> Sequence[Item]:
    if not reader.regions:
        return block.items
    own = (item for item in block.items if item.regions & reader.regions and not item.is_national)
    national = (item for item in block.items if item.is_national)
    return list(chain(own, national))


class _Workshop:
    """What all templates of one rendering share."""

    def __init__(self, edition: Mapping[str, Any], language: str, *, with_text: bool) -> None:
        self.kept: dict[str, str] = {}
        self._with_text = with_text
        running = settings()
        self.values: dict[str, Any] = {
            "edition": edition,
            "newsletter": edition["newsletter"],
            "language": language,
            "rich": self._rich,
            "survey": own_links.survey,
            "as_text": wording.as_text,
            "underlined": wording.underlined,
            "programme_name": running.programme_name,
            "programme_phone": running.programme_phone,
            "programme_postal_address": running.programme_postal_address,
            "leave": own_links.LEAVE,
            "choices": own_links.PERSONAL,
        }

    def block(self, block: wording.Levelled) -> RenderedBlock:
        """Render one block in both formats."""
        data = block.data
        spoken = wording.language_of(block.limits, self.values["edition"]["language"])
        values: dict[str, Any] = {
            "data": data,
            "level": block.level,
            "kind": block.kind,
            "spoken": "" if spoken == self.values["language"] else spoken,
        }
        if block.kind == BlockKind.ARTICLE:
            values["opening"], values["goes_on"] = wording.opening_of(data)
        html, html_end = self.piece(f"blocks/{block.kind}", values)
        is_list = block.kind == BlockKind.MEETINGS
        return RenderedBlock(
            key=block.key,
            kind=block.kind,
            limits=block.limits,
            html=html,
            html_end=html_end,
            text=self.text(f"blocks/{block.kind}", values).strip("\n") + "\n\n",
            items=tuple(self._item(one, values) for one in data.get("meetings", ())),
            most=data["most"] if isinstance(data.get("most"), int) else MOST_MEETINGS,
            more_html=self._render("more_meetings.mjml", {}).strip() if is_list else "",
            more_text=self.text("more_meetings", {}).strip("\n") + "\n\n" if is_list else "",
        )

    def _item(self, meeting: Mapping[str, Any], values: Mapping[str, Any]) -> Item:
        own = {**values, "meeting": meeting, "level": values["level"] + 1}
        return Item(
            regions=frozenset(meeting["region_ids"]),
            is_national=meeting["is_national"],
            html=self._render("meeting.mjml", own).strip(),
            text=self.text("meeting", own).strip("\n") + "\n\n",
        )

    def frame(self) -> tuple[str, str]:
        """Compile what stands before the blocks and what stands after them."""
        before, after = self._compiled(self._render("frame.mjml", {})).split(_CUT)
        return before, after

    def piece(self, name: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Compile a block; gives it in two halves where something comes in between."""
        inner = self._render(f"{name}.mjml", values)
        page = self._compiled(self._render("block.mjml", {"block": inner}))
        _around, *halves, _rest = page.split(_CUT)
        return halves[0], halves[1] if len(halves) > 1 else ""

    def _compiled(self, source: str) -> str:
        html = compile_mjml(source)
        for token, kept in self.kept.items():
            html = html.replace(token, kept)
        self.kept.clear()
        return html

    def text(self, name: str, values: Mapping[str, Any]) -> str:
        """Render a template of the text part."""
        if not self._with_text:
            return ""
        return _MANY_BLANKS.sub("\n\n", self._render(f"{name}.txt", values))

    def _render(self, name: str, values: Mapping[str, Any]) -> str:
        return render(f"newsletter/{name}", **self.values, **values)

    def _rich(self, html: str, level: int) -> str:
        """Keep rich text out of the compiler, which need not read what is as long as a book."""
        token = marker(f"rich{len(self.kept)}")
        self.kept[token] = wording.styled(html, level)
        return token
