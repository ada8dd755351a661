"""One form, one effect: a double click or a resent form does its work once.

A form carries a random key; the first request that brings it claims it in its own transaction.
The claim is rolled back with the work, so a failed form can be sent again.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from eventsapp.core.dates import now
from eventsapp.core.db import Model, db


class SubmittedForm(Model):
    """A form that was handled, and where its sender was led afterwards."""

    __tablename__ = "submitted_form"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    location: Mapped[str] = mapped_column(String(500), default="")


def new_key() -> str:
    """Make the key that a fresh form carries in a hidden field."""
    return secrets.token_urlsafe(18)


def claim(key: str) -> str | None:
    """Claim a form for this request.

    Gives None when it is the first time; else the place that the first request led to. A second
    request that comes at the same time waits for the first.
    """
    key = key[:64].replace("\0", "")
    if not key:
        return None
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    made = db.session.scalar(
        insert(SubmittedForm)
        .values(key=key, at=now(), location="")
        .on_conflict_do_nothing()
        .returning(SubmittedForm.key)
    )
    if made is not None:
        return None
    return db.session.scalar(select(SubmittedForm.location).where(SubmittedForm.key == key)) or "/"


def settle(key: str, location: str) -> None:
    """Keep where the sender of this form was led to."""
    db.session.execute(
        update(SubmittedForm).where(SubmittedForm.key == key[:64]).values(location=location[:500])
    )


def forget_old(days: int = 2) -> None:
    """Drop keys of forms that nobody can still have open; for the nightly round."""
    db.session.execute(delete(SubmittedForm).where(SubmittedForm.at < now() - timedelta(days=days)))
