"""Who changed a meeting, when, and which of its fields: read from the log. Never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from eventsapp.core.audit import AuditEntry
from eventsapp.core.db import db
from eventsapp.directory.models import Person

MOST = 10


@dataclass(frozen=True, slots=True)
class PastChange:
    """One change of a meeting; `name` is empty when its maker is not known any more."""

    at: datetime
    name: str
    fields: list[str]


def changes_since(meeting_id: int, version: int) -> list[PastChange]:
    """Give the latest changes that made a version later than this one, the newest first."""
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.object_type == "meeting", AuditEntry.object_id == meeting_id)
        .order_by(AuditEntry.id.desc())
        .limit(MOST)
    ).all()
    newer = [entry for entry in entries if int(entry.detail.get("version", 0)) > version]
    makers = {entry.person_id for entry in newer}
    names = {
        person.id: person.name
        for person in db.session.scalars(select(Person).where(Person.id.in_(makers)))
    }
    return [
        PastChange(
            at=entry.at,
            name=names.get(entry.person_id or 0, ""),
            fields=[str(name) for name in entry.detail.get("fields", [])],
        )
        for entry in newer
    ]
