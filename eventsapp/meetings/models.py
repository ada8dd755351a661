"""Remembers meetings: when, where, what about, by whom, with which agenda and questions.

A meeting knows nothing of who was invited; that lives one floor up.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model, WallTime
from eventsapp.directory.models import Municipality, Network, Organisation, Person, Region, Theme

meeting_region = Table(
    "meeting_region",
    Model.metadata,
    Column("meeting_id", ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True),
    Column("region_id", ForeignKey("region.id"), primary_key=True, index=True),
)

meeting_theme = Table(
    "meeting_theme",
    Model.metadata,
    Column("meeting_id", ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True),
    Column("theme_id", ForeignKey("theme.id"), primary_key=True, index=True),
)

meeting_deputy = Table(
    "meeting_deputy",
    Model.metadata,
    Column("meeting_id", ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey("person.id"), primary_key=True, index=True),
)


class Meeting(Model):
    """A gathering on a day. Wall time and zone are the truth; `starts_at`, `ends_at` are derived.

    `regions` holds the leading region too, so that filters and rights look in one place.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        Index("ix_meeting_starts_at_id", "starts_at", "id"),
        Index("ix_meeting_region_starts", "lead_region_id", "starts_at"),
        Index("ix_meeting_network_starts", "network_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), default="draft")
    is_public: Mapped[bool] = mapped_column(default=False)
    is_confidential: Mapped[bool] = mapped_column(default=False)
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id"))
    lead_region_id: Mapped[int] = mapped_column(ForeignKey("region.id"))
    organiser_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    language: Mapped[str] = mapped_column(String(5), default="nl")

    starts_wall: Mapped[datetime] = mapped_column(WallTime)
    ends_wall: Mapped[datetime] = mapped_column(WallTime)
    timezone: Mapped[str] = mapped_column(String(60), default="Europe/Amsterdam")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    answer_by: Mapped[date | None]

    place_name: Mapped[str] = mapped_column(String(200), default="")
    street: Mapped[str] = mapped_column(String(200), default="")
    postcode: Mapped[str] = mapped_column(String(20), default="")
    town: Mapped[str] = mapped_column(String(120), default="")
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"))
    directions: Mapped[str] = mapped_column(Text, default="")
    access: Mapped[list[str]] = mapped_column(JSON, default=list)
    online_url: Mapped[str] = mapped_column(String(500), default="")
    capacity: Mapped[int | None]

    description: Mapped[str] = mapped_column(Text, default="")
    opening: Mapped[str] = mapped_column(Text, default="")
    mail_plan: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    revision: Mapped[int] = mapped_column(default=0)
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    attendance_closed_at: Mapped[datetime | None]
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    network: Mapped[Network | None] = relationship()
    lead_region: Mapped[Region] = relationship()
    municipality: Mapped[Municipality | None] = relationship()
    organiser: Mapped[Person] = relationship(foreign_keys=[organiser_person_id])
    regions: Mapped[list[Region]] = relationship(secondary=meeting_region, order_by="Region.name")
    themes: Mapped[list[Theme]] = relationship(secondary=meeting_theme, order_by="Theme.position")
    deputies: Mapped[list[Person]] = relationship(secondary=meeting_deputy)
    agenda: Mapped[list[AgendaItem]] = relationship(
        back_populates="meeting", order_by="AgendaItem.position", cascade="all, delete-orphan"
    )
    questions: Mapped[list[Question]] = relationship(
        back_populates="meeting", order_by="Question.position", cascade="all, delete-orphan"
    )
    co_organisers: Mapped[list[CoOrganiser]] = relationship(
        order_by="CoOrganiser.position", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}


class AgendaItem(Model):
    """A point of the agenda, with the time at which it starts where that is known."""

    __tablename__ = "agenda_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(
        ForeignKey("meeting.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    starts: Mapped[time | None]
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")

    meeting: Mapped[Meeting] = relationship(back_populates="agenda")
    speakers: Mapped[list[Speaker]] = relationship(
        order_by="Speaker.position", cascade="all, delete-orphan"
    )


class Speaker(Model):
    """Who speaks at a point of the agenda; need not be in the directory."""

    __tablename__ = "speaker"

    id: Mapped[int] = mapped_column(primary_key=True)
    agenda_item_id: Mapped[int] = mapped_column(
        ForeignKey("agenda_item.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(160))
    organisation: Mapped[str] = mapped_column(String(200), default="")


class Question(Model):
    """An own question of a meeting; `options` is a list of {"label", "seats"}.

    `is_sensitive` marks health or diet: it follows the rule for access needs.
    """

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(
        ForeignKey("meeting.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(300))
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    is_sensitive: Mapped[bool] = mapped_column(default=False)

    meeting: Mapped[Meeting] = relationship(back_populates="questions")


class CoOrganiser(Model):
    """An organisation that a meeting is held together with."""

    __tablename__ = "co_organiser"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(
        ForeignKey("meeting.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    logo_type: Mapped[str] = mapped_column(String(40), default="")

    organisation: Mapped[Organisation | None] = relationship()


class Paper(Model):
    """A document that belongs to a meeting; mails carry its link, not the file."""

    __tablename__ = "paper"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(
        ForeignKey("meeting.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(200))
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_at: Mapped[datetime] = mapped_column(default=now)
    added_by: Mapped[int | None]
