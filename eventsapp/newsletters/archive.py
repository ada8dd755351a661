"""The archive: what anybody may read of the editions that were sent, and how it is found.

Sending makes the pages and calls `keep` when the recipients are frozen, so that a page says what
the mails said and stays when those are erased. Nothing here knows a reader; the visitors' door
shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import contains_eager, defer

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.labels import N_
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.core.text import fold, html_to_text, one_line
from eventsapp.directory.models import Region, Theme
from eventsapp.newsletters.kinds import BlockKind, EditionStatus
from eventsapp.newsletters.models import ArchivePage, Edition

WHOLE = ""
"""The slug of the page that holds a whole edition."""
MOST_FOUND = 50
MOST_WORDS = 8
IN_THE_FEED = 20
_OUT = (EditionStatus.SENDING.value, EditionStatus.SENT.value)
_SUMMARY = 300
_HTML_FIELDS = ("html", "note_html")
_TEXT_FIELDS = (
    "title", "text", "who", "intro", "author", "authors", "year", "caption", "alternative",
    "region",
)  # fmt: skip


def is_open() -> ColumnElement[bool]:
    """Tell of an edition that anybody may read it: it has left, and was not kept out."""
    return Edition.status.in_(_OUT) & (Edition.sent_at <= now()) & Edition.is_archived


def pages_of(edition: Edition, blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Make the pages of an edition from what was frozen of it, ready to be kept; only reads.

    An article with a slug has a page of its own; the edition holds its first words only.
    """
    slugs = {str(block.id): block.slug for block in edition.blocks}
    names = _Names()
    pages, kept = [], []
    for block in blocks:
        whole = {**block, "slug": slugs.get(str(block["key"]), ""), "for": names.of(block)}
        if block["kind"] == BlockKind.ARTICLE and whole["slug"]:
            pages.append(_article(edition, whole))
            data = {name: value for name, value in block["data"].items() if name != "html"}
            kept.append({**whole, "data": {**data, "intro": _intro(block["data"])}})
        else:
            kept.append(whole)
    told = (edition.title, edition.subject, edition.preview_line)
    words = [*told, *(_words(one) for one in kept)]
    edition_page = {
        "slug": WHOLE,
        "title": one_line(edition.subject or edition.title, 300),
        "summary": one_line(edition.preview_line, _SUMMARY),
        "search_key": fold(" ".join(words)),
        "blocks": kept,
    }
    return [*pages, edition_page]


def keep(edition: Edition, pages: Iterable[Mapping[str, Any]]) -> None:
    """Write the pages of an edition; what was there is replaced."""
    forget(edition)
    db.session.add_all(ArchivePage(edition_id=edition.id, **page) for page in pages)


def forget(edition: Edition) -> None:
    """Take the pages of an edition away: its sending was undone."""
    db.session.execute(delete(ArchivePage).where(ArchivePage.edition_id == edition.id))


def editions_page(cursor: str | None = None) -> Page[ArchivePage]:
    """Give a page of editions, the last sent first, without what they say."""
    statement = _light(_open_pages().where(ArchivePage.slug == WHOLE))
    keys = [Key(Edition.sent_at, descending=True), Key(ArchivePage.id, descending=True)]
    page = paginate(statement.add_columns(Edition.sent_at), keys, cursor)
    return Page([row[0] for row in page.items], page.before, page.after)


def newest(most: int = IN_THE_FEED) -> list[ArchivePage]:
    """Give the editions that were sent last, for the feed."""
    statement = _open_pages().where(ArchivePage.slug == WHOLE)
    newest_first = statement.order_by(Edition.sent_at.desc(), Edition.id.desc())
    return list(db.session.scalars(_light(newest_first).limit(most)))


def page_of(slug: str, article: str = WHOLE) -> ArchivePage:
    """Give the page of an edition, or of one of its articles. Raises NotFound."""
    found = db.session.scalar(
        _open_pages().where(Edition.slug == slug[:80], ArchivePage.slug == article[:80])
    )
    if found is None:
        raise NotFound(N_("This newsletter is not in the archive."))
    return found


def articles_of(page: ArchivePage) -> list[ArchivePage]:
    """Give the articles of the same edition, but this one, without what they say."""
    statement = _open_pages().where(
        ArchivePage.edition_id == page.edition_id,
        ArchivePage.slug.not_in((WHOLE, page.slug)),
    )
    return list(db.session.scalars(_light(statement.order_by(ArchivePage.id))))


def search(text: str) -> list[ArchivePage]:
    """Give the pages in which all these words stand, the newest first, fifty at most."""
    words = fold(text[:200]).split()[:MOST_WORDS]
    if not words:
        return []
    statement = _open_pages().where(*(ArchivePage.search_key.contains(one) for one in words))
    newest_first = statement.order_by(Edition.sent_at.desc(), Edition.id.desc(), ArchivePage.slug)
    return list(db.session.scalars(_light(newest_first).limit(MOST_FOUND)))


def _open_pages() -> Select[ArchivePage]:
    return (
        select(ArchivePage)
        .join(ArchivePage.edition)
        .join(Edition.newsletter)
        .options(
            contains_eager(ArchivePage.edition).contains_eager(Edition.newsletter),
        )
        .where(is_open())
    )


def _light(statement: Select[ArchivePage]) -> Select[ArchivePage]:
    return statement.options(defer(ArchivePage.blocks), defer(ArchivePage.search_key))


class _Names:
    """Names of the regions and themes that blocks are limited to."""

    def __init__(self) -> None:
        regions = db.session.execute(select(Region.id, Region.name))
        themes = db.session.execute(select(Theme.id, Theme.name_nl))
        self._regions: dict[int, str] = {row.id: row.name for row in regions}
        self._themes: dict[int, str] = {row.id: row.name_nl for row in themes}

    def of(self, block: Mapping[str, Any]) -> list[str]:
        """Say for whom a block is; nothing where everybody gets it."""
        limits = block["limits"]
        found = [self._regions.get(one) for one in limits.get("regions") or ()]
        found += [self._themes.get(one) for one in limits.get("themes") or ()]
        return [name for name in found if name]


def _article(edition: Edition, block: Mapping[str, Any]) -> dict[str, Any]:
    data = block["data"]
    return {
        "slug": block["slug"],
        "title": one_line(data.get("title") or edition.title, 300),
        "summary": one_line(_intro(data), _SUMMARY),
        "search_key": fold(_words(block)),
        "blocks": [dict(block)],
    }


def _intro(data: Mapping[str, Any]) -> str:
    """Give the words that lead to an article: its own, or its first."""
    return str(data.get("intro") or one_line(html_to_text(data.get("html", ""), None), _SUMMARY))


def _words(block: Mapping[str, Any]) -> str:
    """Give all that somebody may look for in a block."""
    return " ".join(_parts(block["data"]))


def _parts(data: Mapping[str, Any]) -> Iterable[str]:
    for name in _TEXT_FIELDS:
        if data.get(name):
            yield str(data[name])
    for name in _HTML_FIELDS:
        if data.get(name):
            yield html_to_text(data[name], None)
    for meeting in data.get("meetings") or ():
        yield f"{meeting['title']} {meeting.get('place') or ''}"
