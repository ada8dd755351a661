"""Absolute addresses of the pages that an edition leads to, as mails carry them.

Only `snapshot.py` calls this. None of the addresses tells who reads: links of a reader's own are
holes, filled when a mail leaves (see `render.py`).
"""

from __future__ import annotations

from eventsapp.core.links import ARCHIVED_ARTICLE, ARCHIVED_EDITION, SUBSCRIBE, absolute


def edition_page(slug: str) -> str:
    """Give the page of an edition in the archive."""
    return absolute(ARCHIVED_EDITION, slug=slug)


def article_page(slug: str, article: str) -> str:
    """Give the page of one article of an edition in the archive."""
    return absolute(ARCHIVED_ARTICLE, slug=slug, article=article) if article else ""


def subscribe_page(newsletter_id: int) -> str:
    """Give the page where anybody subscribes."""
    return absolute(SUBSCRIBE, newsletter_id=newsletter_id)
