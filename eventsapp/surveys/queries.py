"""Asks which surveys there are and who may do what with them. Never writes.

Everybody who signs in reads the results; names beside answers are for the coordinator alone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select

from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Forbidden, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.surveys.kinds import SurveyStatus
from eventsapp.surveys.models import Survey, SurveyAnswer, SurveyQuestion

MOST_TO_LINK = 50
FEWEST = 5
"""Readers: where fewer answered an anonymous survey, one could guess who said what."""


def demand_make(actor: Actor) -> None:
    """Raise `Forbidden` unless the actor makes newsletters, and so surveys."""
    if not actor.makes_newsletters:
        raise Forbidden(N_("Surveys are made by the editors of the newsletter."))


def survey_for(actor: Actor, survey_id: int, *, write: bool = False) -> Survey:
    """Give a survey; raise `NotFound`, or `Forbidden` when it is to be changed by somebody else."""
    survey = db.session.get(Survey, survey_id)
    if survey is None:
        raise NotFound(N_("This survey does not exist any more."))
    if write:
        demand_make(actor)
    return survey


def sees_names(actor: Actor, survey: Survey) -> bool:
    """Tell whether the actor may see who answered what: as the form promised, only one may."""
    return not survey.is_anonymous and actor.is_coordinator


def may_be_told(survey: Survey, answered: int) -> bool:
    """Tell whether what was answered may be shown, to anybody at all, when so many answered."""
    return not survey.is_anonymous or answered >= FEWEST


def surveys_page(cursor: str | None = None) -> Page[Row[Any]]:
    """Give the surveys with how many answered, the newest first, fifty at a time."""
    answered = (
        select(func.count())
        .where(SurveyAnswer.survey_id == Survey.id)
        .correlate(Survey)
        .scalar_subquery()
    )
    statement = select(Survey, answered.label("answered"))
    return paginate(statement, [Key(Survey.id, descending=True)], cursor)


def surveys_to_link() -> list[tuple[int, str]]:
    """Give number and title of each survey that a newsletter may point at, the newest first."""
    statement = (
        select(Survey.id, Survey.title)
        .where(Survey.status != SurveyStatus.CLOSED)
        .order_by(Survey.id.desc())
        .limit(MOST_TO_LINK)
    )
    return [(number, title) for number, title in db.session.execute(statement)]


def survey_by_slug(slug: str) -> Survey:
    """Give the survey at a public address; a draft looks as if it does not exist.

    The number of a survey is an address too, for who knows nothing else of it: no slug is one.
    """
    is_number = slug.isascii() and slug.isdigit() and len(slug) < 10
    at = Survey.id == int(slug) if is_number else Survey.slug == slug.replace("\0", "")
    survey = db.session.scalar(select(Survey).where(at, Survey.status != SurveyStatus.DRAFT))
    if survey is None:
        raise NotFound
    return survey


def question_of(survey: Survey, question_id: int) -> SurveyQuestion:
    """Give a question of this survey; raise `NotFound`."""
    for question in survey.questions:
        if question.id == question_id:
            return question
    raise NotFound


def count_answers(survey: Survey) -> int:
    """Tell how many readers answered."""
    statement = select(func.count()).where(SurveyAnswer.survey_id == survey.id)
    return db.session.scalar(statement) or 0


def hold(survey: Survey, *, shared: bool = False) -> None:
    """Read a survey anew, and let who changes it at the same moment wait until this is done.

    `shared`: for an answer, which need not wait for other answers.
    """
    statement = select(Survey).where(Survey.id == survey.id).with_for_update(read=shared)
    db.session.execute(statement.execution_options(populate_existing=True)).one()
    db.session.expire(survey, ["questions"])
