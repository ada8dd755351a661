"""Who did what, and when: every sending, export, merge, erasure and change of rights.

Rows hold ids and counts, never names or addresses, so that they may outlive an erasure.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import Model, db
from eventsapp.core.pager import Key, Page, paginate


class AuditEntry(Model):
    """One act of somebody, kept for the log "who did what"."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    level: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(
    actor: Actor, action: str, object_type: str, object_id: int | None, **detail: Any
) -> None:
    """Write down an act in the same transaction; `detail` holds ids and counts only."""
    db.session.add(
        AuditEntry(
            at=now(),
            level=actor.level.value,
            person_id=actor.person_id,
            action=action,
            object_type=object_type,
            object_id=object_id,
            detail=detail,
        )
    )


def entries_page(
    *,
    person_id: int | None = None,
    actions: Collection[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
) -> Page[AuditEntry]:
    """Give the log, the newest first, narrowed down to somebody, to acts, to a period."""
    statement = select(AuditEntry)
    if person_id is not None:
        statement = statement.where(AuditEntry.person_id == person_id)
    if actions:
        statement = statement.where(AuditEntry.action.in_(actions))
    if since is not None:
        statement = statement.where(AuditEntry.at >= since)
    if until is not None:
        statement = statement.where(AuditEntry.at < until)
    page = paginate(statement, [Key(AuditEntry.id, descending=True)], cursor)
    return Page([row.AuditEntry for row in page.items], page.before, page.after)


def latest(object_type: str, object_id: int) -> AuditEntry | None:
    """Give the last act upon something, to tell who changed it meanwhile and when."""
    statement = select(AuditEntry).where(
        AuditEntry.object_type == object_type, AuditEntry.object_id == object_id
    )
    return db.session.scalar(statement.order_by(AuditEntry.id.desc()).limit(1))
