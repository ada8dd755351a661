"""Surveys for tests: `make_survey()` makes one with a question of each kind, open for answers.

Used inside `with transaction():`, never committed here.
"""

from __future__ import annotations

from typing import Any

from eventsapp.core.actor import SYSTEM
from eventsapp.core.db import db
from eventsapp.surveys import making
from eventsapp.surveys.kinds import AnswerKind
from eventsapp.surveys.models import Survey
from eventsapp.surveys.plan import QuestionLine, SurveyPlan

QUESTIONS = (
    QuestionLine(
        words="Leest u alles?", kind=AnswerKind.CHOICE, choices=("Ja", "Nee"), is_required=True
    ),
    QuestionLine(
        words="Waarover wilt u meer lezen?",
        kind=AnswerKind.CHOICES,
        choices=("Vervoer", "Wonen", "Jeugd"),
    ),
    QuestionLine(
        words="Hoe leesbaar is het?", kind=AnswerKind.SCALE, choices=("lastig", "heel goed")
    ),
    QuestionLine(words="Welk cijfer geeft u?", kind=AnswerKind.MARK),
    QuestionLine(words="Wat mist u?", kind=AnswerKind.OPEN),
)


def make_survey(*, is_open: bool = True, **values: Any) -> Survey:
    """Make a survey as the clock itself would, anonymous unless told otherwise."""
    values.setdefault("title", "Wat vindt u van de nieuwsbrief?")
    values.setdefault("questions", QUESTIONS)
    survey = making.make(SYSTEM, SurveyPlan(**values))
    if is_open:
        making.open_survey(SYSTEM, survey)
    db.session.flush()
    return survey


def filled_in(survey: Survey, **values: Any) -> dict[str, Any]:
    """Give what a browser sends of a form that was filled in; `q1` is the first question."""
    said: dict[str, Any] = {"q1": "0", "q2": ["0", "2"], "q3": "4", "q4": "8", "q5": "Foto's"}
    said.update(values)
    numbers = {f"q{place}": each.id for place, each in enumerate(survey.questions, start=1)}
    return {f"question-{numbers[name]}": value for name, value in said.items()}
