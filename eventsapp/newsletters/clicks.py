"""How often the links of an edition are followed, by anybody: totals, and only if switched on.

Sending numbers the links when it freezes an edition; the visitors' door leads from a number to
its link and to nothing else. A count stays in memory until the clock writes it down: a page view
may not write (docs/adr/0004). Who followed a link is not asked and not kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape, unescape
from threading import Lock
from typing import Any

from sqlalchemy import delete, select, update

from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.labels import N_
from eventsapp.core.links import FOLLOWED, absolute
from eventsapp.newsletters import own_links
from eventsapp.newsletters.links_in_text import links_of
from eventsapp.newsletters.models import ArchivePage, Edition, LinkClicks, Newsletter

MOST_LINKS = 500
_HREF = re.compile(r'(<a\b[^>]*?\bhref=")([^"]+)(")', re.IGNORECASE)
_WEB = ("https://", "http://")


class Followed:
    """A buffer of counts by the number of a link's row."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[int] = Counter()

    def note(self, link_id: int) -> None:
        """Count one."""
        with self._lock:
            self._counts[link_id] += 1

    def write(self) -> int:
        """Add what was counted to the rows; give how many links that were. The caller commits."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        for link_id, count in sorted(counts.items()):
            db.session.execute(
                update(LinkClicks)
                .where(LinkClicks.id == link_id)
                .values(clicks=LinkClicks.clicks + count)
            )
        return len(counts)

    def forget(self) -> None:
        """Drop what was counted and not written down."""
        with self._lock:
            self._counts.clear()


followed = Followed()


def number_links(edition: Edition, blocks: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Give each web address of an edition a number, and keep it; empty where nothing is counted."""
    db.session.execute(delete(LinkClicks).where(LinkClicks.edition_id == edition.id))
    if not edition.newsletter.counts_clicks:
        return {}
    addresses = list(dict.fromkeys(_addresses(blocks)))[:MOST_LINKS]
    numbers = {address: number for number, address in enumerate(addresses, 1)}
    db.session.add_all(
        LinkClicks(edition_id=edition.id, number=number, url=address)
        for address, number in numbers.items()
    )
    return numbers


def counted(html: str, edition_id: int, numbers: Mapping[str, int]) -> str:
    """Let the numbered links of a piece of HTML lead by way of us; the others stay."""
    if not numbers:
        return html

    def by_way_of_us(found: re.Match[str]) -> str:
        number = numbers.get(unescape(found[2]))
        if number is None:
            return found[0]
        way = absolute(FOLLOWED, edition_id=edition_id, number=number)
        return f"{found[1]}{escape(way)}{found[3]}"

    return _HREF.sub(by_way_of_us, html)


def follow(edition_id: int, number: int, *, counts: bool = True) -> str:
    """Give where a link of an edition leads, and count it where that is switched on still.

    Raises NotFound for any other number.
    """
    row = db.session.execute(
        select(LinkClicks.id, LinkClicks.url, Newsletter.counts_clicks)
        .join(Edition, Edition.id == LinkClicks.edition_id)
        .join(Newsletter, Newsletter.id == Edition.newsletter_id)
        .where(LinkClicks.edition_id == edition_id, LinkClicks.number == number)
    ).first()
    if row is None:
        raise NotFound(N_("This link is not complete or not ours."))
    if counts and row.counts_clicks:
        followed.note(row.id)
    return str(row.url)


def totals(edition_id: int) -> list[LinkClicks]:
    """Give the links of an edition with their totals, the most followed first."""
    statement = select(LinkClicks).where(LinkClicks.edition_id == edition_id)
    return list(db.session.scalars(statement.order_by(LinkClicks.clicks.desc(), LinkClicks.number)))


def names_of(edition_id: int) -> dict[str, str]:
    """Give the words that stood at each address of an edition, as its archive pages kept them."""
    found: dict[str, str] = {}
    pages = select(ArchivePage.blocks).where(ArchivePage.edition_id == edition_id)
    for blocks in db.session.scalars(pages.order_by(ArchivePage.id)):
        for data in (block["data"] for block in blocks):
            title = str(data.get("title") or "")
            named = [(str(data.get("page") or ""), title)]
            named += [(one.address, one.words or title) for one in links_of(data)]
            named += [(one["address"], one["title"]) for one in data.get("meetings") or ()]
            for address, words in named:
                if address and words:
                    found.setdefault(address, words)
    return found


def _addresses(thing: Any) -> Iterator[str]:
    """Find the web addresses in what was frozen: values by themselves, and links within HTML."""
    if isinstance(thing, str):
        yield from (one for one in _in_text(thing) if not own_links.is_own(one))
    elif isinstance(thing, Mapping):
        for name, value in thing.items():
            if name != "picture":  # a picture is shown, not followed
                yield from _addresses(value)
    elif isinstance(thing, Iterable):
        for value in thing:
            yield from _addresses(value)


def _in_text(text: str) -> Iterator[str]:
    if text.startswith(_WEB) and " " not in text:
        yield text
    for _, address, _ in _HREF.findall(text):
        if address.startswith(_WEB):
            yield unescape(address)
