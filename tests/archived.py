"""Editions that were sent, for tests of the archive and of what comes afterwards."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.newsletters import archive
from eventsapp.newsletters.models import Block, Edition, LinkClicks, Newsletter

_numbers = itertools.count(1)
HTML = "<p>Elke woensdag eten <strong>veertig</strong> mensen in het dorpshuis.</p>"


def block(kind: str, slug: str = "", limits: dict[str, Any] | None = None, **data: Any) -> Block:
    """A block that stands in no edition yet."""
    limits = {"regions": [], "themes": [], "languages": [], **(limits or {})}
    return Block(kind=kind, slug=slug, limits=limits, data=data)


def article(title: str = "Samen eten in Zutphen", slug: str = "samen-eten", **data: Any) -> Block:
    """An article with a page of its own."""
    return block("article", slug, title=title, html=HTML, **data)


def frozen_blocks(edition: Edition) -> list[dict[str, Any]]:
    """The blocks as an edition keeps them when it is frozen."""
    return [
        {"key": str(one.id), "kind": one.kind, "data": one.data, "limits": one.limits}
        for one in edition.blocks
    ]


def make_sent_edition(
    *blocks: Block,
    newsletter: Newsletter | None = None,
    title: str = "Nieuwsbrief van maart",
    subject: str = "Samen eten, samen beslissen",
    hours: float = 2,
    **values: Any,
) -> Edition:
    """Make an edition that left so many hours ago, with its pages and one counted link."""
    number = next(_numbers)
    values.setdefault("slug", f"nieuwsbrief-{number}")
    values.setdefault("status", "sent")
    newsletter = newsletter or Newsletter(
        name="Nieuwsbrief", slug=f"brief-{number}", counts_clicks=True
    )
    edition = Edition(
        newsletter=newsletter,
        title=title,
        subject=subject,
        preview_line="Wat werkt er in de regio?",
        sent_at=now() - timedelta(hours=hours),
        **values,
    )
    for position, one in enumerate(blocks or (article(),)):
        one.position = position
        edition.blocks.append(one)
    db.session.add(edition)
    db.session.flush()
    archive.keep(edition, archive.pages_of(edition, frozen_blocks(edition)))
    db.session.add(LinkClicks(edition_id=edition.id, number=1, url="https://gids.example/eten"))
    db.session.flush()
    return edition
