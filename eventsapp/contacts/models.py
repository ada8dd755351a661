"""Remembers contact lists as questions, hand-picked members, drafts, and consent with its proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model
from eventsapp.directory.models import Person, Region


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
    """One line of the consent log, which only grows: who, what, when, how, in which words."""

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
