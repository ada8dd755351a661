"""How often each answer was chosen: kept up with every answer, read back for the results.

`answering.py` calls `count` in the transaction that keeps an answer, `results.py` reads. A tally
knows no readers, so it tells no more of an anonymous survey than its results do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from eventsapp.core.db import db
from eventsapp.surveys.models import Survey, SurveyQuestion, SurveyTally
from eventsapp.surveys.rules import Value

ANSWERED = -1
"""Stands among the numbers of a question for having answered it at all."""

Counts = Counter[tuple[int, int]]


def counted(values: Mapping[str, Value]) -> Counts:
    """Give what one reader's answers add, by number of the question and of the answer."""
    found: Counts = Counter()
    for question, value in values.items():
        found[int(question), ANSWERED] += 1
        if not isinstance(value, str):
            chosen = value if isinstance(value, list) else [value]
            found.update((int(question), number) for number in chosen)
    return found


def count(before: Mapping[str, Value], after: Mapping[str, Value]) -> None:
    """Add what a reader answers now, and take away what the same reader answered before."""
    change = counted(after)
    change.subtract(counted(before))
    # Always in the same order: readers who answer at the same moment never wait crosswise.
    rows = [
        {"question_id": question, "number": number, "count": difference}
        for (question, number), difference in sorted(change.items())
        if difference
    ]
    if not rows:
        return
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    statement = insert(SurveyTally).values(rows)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["question_id", "number"],
            set_={"count": SurveyTally.count + statement.excluded.count},
        )
    )


def counts_of(survey: Survey) -> Counts:
    """Give how often each answer to a survey was chosen."""
    statement = (
        select(SurveyTally.question_id, SurveyTally.number, SurveyTally.count)
        .join(SurveyQuestion, SurveyQuestion.id == SurveyTally.question_id)
        .where(SurveyQuestion.survey_id == survey.id)
    )
    return Counter(
        {(question, number): times for question, number, times in db.session.execute(statement)}
    )
