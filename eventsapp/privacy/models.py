"""Remembers who asked to be erased, when, and what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model
from eventsapp.directory.models import Person


class ErasureRequest(Model):
    """Somebody asked to be erased (GDPR article 17); answered by `answer_by` (article 12(3)).

    `begins_at` is when the erasing begins, until which it can be undone; `message_id` is the last
    mail. `words` are what a refusal told, `counts` how many rows of which table went or stay.
    `delay` is why the answer takes longer, as the person was told when `extended_at` it was.
    """

    __tablename__ = "erasure_request"
    __table_args__ = (Index("ix_erasure_request_state", "state", "answer_by"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    how: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answer_by: Mapped[date]
    entered_by: Mapped[int | None]
    begins_at: Mapped[datetime | None]
    message_id: Mapped[int | None]
    was_told: Mapped[bool | None]
    refusal: Mapped[str] = mapped_column(String(20), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    extended_at: Mapped[datetime | None]
    extended_by: Mapped[int | None]
    delay: Mapped[str] = mapped_column(Text, default="")
    delay_told: Mapped[bool | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": version}
