"""The answers to a survey as a file: one line for each reader who answered, CSV or XLSX.

Made before anything is written, since making a large file takes a while; `note` then writes in the
audit log who took how many out. Names are there only for who may see them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import HOME_ZONE, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.text import slug
from eventsapp.directory.models import Person
from eventsapp.surveys.models import Survey, SurveyAnswer
from eventsapp.surveys.queries import demand_make, sees_names
from eventsapp.surveys.results import words_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out, with how many answers stand in it."""

    name: str
    media_type: str
    content: bytes
    count: int


def file_of(actor: Actor, survey: Survey, kind: str, *, day: str, name: str) -> File:
    """Make the file of what came in until now; `day` and `name` head the first columns.

    Raises `Forbidden` for who does not make surveys.
    """
    demand_make(actor)
    has_names = sees_names(actor, survey)
    head = [name, day] if has_names else [day]
    rows = [[*head, *(question.words for question in survey.questions)]]
    rows.extend(_rows(survey, has_names))
    safe = ([_plain(cell) for cell in row] for row in rows)
    called = slug(survey.title) or "survey"
    if kind == "xlsx":
        return File(f"{called}.xlsx", XLSX, _xlsx(safe), len(rows) - 1)
    return File(f"{called}.csv", "text/csv; charset=utf-8", _csv(safe), len(rows) - 1)


def note(actor: Actor, survey: Survey, kind: str, file: File) -> None:
    """Write down who took the answers out."""
    audit.record(actor, "survey.export", "survey", survey.id, kind=kind, count=file.count)


def _rows(survey: Survey, has_names: bool) -> Iterator[list[str]]:
    """Give the answers in the order of their hashes, which says nothing of who came first."""
    questions = list(survey.questions)
    statement = (
        select(SurveyAnswer.values, SurveyAnswer.answered_at, Person)
        .outerjoin(Person, Person.id == SurveyAnswer.person_id)
        .where(SurveyAnswer.survey_id == survey.id)
        .order_by(SurveyAnswer.reader)
    )
    for values, moment, person in db.session.execute(
        statement.execution_options(yield_per=_AT_ONCE)
    ):
        day = utc_to_local(moment, HOME_ZONE).date().isoformat()
        said = [words_of(question, values.get(str(question.id))) for question in questions]
        yield [person.name if person is not None else "", day, *said] if has_names else [day, *said]


def _plain(cell: str) -> str:
    """Keep a cell from being run as a formula."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def _csv(rows: Iterable[list[str]]) -> bytes:
    out = io.StringIO()
    # Semicolons and a byte order mark: what a Dutch spreadsheet opens without asking.
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _xlsx(rows: Iterable[list[str]]) -> bytes:
    import xlsxwriter  # 14 MB, which who never exports does not need

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True, "text_wrap": True})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, bold if number == 0 else None)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return out.getvalue()
