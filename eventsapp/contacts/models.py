"""Remembers lists as questions, hand-picked members, drafts, consent with its proof, readers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model
from eventsapp.directory.models import Person, PersonAddress, Region, Theme


class ContactList(Model):
    """A list that is asked anew each time: saved criteria plus added minus removed people."""

    __tablename__ = "contact_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    owner_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    criteria: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    region: Mapped[Region | None] = relationship()
    owner: Mapped[Person] = relationship()
    members: Mapped[list[Membership]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}


class Membership(Model):
    """Somebody added to a list by hand, or left out by hand."""

    __tablename__ = "membership"

    list_id: Mapped[int] = mapped_column(
        ForeignKey("contact_list.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    is_added: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=now)
    by_person_id: Mapped[int | None]

    person: Mapped[Person] = relationship()


class LetterDraft(Model):
    """A letter that somebody is writing, kept until it is sent.

    `reference` is what it is written from ("meeting:5", "list:3"); `audience` is one of
    `readers.Audience` or "list:3".
    """

    __tablename__ = "letter_draft"
    __table_args__ = (UniqueConstraint("owner_person_id", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reference: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    paper_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    updated_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Consent(Model):
    """One line of the consent log, which only grows: who, what, when, how, in which words.

    `proof` is what an import brought along: where and how somebody agreed before. A line with a
    `newsletter_id` is about that newsletter only.
    """

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    is_given: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=now)
    how: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text, default="")
    meeting_id: Mapped[int | None]
    by_person_id: Mapped[int | None]
    proof: Mapped[str] = mapped_column(Text, default="")
    newsletter_id: Mapped[int | None]


class SubscriptionRequest(Model):
    """Somebody typed an address on the page to subscribe; it holds only once that is confirmed.

    Whoever holds the link of the mail may confirm; after a week the row is forgotten. A confirmed
    one names its subscription, so that a second press finds it.
    """

    __tablename__ = "subscription_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    newsletter_id: Mapped[int]
    email: Mapped[str] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(String(160), default="")
    reader_kind: Mapped[str] = mapped_column(String(40), default="")
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"))
    region_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    theme_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    language: Mapped[str] = mapped_column(String(5), default="nl")
    wants_text: Mapped[bool] = mapped_column(default=False)
    words: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    confirmed_at: Mapped[datetime | None]
    subscription_id: Mapped[int | None]


subscription_region = Table(
    "subscription_region",
    Model.metadata,
    Column("subscription_id", ForeignKey("subscription.id", ondelete="CASCADE"), primary_key=True),
    Column("region_id", ForeignKey("region.id"), primary_key=True, index=True),
)

subscription_theme = Table(
    "subscription_theme",
    Model.metadata,
    Column("subscription_id", ForeignKey("subscription.id", ondelete="CASCADE"), primary_key=True),
    Column("theme_id", ForeignKey("theme.id"), primary_key=True, index=True),
)

# It stands in queries word for word: SQLite uses a partial index only for what it can read.
READING = "ended_at IS NULL"
HAS_LEFT = "ended_at IS NOT NULL"
PAUSED = "paused_until IS NOT NULL"


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Subscription(Model):
    """Somebody who reads a newsletter, and what they chose. One a person and newsletter, for ever.

    `ended_at` is when they left; who comes back continues the same row. No region chosen means
    the regions of the own municipality, no theme means all themes. The language is the person's.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "person_id"),
        Index("ix_subscription_reading", "newsletter_id", "id", **_where(READING)),
        Index("ix_subscription_started", "newsletter_id", "started_at", "id"),
        Index("ix_subscription_kind", "newsletter_id", "reader_kind", "id"),
        Index("ix_subscription_left", "newsletter_id", "ended_at", "id", **_where(HAS_LEFT)),
        Index("ix_subscription_paused", "newsletter_id", "paused_until", "id", **_where(PAUSED)),
        # With what the list asks of each: it goes along the names and looks here first.
        Index(
            "ix_subscription_listed",
            "newsletter_id",
            "person_id",
            "ended_at",
            "paused_until",
            "reader_kind",
            "id",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    newsletter_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    address_id: Mapped[int | None] = mapped_column(
        ForeignKey("person_address.id", ondelete="SET NULL"), index=True
    )
    reader_kind: Mapped[str] = mapped_column(String(40), default="")
    wants_text: Mapped[bool] = mapped_column(default=False)
    how: Mapped[str] = mapped_column(String(40), default="")
    started_at: Mapped[datetime] = mapped_column(default=now)
    paused_until: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(40), default="")
    generation: Mapped[int] = mapped_column(default=1)
    """Signed into the link to the personal page; raising it makes older links worthless."""
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship()
    address: Mapped[PersonAddress | None] = relationship()
    regions: Mapped[list[Region]] = relationship(secondary=subscription_region)
    themes: Mapped[list[Theme]] = relationship(secondary=subscription_theme)

    __mapper_args__ = {"version_id_col": version}


class ReachSnapshot(Model):
    """How many municipalities a newsletter reached on a day, and by how many readers."""

    __tablename__ = "reach_snapshot"
    __table_args__ = (UniqueConstraint("newsletter_id", "on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    newsletter_id: Mapped[int]
    on: Mapped[date]
    readers: Mapped[int]
    municipalities: Mapped[int]
    of_municipalities: Mapped[int]
    by_kind: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)


class ReaderCount(Model):
    """All figures about the readers of a newsletter as they were counted last, and when."""

    __tablename__ = "reader_count"

    newsletter_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counted_at: Mapped[datetime]
    on: Mapped[date]
    readers: Mapped[int]
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
