"""A meeting's plan as plain data, to be kept for a while and read again. Pure.

For what may be undone: `invitations/undoing.py` keeps how a meeting was before it was changed.
Whoever reads such data may trust it, for nobody else writes it.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, replace
from datetime import date, datetime, time
from typing import Any

from eventsapp.meetings.kinds import MeetingKind, QuestionKind
from eventsapp.meetings.plan import (
    AgendaLine,
    CoOrganiserLine,
    MeetingPlan,
    OptionLine,
    QuestionLine,
    SpeakerLine,
)


def packed(plan: MeetingPlan) -> dict[str, Any]:
    """Write a plan as data that a JSON column holds."""
    data: dict[str, Any] = json.loads(json.dumps(asdict(plan), default=_plain))
    return data


def unpacked(data: dict[str, Any]) -> MeetingPlan:
    """Read a plan that `packed` wrote."""
    answer_by = data["answer_by"]
    return MeetingPlan(
        **{
            **data,
            "kind": MeetingKind(data["kind"]),
            "starts_wall": datetime.fromisoformat(data["starts_wall"]),
            "ends_wall": datetime.fromisoformat(data["ends_wall"]),
            "answer_by": date.fromisoformat(answer_by) if answer_by else None,
            "region_ids": frozenset(data["region_ids"]),
            "theme_ids": frozenset(data["theme_ids"]),
            "deputy_ids": frozenset(data["deputy_ids"]),
            "access": tuple(data["access"]),
            "agenda": tuple(_agenda_line(line) for line in data["agenda"]),
            "questions": tuple(_question_line(line) for line in data["questions"]),
            "co_organisers": tuple(_co_organiser_line(line) for line in data["co_organisers"]),
        }
    )


def with_known_questions(plan: MeetingPlan, known: set[int]) -> MeetingPlan:
    """Let questions that were removed since be made anew."""
    lines = (one if one.id in known else replace(one, id=None) for one in plan.questions)
    return replace(plan, questions=tuple(lines))


def _plain(value: object) -> Any:
    if isinstance(value, (date, time)):  # a datetime is a date too
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    raise TypeError(f"no plain form for {type(value).__name__}")


def _agenda_line(line: dict[str, Any]) -> AgendaLine:
    starts = line["starts"]
    return AgendaLine(
        **{
            **line,
            "starts": time.fromisoformat(starts) if starts else None,
            "speakers": tuple(SpeakerLine(**one) for one in line["speakers"]),
        }
    )


def _question_line(line: dict[str, Any]) -> QuestionLine:
    return QuestionLine(
        **{
            **line,
            "kind": QuestionKind(line["kind"]),
            "options": tuple(OptionLine(**one) for one in line["options"]),
        }
    )


def _co_organiser_line(line: dict[str, Any]) -> CoOrganiserLine:
    logo = line["logo"]
    return CoOrganiserLine(**{**line, "logo": b64decode(logo) if logo else None})
