"""What surveys forget: who answered an anonymous one, and after a year all names.

The nightly round calls `close_what_is_over` and `forget_old_names`; the rooms above take
`told_by` for the dossier of a person and `forget_person` for an erasure.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, cast, func, select, update

from eventsapp.core import audit
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.surveys.kinds import SurveyStatus
from eventsapp.surveys.models import Survey, SurveyAnswer
from eventsapp.surveys.results import wording_of

NAMES_KEPT = timedelta(days=365)


def cut_ties(survey: Survey) -> None:
    """Make of each hash of a closed anonymous survey a random text: no key leads back any more."""
    if survey.is_anonymous:
        db.session.execute(
            update(SurveyAnswer)
            .where(SurveyAnswer.survey_id == survey.id)
            .values(reader=_random_text())
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
