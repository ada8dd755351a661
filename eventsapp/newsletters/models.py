"""Remembers newsletters with their rhythm, editions with their blocks, pieces asked for, pictures.

Who reads them stands in `contacts/`, what became of each mail in `mail/`: an edition names its
mailing by number, a mailing names its edition as "edition:7".
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model
from eventsapp.directory.models import Person, Region


class Picture(Model):
    """A picture that was uploaded, checked and scaled; `digest` names it by what is in it.

    `alternative` is how it was described last; `search_key` holds the folded words it is found by.
    """

    __tablename__ = "picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    type: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]
    height: Mapped[int]
    octets: Mapped[int]
    alternative: Mapped[str] = mapped_column(String(300), default="")
    search_key: Mapped[str] = mapped_column(Text, default="")
    uploaded_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]
    """When it was last seen to be in use somewhere; None: not since it was uploaded."""


class PictureFile(Model):
    """A picture in one size, as browsers and mail programs fetch it."""

    __tablename__ = "picture_file"

    picture_id: Mapped[int] = mapped_column(
        ForeignKey("picture.id", ondelete="CASCADE"), primary_key=True
    )
    size: Mapped[str] = mapped_column(String(10), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Newsletter(Model):
    """A newsletter: how it looks, who sends it, and the rhythm in which its editions begin.

    All `*_days` count days before the day of sending. `send_at` is wall time at `timezone`.
    """

    __tablename__ = "newsletter"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    about: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    sender_name: Mapped[str] = mapped_column(String(160), default="")
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    masthead: Mapped[str] = mapped_column(String(160), default="")
    masthead_picture_id: Mapped[int | None] = mapped_column(
        ForeignKey("picture.id", ondelete="SET NULL")
    )
    is_active: Mapped[bool] = mapped_column(default=True)
    every_months: Mapped[int] = mapped_column(default=2)
    next_on: Mapped[date | None]
    """The day on which the edition after the open one is to be sent; None: no rhythm."""
    send_at: Mapped[time] = mapped_column(default=time(9, 0))
    timezone: Mapped[str] = mapped_column(String(40), default="Europe/Amsterdam")
    opens_days: Mapped[int] = mapped_column(default=42)
    contributions_days: Mapped[int] = mapped_column(default=21)
    review_days: Mapped[int] = mapped_column(default=10)
    sign_off_days: Mapped[int] = mapped_column(default=3)
    late_hours: Mapped[int] = mapped_column(default=24)
    """So much later than planned it is still sent by itself; beyond it somebody is asked."""
    needs_second: Mapped[bool] = mapped_column(default=True)
    """Whether somebody else than who asked for it signs off."""
    regional_needs_approval: Mapped[bool] = mapped_column(default=True)
    counts_clicks: Mapped[bool] = mapped_column(default=False)
    criteria: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Which subscribers get it, in the grammar of contact lists; empty: all of them."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Edition(Model):
    """One edition: its words, its state, and when it leaves.

    `content_version` grows with each change of words or blocks; a sign-off names the one that was
    read. `send_on` and `send_at` are wall time at the newsletter's zone, `send_utc` follows.
    """

    __tablename__ = "edition"
    __table_args__ = (
        Index("ix_edition_status_send_utc", "status", "send_utc"),
        Index("ix_edition_newsletter_sent", "newsletter_id", "sent_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletter.id"))
    kind: Mapped[str] = mapped_column(String(20), default="regular")
    status: Mapped[str] = mapped_column(String(20), default="draft")
    title: Mapped[str] = mapped_column(String(160))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    subject: Mapped[str] = mapped_column(String(200), default="")
    preview_line: Mapped[str] = mapped_column(String(200), default="")
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("edition.id"), index=True)
    criteria: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    contributions_on: Mapped[date | None]
    review_on: Mapped[date | None]
    sign_off_on: Mapped[date | None]
    send_on: Mapped[date | None]
    send_at: Mapped[time | None]
    send_utc: Mapped[datetime | None]
    is_scheduled_by_id: Mapped[int | None]
    is_late: Mapped[bool] = mapped_column(default=False)
    """Its moment passed by more than the limit: it waits for somebody to say whether it may go."""
    content_version: Mapped[int] = mapped_column(default=1)
    words_by_id: Mapped[int | None]
    """Who changed its words or blocks last: somebody else has to agree with them."""
    asked_by_id: Mapped[int | None]
    """Who asked for the sign-off that it waits for, or got."""
    remark: Mapped[str] = mapped_column(Text, default="")
    """Why it was sent back by who read it; empty again as soon as it is asked anew."""
    read_as: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """How it stood when somebody last agreed or gave it back: see `changes.py`."""
    mailing_id: Mapped[int | None] = mapped_column(index=True)
    frozen_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    is_archived: Mapped[bool] = mapped_column(default=True)
    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Which reminders about due days were sent already."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    newsletter: Mapped[Newsletter] = relationship()
    region: Mapped[Region | None] = relationship()
    blocks: Mapped[list[Block]] = relationship(
        back_populates="edition",
        primaryjoin="and_(Edition.id == Block.edition_id, Block.dropped_at.is_(None))",
        cascade="save-update, merge, delete",
        passive_deletes=True,
        order_by="Block.position, Block.id",
    )

    __mapper_args__ = {"version_id_col": version}


class Block(Model):
    """One piece of an edition. What `data` holds depends on the kind: see `blocks.py`.

    `limits` names regions, themes and languages by which readers get it; an empty list is no
    limit. `slug` names the page of an article in the archive. A block that was taken away keeps
    its row, so that it can be put back; `edition.blocks` leaves it out.
    """

    __tablename__ = "block"
    __table_args__ = (Index("ix_block_edition_position", "edition_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    limits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    slug: Mapped[str] = mapped_column(String(80), default="", index=True)
    contribution_id: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    updated_by: Mapped[int | None]
    dropped_at: Mapped[datetime | None]
    pen: Mapped[str] = mapped_column(String(40), default="")
    """The opened form that wrote last: it may go on, even if it never heard that it was kept."""
    version: Mapped[int] = mapped_column(default=1)

    edition: Mapped[Edition] = relationship(back_populates="blocks")

    __mapper_args__ = {"version_id_col": version}


class SignOff(Model):
    """Somebody read these words of an edition and agreed; a later change makes it worth nothing."""

    __tablename__ = "sign_off"
    __table_args__ = (UniqueConstraint("edition_id", "content_version", "by_person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    content_version: Mapped[int]
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)

    by: Mapped[Person] = relationship()


class Contribution(Model):
    """A piece that somebody was asked to write for an edition, and what they wrote."""

    __tablename__ = "contribution"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), index=True
    )
    author_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by_id: Mapped[int | None]
    asked_at: Mapped[datetime] = mapped_column(default=now)
    due_on: Mapped[date | None]
    brief: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(20), default="asked")
    title: Mapped[str] = mapped_column(String(160), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id", ondelete="SET NULL"))
    alternative: Mapped[str] = mapped_column(String(300), default="")
    block_id: Mapped[int | None] = mapped_column(ForeignKey("block.id", ondelete="SET NULL"))
    seen_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    pen: Mapped[str] = mapped_column(String(40), default="")
    """The opened form that wrote last, as with a block."""
    version: Mapped[int] = mapped_column(default=1)

    author: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": version}


class LinkClicks(Model):
    """How often a link of an edition was followed, by anybody; only where that is switched on."""

    __tablename__ = "link_clicks"
    __table_args__ = (UniqueConstraint("edition_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    number: Mapped[int]
    url: Mapped[str] = mapped_column(Text)
    clicks: Mapped[int] = mapped_column(default=0)


class ArchivePage(Model):
    """What anybody may read of an edition that was sent: all of it, or one of its articles.

    Written when the recipients are frozen, so that it says what the mails said, and kept when
    those are erased. The page with an empty `slug` is the edition itself.
    """

    __tablename__ = "archive_page"
    __table_args__ = (UniqueConstraint("edition_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(80), default="")
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text, default="")
    search_key: Mapped[str] = mapped_column(Text, default="")
    blocks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)

    edition: Mapped[Edition] = relationship()
