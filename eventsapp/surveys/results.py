"""What came in on a survey, added up: how often each answer was chosen, and what was written.

Counted in one pass over the answers, as they are now. Never writes, and never tells who answered
what of an anonymous survey: its answers stand in the order of their hashes, which says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from eventsapp.core.db import db
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Person
from eventsapp.surveys.kinds import AnswerKind
from eventsapp.surveys.models import Survey, SurveyAnswer, SurveyQuestion
from eventsapp.surveys.rules import HIGHEST, options

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Bar:
    """How many chose one answer. `share` is their part of who answered the question, in percent."""

    number: int
    text: str
    count: int
    share: int


@dataclass(frozen=True, slots=True)
class Total:
    """What was answered to one question; `mean` only of a scale or a mark that anybody gave."""

    question: SurveyQuestion
    answered: int
    bars: tuple[Bar, ...] = ()
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """All questions of a survey in their order, and how many readers answered at all."""

    count: int
    totals: tuple[Total, ...]


def results_of(survey: Survey) -> Results:
    """Add up what came in."""
    questions = list(survey.questions)
    chosen: dict[str, Counter[int]] = {str(question.id): Counter() for question in questions}
    answered: Counter[str] = Counter()
    count = 0
    statement = select(SurveyAnswer.values).where(SurveyAnswer.survey_id == survey.id)
    for values in db.session.scalars(statement.execution_options(yield_per=_AT_ONCE)):
        count += 1
        for number, value in values.items():
            answered[number] += 1
            if number in chosen and not isinstance(value, str):
                chosen[number].update(value if isinstance(value, list) else (value,))
    totals = (
        _total(question, answered[str(question.id)], chosen[str(question.id)])
        for question in questions
    )
    return Results(count, tuple(totals))


def texts_page(
    survey: Survey, question: SurveyQuestion, cursor: str | None = None
) -> Page[Row[Any]]:
    """Give what was written to an open question: `text`, and the `Person` where names are kept."""
    text = SurveyAnswer.values[str(question.id)].as_string()
    statement = (
        select(SurveyAnswer.reader, text.label("text"), Person)
        .outerjoin(Person, Person.id == SurveyAnswer.person_id)
        .where(SurveyAnswer.survey_id == survey.id, text != "")
    )
    return paginate(statement, [Key(SurveyAnswer.reader)], cursor)


def people_page(
    survey: Survey, question: SurveyQuestion, number: int, cursor: str | None = None
) -> Page[Row[Any]]:
    """Give the `Person` of each answer that chose this, for a survey that keeps names."""
    kept = SurveyAnswer.values[str(question.id)]
    condition = kept.as_integer() == number
    if question.kind == AnswerKind.CHOICES:
        # A list of numbers, which one database writes "[0, 2]" and the other "[0,2]".
        listed: Any = kept.as_string()
        for mark in "[],":
            listed = func.replace(listed, mark, " ")
        condition = listed.contains(f" {number} ", autoescape=True)
    statement = (
        select(SurveyAnswer.reader, Person)
        .outerjoin(Person, Person.id == SurveyAnswer.person_id)
        .where(SurveyAnswer.survey_id == survey.id, condition)
    )
    return paginate(statement, [Key(SurveyAnswer.reader)], cursor)


def wording_of(question: SurveyQuestion) -> Callable[[Any], str]:
    """Give what writes a kept answer to this question as people read it; "" for one left open."""
    known = dict(options(question))

    def words(value: Any) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        numbers = value if isinstance(value, list) else (value,)
        return "; ".join(known.get(number, "") for number in numbers)

    return words


def _total(question: SurveyQuestion, answered: int, chosen: Counter[int]) -> Total:
    bars = tuple(
        Bar(number, text, chosen[number], _percent(chosen[number], answered))
        for number, text in options(question)
    )
    mean = _mean(chosen) if AnswerKind(question.kind) in HIGHEST else None
    return Total(question, answered, bars, mean)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _mean(chosen: Counter[int]) -> float | None:
    count = chosen.total()
    return sum(number * times for number, times in chosen.items()) / count if count else None
