"""The answers to a survey as a file: one line for each reader who answered, CSV or XLSX.

Made before anything is written, since making a large file takes a while; `note` then writes in the
audit log who took how many out. Names are there only for who may see them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from eventsapp.contacts.sheets import File, sheet
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import HOME_ZONE, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.core.text import slug
from eventsapp.directory.models import Person
from eventsapp.surveys.models import Survey, SurveyAnswer
from eventsapp.surveys.queries import FEWEST, count_answers, demand_make, may_be_told, sees_names
from eventsapp.surveys.results import wording_of

_AT_ONCE = 2_000


def file_of(actor: Actor, survey: Survey, kind: str, *, day: str, name: str) -> File:
    """Make the file of what came in until now.

    `day` and `name` head the first columns, which an anonymous survey has not: who knows on which
    day somebody answered would know what. Raises `Forbidden` for who does not make surveys,
    `Conflict` while too few answered an anonymous one.
    """
    demand_make(actor)
    if not may_be_told(survey, count_answers(survey)):
        raise Conflict(
            N_("Too few readers answered. From %(fewest)s on the answers are told."), fewest=FEWEST
        )
    has_names = sees_names(actor, survey)
    headers = [name] if has_names else []
    headers += [] if survey.is_anonymous else [day]
    headers += [question.words for question in survey.questions]
    return sheet(kind, slug(survey.title) or "survey", headers, _rows(survey, has_names))


def note(actor: Actor, survey: Survey, kind: str, count: int) -> None:
    """Write down who took how many answers out."""
    audit.record(actor, "survey.export", "survey", survey.id, kind=kind, count=count)


def _rows(survey: Survey, has_names: bool) -> Iterator[list[str]]:
    """Give the answers in the order of their hashes, which says nothing of who came first."""
    columns = [(str(question.id), wording_of(question)) for question in survey.questions]
    statement = (
        select(SurveyAnswer.values, SurveyAnswer.answered_at)
        .where(SurveyAnswer.survey_id == survey.id)
        .order_by(SurveyAnswer.reader)
    )
    if has_names:
        statement = statement.add_columns(Person).outerjoin(
            Person, Person.id == SurveyAnswer.person_id
        )
    for values, moment, *who in db.session.execute(statement.execution_options(yield_per=_AT_ONCE)):
        said = [words(values.get(number)) for number, words in columns]
        names = [person.name if person is not None else "" for person in who]
        days = [] if survey.is_anonymous else [_day(moment)]
        yield [*names, *days, *said]


def _day(moment: datetime) -> str:
    return utc_to_local(moment, HOME_ZONE).date().isoformat()
