"""Remembers short surveys: their questions, one answer a reader, and how often each was chosen.

An answer to an anonymous survey holds no person: only a keyed hash that keeps a second one out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model


class Survey(Model):
    """A short form of questions. `status` is one of draft, open or closed."""

    __tablename__ = "survey"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(160))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    intro: Mapped[str] = mapped_column(Text, default="")
    thanks: Mapped[str] = mapped_column(Text, default="")
    is_anonymous: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(String(12), default="draft")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    questions: Mapped[list[SurveyQuestion]] = relationship(
        back_populates="survey", cascade="all, delete-orphan", order_by="SurveyQuestion.position"
    )

    __mapper_args__ = {"version_id_col": version}


class SurveyQuestion(Model):
    """One question. `kind` is one of choice, choices, scale, mark or open."""

    __tablename__ = "survey_question"
    __table_args__ = (Index("ix_survey_question_survey_position", "survey_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(300))
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_required: Mapped[bool] = mapped_column(default=False)

    survey: Mapped[Survey] = relationship(back_populates="questions")


class SurveyAnswer(Model):
    """One reader's answers. `reader` is a keyed hash, `person_id` is empty where it is anonymous.

    The day stands in for the moment where it is anonymous, so that nobody is found by it.
    """

    __tablename__ = "survey_answer"
    __table_args__ = (UniqueConstraint("survey_id", "reader"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    reader: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(index=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    answered_at: Mapped[datetime] = mapped_column(default=now)


class SurveyTally(Model):
    """How many readers chose an answer; `number` is what is kept of it, `tally.ANSWERED` for any.

    Kept up with every answer, so that results cost the same after ten answers and after 30,000.
    """

    __tablename__ = "survey_tally"

    question_id: Mapped[int] = mapped_column(
        ForeignKey("survey_question.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(default=0)
