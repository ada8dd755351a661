"""Surveys are made, changed, opened and closed here, by who makes the newsletter.

What was promised to readers holds: whether a survey is anonymous is settled once it is open, and
its questions once somebody answered. Closing is for good; of an anonymous survey it also cuts the
last tie between an answer and its reader.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sqlalchemy import exists, select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import slug
from eventsapp.surveys import forgetting
from eventsapp.surveys.kinds import AnswerKind, SurveyStatus
from eventsapp.surveys.models import Survey, SurveyAnswer, SurveyQuestion
from eventsapp.surveys.plan import QuestionLine, SurveyPlan, faults, tidy
from eventsapp.surveys.queries import demand_make, hold
from eventsapp.surveys.rules import end_of, is_over, last_day


def make(actor: Actor, plan: SurveyPlan) -> Survey:
    """Keep a new survey as a draft; InputError names the field that is wrong."""
    demand_make(actor)
    plan = _judged(plan)
    survey = Survey(title=plan.title, slug=_address(plan.title), created_by=actor.person_id)
    _fill(survey, plan)
    survey.is_anonymous = plan.is_anonymous
    survey.questions = [_question(index, line, {}) for index, line in enumerate(plan.questions)]
    db.session.add(survey)
    db.session.flush()  # the audit line names the survey by its number
    audit.record(actor, "survey.make", "survey", survey.id)
    return survey


def change(actor: Actor, survey: Survey, plan: SurveyPlan, version: int) -> None:
    """Change a survey.

    Raises `InputError` for what is wrong, `Conflict` when somebody changed it since `version` was
    read, or when it is about what readers were already promised or asked.
    """
    demand_make(actor)
    hold(survey)
    if survey.version != version:
        raise Conflict(N_("Somebody else changed this survey meanwhile."))
    if survey.status == SurveyStatus.CLOSED:
        raise Conflict(N_("This survey is closed. Copy it to ask anew."))
    plan = _judged(plan)
    if plan.is_anonymous != survey.is_anonymous and survey.status != SurveyStatus.DRAFT:
        raise Conflict(N_("Readers were told already whether this survey is anonymous."))
    survey.is_anonymous = plan.is_anonymous
    if plan.questions != questions_of(survey):
        if has_answers(survey):
            raise Conflict(N_("There are answers already, so the questions stay as they are."))
        known = {question.id: question for question in survey.questions}
        survey.questions = [
            _question(index, line, known) for index, line in enumerate(plan.questions)
        ]
    _fill(survey, plan)
    audit.record(actor, "survey.change", "survey", survey.id)


def open_survey(actor: Actor, survey: Survey) -> None:
    """Take answers from now on; Conflict when it asks nothing, or its last day has passed."""
    demand_make(actor)
    hold(survey)
    if survey.status == SurveyStatus.OPEN:
        return
    if survey.status == SurveyStatus.CLOSED:
        raise Conflict(N_("This survey is closed. Copy it to ask anew."))
    if not survey.questions:
        raise Conflict(N_("This survey asks nothing yet. Add a question first."))
    if is_over(survey.closes_at, now()):
        raise Conflict(N_("The last day of this survey has passed. Choose a later day first."))
    survey.status, survey.opens_at = SurveyStatus.OPEN.value, now()
    audit.record(actor, "survey.open", "survey", survey.id)


def close(actor: Actor, survey: Survey) -> None:
    """Take no more answers, for good; twice is harmless. Conflict when it was never open."""
    demand_make(actor)
    hold(survey)
    if survey.status == SurveyStatus.CLOSED:
        return
    if survey.status == SurveyStatus.DRAFT:
        raise Conflict(N_("This survey was never open."))
    moment = now()
    if not is_over(survey.closes_at, moment):
        survey.closes_at = moment
    survey.status = SurveyStatus.CLOSED.value
    db.session.flush()  # the ties are cut of what is closed
    forgetting.cut_ties(survey)
    audit.record(actor, "survey.close", "survey", survey.id)


def copy(actor: Actor, survey: Survey) -> Survey:
    """Make a draft that asks the same, without day of closing and without answers."""
    demand_make(actor)
    plan = plan_of(survey)
    return make(
        actor,
        SurveyPlan(
            title=plan.title,
            intro=plan.intro,
            thanks=plan.thanks,
            is_anonymous=plan.is_anonymous,
            questions=tuple(
                QuestionLine(
                    words=line.words,
                    kind=line.kind,
                    choices=line.choices,
                    is_required=line.is_required,
                )
                for line in plan.questions
            ),
        ),
    )


def drop(actor: Actor, survey: Survey) -> None:
    """Throw a survey away with its answers; Conflict while it is open."""
    demand_make(actor)
    hold(survey)
    if survey.status == SurveyStatus.OPEN:
        raise Conflict(N_("This survey is open. Close it first."))
    audit.record(actor, "survey.drop", "survey", survey.id)
    db.session.delete(survey)


def has_answers(survey: Survey) -> bool:
    """Tell whether anybody answered."""
    return bool(db.session.scalar(select(exists().where(SurveyAnswer.survey_id == survey.id))))


def plan_of(survey: Survey) -> SurveyPlan:
    """Give a survey as a plan has it."""
    return SurveyPlan(
        title=survey.title,
        intro=survey.intro,
        thanks=survey.thanks,
        is_anonymous=survey.is_anonymous,
        closes_on=last_day(survey.closes_at) if survey.closes_at is not None else None,
        questions=questions_of(survey),
    )


def questions_of(survey: Survey) -> tuple[QuestionLine, ...]:
    """Give the questions as a plan has them."""
    return tuple(
        QuestionLine(
            id=question.id,
            words=question.words,
            kind=AnswerKind(question.kind),
            choices=tuple(question.choices),
            is_required=question.is_required,
        )
        for question in survey.questions
    )


def _judged(plan: SurveyPlan) -> SurveyPlan:
    plan = tidy(plan)
    for fault in faults(plan, today()):
        raise fault
    return plan


def _fill(survey: Survey, plan: SurveyPlan) -> None:
    survey.title, survey.intro, survey.thanks = plan.title, plan.intro, plan.thanks
    survey.closes_at = end_of(plan.closes_on) if plan.closes_on is not None else None


def _question(
    index: int, line: QuestionLine, known: Mapping[int, SurveyQuestion]
) -> SurveyQuestion:
    if line.id is not None and line.id not in known:
        raise InputError(N_("This question was removed meanwhile."), f"questions-{index}-words")
    question = known[line.id] if line.id is not None else SurveyQuestion()
    question.position = index
    question.kind, question.words = line.kind.value, line.words
    question.choices, question.is_required = list(line.choices), line.is_required
    return question


def _address(title: str) -> str:
    """Make the part of the public address; its tail keeps drafts from being guessed."""
    return f"{slug(title, 60) or 'survey'}-{secrets.token_hex(4)}"
