"""Looks up editions for lists and choices. Never writes."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.newsletters.kinds import EditionKind, EditionStatus
from eventsapp.newsletters.models import Edition


def editions_page(
    actor: Actor,
    *,
    newsletter_id: int | None = None,
    dropped: bool = False,
    cursor: str | None = None,
) -> Page[Edition]:
    """Give the editions, the newest first, fifty at a time; those dropped only when asked for."""
    statement = select(Edition).options(joinedload(Edition.newsletter), joinedload(Edition.region))
    if newsletter_id is not None:
        statement = statement.where(Edition.newsletter_id == newsletter_id)
    is_dropped = Edition.status == EditionStatus.DROPPED
    statement = statement.where(is_dropped if dropped else ~is_dropped)
    page = paginate(statement, [Key(Edition.id, descending=True)], cursor)
    return Page([row.Edition for row in page.items], page.before, page.after)


def last_regular(newsletter_id: int) -> Edition | None:
    """Give the edition whose shape the next one takes: the last that was not dropped."""
    statement = select(Edition).where(
        Edition.newsletter_id == newsletter_id,
        Edition.kind == EditionKind.REGULAR,
        Edition.status != EditionStatus.DROPPED,
    )
    return db.session.scalar(statement.order_by(Edition.id.desc()).limit(1))
