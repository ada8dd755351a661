"""Tells who changed something meanwhile, and when, for the page that loses nothing typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from eventsapp.core import audit
from eventsapp.core.db import db
from eventsapp.directory.models import Person


class Meanwhile(NamedTuple):
    """Who changed it ("" when unknown), when, and how it reads now."""

    who: str
    at: datetime | None
    now: Any


def changed_meanwhile(sort: str, row: Any) -> Meanwhile:
    """Give who last changed a "person", "organisation" or "network"."""
    entry = audit.latest(sort, row.id)
    if entry is None:
        return Meanwhile("", None, row)
    by = db.session.get(Person, entry.person_id) if entry.person_id else None
    return Meanwhile(by.name if by else "", entry.at, row)
