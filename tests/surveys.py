"""Surveys for tests: `make_survey()` makes one with a question of each kind, open for answers.

Used inside `with transaction():`, never committed here.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from eventsapp.core.actor import SYSTEM
from eventsapp.core.db import db
from eventsapp.directory.models import Person
from eventsapp.surveys import answering, links, making
from eventsapp.surveys.kinds import AnswerKind
from eventsapp.surveys.models import Survey
from eventsapp.surveys.plan import QuestionLine, SurveyPlan
from tests.factories import make_person

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


def say(survey: Survey, person: Person, said: dict[str, Any]) -> None:
    """Let somebody answer by the own link; `said` tells where it differs from `filled_in`."""
    filled = filled_in(survey, **said)
    values = {question.id: filled[f"question-{question.id}"] for question in survey.questions}
    answering.answer(
        answering.reader_by_token(links.token_for(survey.id, person.id)),
        {number: value if isinstance(value, list) else [value] for number, value in values.items()},
    )


def make_story() -> SimpleNamespace:
    """Make a named survey that Riet and Piet answered, and an anonymous one answered the same."""
    riet, piet = make_person("Riet Vos"), make_person("Piet Jansen")
    found = SimpleNamespace(people=[riet, piet])
    for name, is_anonymous in (("named", False), ("anonymous", True)):
        survey = make_survey(is_anonymous=is_anonymous)
        say(survey, riet, {"q2": ["0", "2"]})
        say(survey, piet, {"q1": "1", "q2": ["1"], "q3": "2", "q5": "=1+1"})
        setattr(found, name, survey)
        setattr(found, f"at_{name}", f"/manage/surveys/{survey.id}")
    db.session.flush()
    return found
