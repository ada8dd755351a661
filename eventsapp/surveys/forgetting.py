"""What surveys forget: who answered an anonymous one, and after a year all names.

The nightly round calls `close_what_is_over` and `forget_old_names`; the rooms above take
`told_by` for the dossier of a person and `forget_person` for an erasure.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, cast, delete, func, insert, literal, select, update

from eventsapp.core import audit
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.surveys.kinds import SurveyStatus
from eventsapp.surveys.models import Survey, SurveyAnswer
from eventsapp.surveys.results import wording_of

NAMES_KEPT = timedelta(days=365)


def cut_ties(survey: Survey) -> None:
    """Leave nothing in a closed anonymous survey that leads back to a reader.

    Each answer gets a random text for its hash, so that no key opens it; the moment of closing for
    its day; and another number, drawn by lot, so that nobody tells who came first.
    """
    if not survey.is_anonymous:
        return
    of_survey = SurveyAnswer.survey_id == survey.id
    last = db.session.scalar(select(func.max(SurveyAnswer.id)).where(of_survey))
    if last is None:
        return
    mixed = (
        select(
            SurveyAnswer.survey_id, _random_text(), SurveyAnswer.values, literal(survey.closes_at)
        )
        .where(of_survey)
        .order_by(func.random())
    )
    columns = ["survey_id", "reader", "values", "answered_at"]
    db.session.execute(insert(SurveyAnswer).from_select(columns, mixed))
    db.session.execute(
        delete(SurveyAnswer)
        .where(of_survey, SurveyAnswer.id <= last)
        .execution_options(synchronize_session=False)
    )


def close_what_is_over() -> int:
    """Close the surveys whose last day has passed; gives how many. For the nightly round."""
    surveys = db.session.scalars(
        select(Survey)
        .where(Survey.status == SurveyStatus.OPEN, Survey.closes_at <= now())
        .with_for_update()
    ).all()
    for survey in surveys:
        survey.status = SurveyStatus.CLOSED.value
        cut_ties(survey)
        audit.record(SYSTEM, "survey.close", "survey", survey.id)
    return len(surveys)


def forget_old_names() -> None:
    """Drop who answered from surveys that closed a year ago; for the nightly round."""
    old = select(Survey.id).where(
        Survey.status == SurveyStatus.CLOSED, Survey.closes_at < now() - NAMES_KEPT
    )
    db.session.execute(
        update(SurveyAnswer)
        .where(SurveyAnswer.person_id.is_not(None), SurveyAnswer.survey_id.in_(old))
        .values(person_id=None, reader=_random_text())
        .execution_options(synchronize_session=False)
    )


def forget_person(person_id: int) -> None:
    """Take a name away from all that somebody answered; the answers stay, as counts do."""
    db.session.execute(
        update(SurveyAnswer)
        .where(SurveyAnswer.person_id == person_id)
        .values(person_id=None, reader=_random_text())
        .execution_options(synchronize_session=False)
    )


def answers_of(person_id: int) -> list[tuple[Survey, SurveyAnswer]]:
    """Give what somebody answered under their own name, the latest first."""
    statement = (
        select(Survey, SurveyAnswer)
        .join(SurveyAnswer, SurveyAnswer.survey_id == Survey.id)
        .where(SurveyAnswer.person_id == person_id)
        .order_by(SurveyAnswer.answered_at.desc(), SurveyAnswer.id)
    )
    return [(survey, said) for survey, said in db.session.execute(statement)]


def told_by(person_id: int) -> list[tuple[datetime, str, str]]:
    """Give the same for somebody's dossier: when, in which survey, and each answer in words."""
    return [
        (
            said.answered_at,
            survey.title,
            "; ".join(
                f"{question.words} {wording_of(question)(said.values[str(question.id)])}"
                for question in survey.questions
                if str(question.id) in said.values
            ),
        )
        for survey, said in answers_of(person_id)
    ]


def _random_text() -> ColumnElement[str]:
    """Have the database make 32 random characters, other ones for each row."""
    if db.engine.dialect.name == "postgresql":
        return func.replace(cast(func.gen_random_uuid(), String), "-", "")
    return func.lower(func.hex(func.randomblob(16)))
