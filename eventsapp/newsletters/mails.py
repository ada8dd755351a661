"""An edition as the mails of its readers: rendered once a language, chosen from for each of them.

The roof hands `EditionMail` to `mail/assembling.py`, which asks it when mails leave. It works from
what was frozen with the mailing and asks the database nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from eventsapp.core.links import reader_links
from eventsapp.core.settings import settings
from eventsapp.mail.assembling import Choice
from eventsapp.mail.pieces import marker
from eventsapp.newsletters import clicks, own_links, render
from eventsapp.newsletters.audience import numbers
from eventsapp.newsletters.blocks import Reader
from eventsapp.surveys.links import link_for

CLICKS = "clicks"
"""The value in the data of a mailing that holds the numbers of counted links."""
_MOST = 5_000  # combinations whose choice is remembered


class EditionMail:
    """An edition in one language. A row says of its reader: regions, themes, text only or not."""

    def __init__(self, words: Mapping[str, Any], language: str) -> None:
        self._language = language
        self._rendered = _with_holes(render.pieces(words, language), words)
        self._page: str = words.get("page") or settings().base_url
        self._reader_link = reader_links()
        self._choices: dict[tuple[str, str], Choice] = {}

    @property
    def subject(self) -> str:
        """Give the subject of each mail."""
        return self._rendered.subject

    def choose(self, own: Mapping[str, Any]) -> Choice:
        """Choose the pieces that fit a reader's regions, themes and language."""
        key = (own.get("regions") or "", own.get("themes") or "")
        choice = self._choices.get(key)
        if choice is None:
            reader = Reader(numbers(key[0]), numbers(key[1]), self._language)
            choice = Choice(*render.for_reader(self._rendered, reader))
            if len(self._choices) < _MOST:
                self._choices[key] = choice
        return Choice((), choice.text) if own.get("text") else choice

    def link(self, name: str, own: Mapping[str, Any], person_id: int | None, leave: str) -> str:
        """Give a reader's own link; who reads a test, or a copy, gets the page for everybody."""
        number = own.get("subscription")
        if number is None or person_id is None:
            return self._page
        if name == own_links.LEAVE_NAME:
            return leave
        survey_id = own_links.survey_of(name)
        if survey_id is not None:
            return link_for(survey_id, person_id)
        return self._reader_link(number, own["generation"])


def _with_holes(rendered: render.Rendered, words: Mapping[str, Any]) -> render.Rendered:
    """Leave holes for own links, and let counted links lead by way of us."""
    counted = words.get(CLICKS) or {}

    def html(piece: str) -> str:
        return own_links.put_in(clicks.counted(piece, words["edition"], counted), marker)

    def text(piece: str) -> str:
        return own_links.put_in(piece, marker)

    return replace(
        rendered,
        before_html=html(rendered.before_html),
        after_html=html(rendered.after_html),
        before_text=text(rendered.before_text),
        after_text=text(rendered.after_text),
        blocks=tuple(_block(one, html, text) for one in rendered.blocks),
    )


def _block(
    block: render.RenderedBlock, html: Callable[[str], str], text: Callable[[str], str]
) -> render.RenderedBlock:
    return replace(
        block,
        html=html(block.html),
        html_end=html(block.html_end),
        text=text(block.text),
        items=tuple(
            replace(item, html=html(item.html), text=text(item.text)) for item in block.items
        ),
    )
