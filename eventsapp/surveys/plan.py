"""A survey as an editor means it to be: typed words, made tidy and judged. Pure.

`making.py` turns a plan into rows; the form in the advisors' door makes one from what was typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sized
from dataclasses import dataclass, replace
from datetime import date

from eventsapp.core.errors import N_, InputError
from eventsapp.core.text import clean_html, one_line
from eventsapp.surveys.kinds import AnswerKind
from eventsapp.surveys.rules import HIGHEST, PICKED

MOST_QUESTIONS = 20  # a longer form is not filled in to its end
MOST_CHOICES = 15
LONGEST_TITLE = 160
LONGEST_WORDS = 300
LONGEST_CHOICE = 120
LONGEST_END = 40  # the words at the ends of a scale stand beside it, on a phone too
LONGEST_TEXT = 5_000
_ENDLESS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    """One question; `id` names the kept question that this is.

    `choices` are the answers to choose from. Of a scale or a mark they are the words at its lowest
    and its highest end; there they may be missing.
    """

    words: str
    kind: AnswerKind = AnswerKind.CHOICE
    choices: tuple[str, ...] = ()
    is_required: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyPlan:
    """All that an editor decides about a survey. `closes_on` is the last day on which it is open.

    `intro` and `thanks` are rich text: before the questions, and after they were answered.
    """

    title: str
    intro: str = ""
    thanks: str = ""
    is_anonymous: bool = True
    closes_on: date | None = None
    questions: tuple[QuestionLine, ...] = ()


def tidy(plan: SurveyPlan) -> SurveyPlan:
    """Bring what was typed into the form in which we keep it: safe lines, cleaned rich text."""
    return replace(
        plan,
        title=_line(plan.title),
        intro=clean_html(plan.intro),
        thanks=clean_html(plan.thanks),
        questions=tuple(_tidy_question(line) for line in plan.questions),
    )


def faults(plan: SurveyPlan, today: date) -> list[InputError]:
    """Give everything that makes a tidy plan impossible, each with the field it belongs to.

    Fields of questions are named as the form names them: "questions-0-words".
    """
    return [*_text_faults(plan, today), *_line_faults(plan)]


def _text_faults(plan: SurveyPlan, today: date) -> Iterator[InputError]:
    if not plan.title:
        yield InputError(N_("Give the survey a title."), "title")
    yield from _too_long(plan.title, LONGEST_TITLE, "title")
    yield from _too_long(plan.intro, LONGEST_TEXT, "intro")
    yield from _too_long(plan.thanks, LONGEST_TEXT, "thanks")
    if plan.closes_on is not None and plan.closes_on < today:
        yield InputError(N_("This day is past. Choose today or a later day."), "closes_on")
    if plan.closes_on is not None and plan.closes_on.year > today.year + 10:
        yield InputError(N_("This day is too far away. Is the year right?"), "closes_on")


def _line_faults(plan: SurveyPlan) -> Iterator[InputError]:
    yield from _too_many(plan.questions, MOST_QUESTIONS, "questions")
    for index, question in enumerate(plan.questions):
        yield from _question_faults(question, f"questions-{index}")


def _question_faults(question: QuestionLine, name: str) -> Iterator[InputError]:
    if not question.words:
        yield InputError(N_("Fill in the question."), f"{name}-words")
    yield from _too_long(question.words, LONGEST_WORDS, f"{name}-words")
    if question.kind in HIGHEST:
        yield from _end_faults(question, f"{name}-choices")
    elif question.kind in PICKED:
        yield from _choice_faults(question, f"{name}-choices")


def _end_faults(question: QuestionLine, field: str) -> Iterator[InputError]:
    if len(question.choices) not in (0, 2):
        yield InputError(
            N_("Write two lines: what the lowest and what the highest number means. Or none."),
            field,
        )
    for end in question.choices:
        yield from _too_long(end, LONGEST_END, field)


def _choice_faults(question: QuestionLine, field: str) -> Iterator[InputError]:
    yield from _too_many(question.choices, MOST_CHOICES, field)
    if len(question.choices) < 2:
        yield InputError(N_("Give at least two choices, each on a line of its own."), field)
    if len(set(question.choices)) < len(question.choices):
        yield InputError(N_("The same choice stands there twice."), field)
    for choice in question.choices:
        yield from _too_long(choice, LONGEST_CHOICE, field)


def _too_long(text: str, most: int, name: str) -> Iterator[InputError]:
    if len(text) > most:
        yield InputError(N_("This is too long: at most %(most)s characters."), name, most=most)


def _too_many(lines: Sized, most: int, name: str) -> Iterator[InputError]:
    if len(lines) > most:
        yield InputError(N_("These are too many: at most %(most)s."), name, most=most)


def _tidy_question(line: QuestionLine) -> QuestionLine:
    has_choices = line.kind is not AnswerKind.OPEN
    choices = tuple(one for one in map(_line, line.choices) if one) if has_choices else ()
    return replace(line, words=_line(line.words), choices=choices)


def _line(text: str) -> str:
    return one_line(text, _ENDLESS)
