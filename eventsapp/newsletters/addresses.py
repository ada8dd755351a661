"""Absolute addresses of the pages and pictures that an edition leads to, as mails carry them.

Only `snapshot.py` calls this. None of the addresses tells who reads: links of a reader's own are
holes, filled when a mail leaves (see `render.py`).
"""

from __future__ import annotations

from eventsapp.core.links import absolute

EDITION = "public_archive.edition"
ARTICLE = "public_archive.article"
PICTURE = "public_pictures.show"
SUBSCRIBE = "public_subscribe.show"


def edition_page(slug: str) -> str:
    """Give the page of an edition in the archive."""
    return _page(EDITION, slug=slug)


def article_page(slug: str, article: str) -> str:
    """Give the page of one article of an edition in the archive."""
    return _page(ARTICLE, slug=slug, article=article) if article else ""


def picture(digest: str) -> str:
    """Give the address of a picture as mails show it."""
    return _page(PICTURE, digest=digest, size="large")


def subscribe_page(newsletter: str) -> str:
    """Give the page where anybody subscribes."""
    return _page(SUBSCRIBE, newsletter=newsletter)


def _page(endpoint: str, **values: str) -> str:
    """Give an address; nothing where this installation has no such page."""
    try:
        return absolute(endpoint, **values)
    except LookupError:
        return ""
