"""One reader answers a survey by a personal link; answering again replaces what was said.

The visitors' door calls this. Of who answers an anonymous survey no more is kept than a keyed hash
that knows the same reader again, and of when no more than the day.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from eventsapp.core.dates import HOME_ZONE, local_to_utc, now, today
from eventsapp.core.db import db
from eventsapp.core.errors import Expired, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings
from eventsapp.directory.models import Person
from eventsapp.surveys import links, tally
from eventsapp.surveys.models import Survey, SurveyAnswer
from eventsapp.surveys.queries import hold
from eventsapp.surveys.rules import Value, judge, takes_answers


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever holds a personal link; `person_id` is None wherever the survey is anonymous.

    `is_trial`: an editor who looks how the form works; nothing of it is kept.
    """

    survey: Survey
    mark: str
    person_id: int | None
    is_trial: bool = False


def reader_mark(survey_id: int, person_id: int) -> str:
    """Make the keyed hash that keeps a second answer of the same reader out."""
    key = settings().secret_key.encode()
    return hmac.digest(key, b"survey:%d:%d" % (survey_id, person_id), "sha256").hex()[:32]


def reader_by_token(token: str) -> Reader:
    """Tell who holds this link; raise `NotFound` for what we did not make or no longer have."""
    survey_id, person_id = links.read(token)
    survey = db.session.get(Survey, survey_id)
    if survey is None:
        raise NotFound(N_("This survey does not exist any more."))
    if person_id == links.TRIAL:
        return Reader(survey, "", None, is_trial=True)
    mark = reader_mark(survey_id, person_id)
    if survey.is_anonymous:
        return Reader(survey, mark, None)
    if db.session.get(Person, person_id) is None:
        raise NotFound(N_("This link is not complete or not ours."))
    return Reader(survey, mark, person_id)


def answer_of(reader: Reader) -> SurveyAnswer | None:
    """Give what this reader answered before."""
    return db.session.scalar(
        select(SurveyAnswer).where(
            SurveyAnswer.survey_id == reader.survey.id, SurveyAnswer.reader == reader.mark
        )
    )


def answer(reader: Reader, said: Mapping[int, Sequence[str]]) -> None:
    """Keep what a reader said to each question, by its number, in place of what was said before.

    Raises `Expired` when the survey takes no answers now, `InputError` with the first field that is
    wrong. Of an anonymous survey only the day is kept.
    """
    survey = reader.survey
    if reader.is_trial:
        _judged(survey, said)
        return
    # The questions may not change under an answer; other readers need not wait for this one.
    hold(survey, shared=True)
    if not takes_answers(survey.status, survey.closes_at, now()):
        raise Expired(N_("This survey takes no more answers."))
    values = _judged(survey, said)
    moment = local_to_utc(datetime.combine(today(), time(12)), HOME_ZONE)
    kept: dict[str, Any] = {
        "values": values,
        "person_id": reader.person_id,
        "answered_at": moment if survey.is_anonymous else now(),
    }
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    first = db.session.scalar(
        insert(SurveyAnswer)
        .values(survey_id=survey.id, reader=reader.mark, **kept)
        .on_conflict_do_nothing(index_elements=["survey_id", "reader"])
        .returning(SurveyAnswer.id)
    )
    before: Mapping[str, Value] = {} if first is not None else _replace(reader, kept)
    tally.count(before, values)


def _replace(reader: Reader, kept: Mapping[str, Any]) -> Mapping[str, Value]:
    """Put these answers in the place of the earlier ones; gives what those were."""
    chosen = (SurveyAnswer.survey_id == reader.survey.id, SurveyAnswer.reader == reader.mark)
    row = db.session.execute(
        select(SurveyAnswer.id, SurveyAnswer.values.label("said")).where(*chosen).with_for_update()
    ).one()
    statement = update(SurveyAnswer).where(SurveyAnswer.id == row.id).values(kept)
    db.session.execute(statement.execution_options(synchronize_session=False))
    return cast(Mapping[str, Value], row.said)


def _judged(survey: Survey, said: Mapping[int, Sequence[str]]) -> dict[str, Value]:
    judged = judge(survey.questions, said)
    for fault in judged.faults:
        raise fault
    return judged.values
