"""What may be answered to a survey, and until when: decided without database or request. Pure.

A kept answer is one of three things: the place of a choice among the choices of its question (or a
number on a scale), a list of such places, or a text. What was left open is not kept at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

from eventsapp.core.dates import HOME_ZONE, local_to_utc, utc_to_local
from eventsapp.core.errors import N_, InputError
from eventsapp.core.text import without_controls
from eventsapp.surveys.kinds import AnswerKind, SurveyStatus

LONGEST_ANSWER = 3_000
PICKED = frozenset({AnswerKind.CHOICE, AnswerKind.CHOICES})
HIGHEST = {AnswerKind.SCALE: 5, AnswerKind.MARK: 10}

Value = int | list[int] | str


class Asked(Protocol):
    """What the rules need to know of a question."""

    @property
    def id(self) -> int:
        """Its number, by which an answer names it."""

    @property
    def kind(self) -> str:
        """How it is answered."""

    @property
    def choices(self) -> list[str]:
        """The answers to choose from, or the words at both ends of a scale."""

    @property
    def is_required(self) -> bool:
        """Whether nobody is done without an answer to it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What somebody answered as we keep it, and what is wrong with it."""

    values: dict[str, Value] = field(default_factory=dict)
    faults: list[InputError] = field(default_factory=list)


def field_of(question: Asked) -> str:
    """Give the name under which a form asks a question."""
    return f"question-{question.id}"


def options(question: Asked) -> list[tuple[int, str]]:
    """Give what can be chosen, each with the number that is kept of it; nothing for own words."""
    kind = AnswerKind(question.kind)
    if kind in HIGHEST:
        return [(number, str(number)) for number in range(1, HIGHEST[kind] + 1)]
    return list(enumerate(question.choices)) if kind in PICKED else []


def judge(questions: Iterable[Asked], said: Mapping[int, Sequence[str]]) -> Judged:
    """Read what was said to each question, by its number; all faults together."""
    judged = Judged()
    for question in questions:
        try:
            value = _read(question, said.get(question.id, ()))
        except InputError as fault:
            judged.faults.append(fault)
            continue
        if value not in ("", []):
            judged.values[str(question.id)] = value
        elif question.is_required:
            judged.faults.append(InputError(N_("Please answer this question."), field_of(question)))
    if not judged.values and not judged.faults:
        judged.faults.append(InputError(N_("Answer at least one question.")))
    return judged


def takes_answers(status: str, closes_at: datetime | None, moment: datetime) -> bool:
    """Tell whether answers are taken at this moment."""
    return status == SurveyStatus.OPEN and not is_over(closes_at, moment)


def is_over(closes_at: datetime | None, moment: datetime) -> bool:
    """Tell whether the last day on which a survey is open has passed."""
    return closes_at is not None and moment >= closes_at


def end_of(day: date) -> datetime:
    """Give the moment at which a day is over on Dutch clocks."""
    return local_to_utc(datetime.combine(day + timedelta(days=1), time()), HOME_ZONE)


def last_day(closes_at: datetime) -> date:
    """Give the last day on which a survey is open: of midnight it is the day before."""
    return utc_to_local(closes_at - timedelta(microseconds=1), HOME_ZONE).date()


def _read(question: Asked, said: Sequence[str]) -> Value:
    kind = AnswerKind(question.kind)
    if kind is AnswerKind.OPEN:
        return _text(said[0] if said else "", field_of(question))
    known = {str(number): number for number, _ in options(question)}
    chosen = [one for one in said if one]
    if not set(chosen) <= set(known):
        raise InputError(N_("Choose one of the answers."), field_of(question))
    if kind is AnswerKind.CHOICES:
        return sorted({known[one] for one in chosen})
    return known[chosen[0]] if chosen else ""


def _text(said: str, name: str) -> str:
    text = without_controls(said).strip()
    if len(text) > LONGEST_ANSWER:
        raise InputError(
            N_("This is too long: at most %(most)s characters."), name, most=LONGEST_ANSWER
        )
    return text
