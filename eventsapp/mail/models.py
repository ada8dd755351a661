"""Remembers every mail we mean to send and what became of it.

A row is the truth, a job only a wake-up. Persons, meetings and invitations are named by number or
by a text such as "meeting:12", because this room knows none of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model


class Mailing(Model):
    """What the messages of one sending share: the sender, the purpose, the common facts."""

    __tablename__ = "mailing"
    __table_args__ = (Index("ix_mailing_reference_id", "reference", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(60), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    sender_name: Mapped[str] = mapped_column(String(160))
    sender_address: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[int | None]
    not_before: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]

    messages: Mapped[list[Message]] = relationship(back_populates="mailing")


# Both stand in queries word for word: SQLite uses a partial index only for what it can read.
PENDING_STATES = ("queued", "leased", "deferred")
PENDING = "state IN ('queued', 'leased', 'deferred')"
UNKNOWN = "state = 'unknown'"


class Message(Model):
    """One mail to one person. Message-ID and Date are fixed here, so a retry is the same mail.

    `data` holds this person's own values; `template` names a folder under templates/email.
    `started_at` is set before the envelope is sent: an expired lease without it is retried, with
    it the fate is unknown (decision 19).
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "ix_message_due",
            "priority",
            "not_before",
            "id",
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
        Index(
            "ix_message_unknown",
            "settled_at",
            sqlite_where=text(UNKNOWN),
            postgresql_where=text(UNKNOWN),
        ),
        Index("ix_message_mailing_state", "mailing_id", "state"),
        Index("ix_message_reference", "reference"),
        Index("ix_message_person", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    reference: Mapped[str] = mapped_column(String(60), default="")
    person_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    template: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    priority: Mapped[int] = mapped_column(default=5)

    state: Mapped[str] = mapped_column(String(20), default="queued")
    reason: Mapped[str] = mapped_column(Text, default="")
    not_before: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str] = mapped_column(String(40), default="")
    lease_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    last_reply: Mapped[str] = mapped_column(Text, default="")
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    mailing: Mapped[Mailing] = relationship(back_populates="messages")


class Suppression(Model):
    """Why a person or an address gets no mail of some purpose ("" is every purpose).

    A released row stays as history. `address_hash` is keyed, and outlives an erasure.
    """

    __tablename__ = "suppression"
    __table_args__ = (
        Index("ix_suppression_person", "person_id", "purpose"),
        Index("ix_suppression_address_hash", "address_hash", "purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[str] = mapped_column(String(20), default="")
    person_id: Mapped[int | None]
    address_hash: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(String(60))
    evidence: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None]
