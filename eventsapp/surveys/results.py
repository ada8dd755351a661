"""What came in on a survey, added up: how often each answer was chosen, and what was written.

The counts were kept up answer by answer, so reading them costs the same for any number of readers.
Never writes, and never tells who answered what of an anonymous survey: its answers stand in the
order of their hashes, which says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Person
from eventsapp.surveys.kinds import AnswerKind
from eventsapp.surveys.models import Survey, SurveyAnswer, SurveyQuestion
from eventsapp.surveys.queries import count_answers
from eventsapp.surveys.rules import HIGHEST, options
from eventsapp.surveys.tally import ANSWERED, Counts, counts_of

_MOST_WORDS = 8


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
    """Give what came in, as it was added up answer by answer."""
    counts = counts_of(survey)
    totals = tuple(_total(question, counts) for question in survey.questions)
    return Results(count_answers(survey), totals)


def texts_page(
    survey: Survey, question: SurveyQuestion, cursor: str | None = None, words: str = ""
) -> Page[Row[Any]]:
    """Give what was written to an open question: `text`, and the `Person` where names are kept.

    `words`: only the answers in which each of these words stands.
    """
    text = SurveyAnswer.values[str(question.id)].as_string()
    statement = (
        select(SurveyAnswer.reader, text.label("text"), Person)
        .outerjoin(Person, Person.id == SurveyAnswer.person_id)
        .where(SurveyAnswer.survey_id == survey.id, text != "")
        .where(*(text.icontains(word, autoescape=True) for word in words.split()[:_MOST_WORDS]))
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


def _total(question: SurveyQuestion, counts: Counts) -> Total:
    answered = counts[question.id, ANSWERED]
    bars = tuple(
        Bar(number, text, chosen, _percent(chosen, answered))
        for number, text in options(question)
        for chosen in [counts[question.id, number]]
    )
    mean = _mean(bars) if AnswerKind(question.kind) in HIGHEST else None
    return Total(question, answered, bars, mean)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _mean(bars: Sequence[Bar]) -> float | None:
    count = sum(bar.count for bar in bars)
    return sum(bar.number * bar.count for bar in bars) / count if count else None
