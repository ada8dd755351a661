"""Limits on guessing that hold across processes and restarts.

Used for sign-in, forgotten passwords and public sign-ups. Keeps keyed hashes, no addresses.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from eventsapp.core.dates import now
from eventsapp.core.db import Model, db
from eventsapp.core.errors import TooMany
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings


class Attempt(Model):
    """One try of something that may be tried only so often."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


def _hashed(purpose: str, subject: str) -> str:
    secret = settings().secret_key.encode()
    return hmac.new(secret, f"{purpose}:{subject}".encode(), hashlib.sha256).hexdigest()


def hit(purpose: str, subject: str, most: int, within: timedelta) -> int:
    """Count one try and give its id; raise `TooMany` when there were `most` in that time already.

    Counts in a transaction of its own, which outlives the refusal of the request. Call it before
    the request has begun to write: SQLite has one write lock. Later on, `spend` counts.
    """
    key = _hashed(purpose, subject)
    moment = now()
    with db.engine.begin() as connection:
        tries = connection.scalar(
            select(func.count()).where(Attempt.key == key, Attempt.at > moment - within)
        )
        if (tries or 0) < most:
            made = connection.execute(insert(Attempt).values(key=key, at=moment))
            identity = made.inserted_primary_key
            return int(identity[0]) if identity is not None else 0
    raise TooMany(N_("Too many tries. Wait a quarter of an hour and try again."))


def spend(purpose: str, subject: str, most: int, within: timedelta) -> None:
    """Count one act in the transaction of the caller; `TooMany` when there were `most` already.

    For acts of who is signed in, deep in a request that writes: what is rolled back was not done
    and does not count. A try that must count even when it fails is `hit`.
    """
    key = _hashed(purpose, subject)
    moment = now()
    session = db.session
    if db.engine.dialect.name == "postgresql":  # SQLite lets one write at a time anyway
        turn = int(key[:15], 16)
        session.execute(select(func.pg_advisory_xact_lock(turn)))
    tries = session.scalar(
        select(func.count()).where(Attempt.key == key, Attempt.at > moment - within)
    )
    if (tries or 0) >= most:
        raise TooMany(N_("That was often enough for now. Try again in an hour."))
    session.execute(insert(Attempt).values(key=key, at=moment))


def take_back(attempt_id: int) -> None:
    """Do not count this one try after all, because it succeeded."""
    db.session.execute(delete(Attempt).where(Attempt.id == attempt_id))


def forgive(purpose: str, subject: str) -> None:
    """Forget the tries of somebody who succeeded."""
    db.session.execute(delete(Attempt).where(Attempt.key == _hashed(purpose, subject)))


def forget_old(days: int = 1) -> None:
    """Drop tries that no limit looks at any more; for the nightly round."""
    db.session.execute(delete(Attempt).where(Attempt.at < now() - timedelta(days=days)))
