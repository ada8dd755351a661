"""The lines of a meeting (agenda, questions, co-organisers), between plan and rows.

For `planning.py`. Questions and co-organisers keep their row when the plan names its number:
answers hang on the one, a logo on the other.
"""

from __future__ import annotations

from dataclasses import replace

from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import one_line
from eventsapp.meetings.kinds import QuestionKind
from eventsapp.meetings.models import AgendaItem, CoOrganiser, Meeting, Question, Speaker
from eventsapp.meetings.plan import (
    AgendaLine,
    CoOrganiserLine,
    MeetingPlan,
    OptionLine,
    QuestionLine,
    SpeakerLine,
)


def write(meeting: Meeting, plan: MeetingPlan) -> None:
    """Give the meeting the lines of its plan; InputError when a line is of another meeting.

    Lines that did not change are left alone, so that saving a form twice writes little.
    """
    if agenda_of(meeting) != plan.agenda:
        meeting.agenda = [_point(index, line) for index, line in enumerate(plan.agenda)]
    if questions_of(meeting) != plan.questions:
        known = {question.id: question for question in meeting.questions}
        meeting.questions = [
            _question(index, line, known) for index, line in enumerate(plan.questions)
        ]
    if co_organisers_of(meeting) != plan.co_organisers:
        present = {other.id: other for other in meeting.co_organisers}
        meeting.co_organisers = [
            _co_organiser(index, line, present) for index, line in enumerate(plan.co_organisers)
        ]


def plain(text: str) -> str:
    """Keep the lines of a plain text, without what no page or mail can show."""
    return "\n".join(one_line(line, 10_000) for line in text.splitlines()).strip()


def agenda_of(meeting: Meeting) -> tuple[AgendaLine, ...]:
    """Give the agenda as a plan has it."""
    return tuple(
        AgendaLine(
            title=point.title,
            starts=point.starts,
            description=point.description,
            speakers=tuple(
                SpeakerLine(name=speaker.name, organisation=speaker.organisation)
                for speaker in point.speakers
            ),
        )
        for point in meeting.agenda
    )


def questions_of(meeting: Meeting) -> tuple[QuestionLine, ...]:
    """Give the own questions as a plan has them."""
    return tuple(
        QuestionLine(
            id=question.id,
            kind=QuestionKind(question.kind),
            label=question.label,
            options=tuple(
                OptionLine(label=str(option["label"]), seats=option.get("seats"))
                for option in question.options
            ),
            is_sensitive=question.is_sensitive,
        )
        for question in meeting.questions
    )


def co_organisers_of(meeting: Meeting) -> tuple[CoOrganiserLine, ...]:
    """Give with whom the meeting is held, without the pictures."""
    return tuple(
        CoOrganiserLine(id=other.id, name=other.name, organisation_id=other.organisation_id)
        for other in meeting.co_organisers
    )


def whole_co_organisers_of(meeting: Meeting) -> tuple[CoOrganiserLine, ...]:
    """Give with whom the meeting is held, with number and picture, to be put back as it is."""
    lines = zip(with_logos(meeting), meeting.co_organisers, strict=True)
    return tuple(replace(line, id=other.id) for line, other in lines)


def with_logos(meeting: Meeting) -> tuple[CoOrganiserLine, ...]:
    """Give with whom the meeting is held, with the pictures, for a copy."""
    return tuple(
        CoOrganiserLine(
            name=other.name,
            organisation_id=other.organisation_id,
            logo=other.logo,
            logo_type=other.logo_type,
        )
        for other in meeting.co_organisers
    )


def _point(index: int, line: AgendaLine) -> AgendaItem:
    return AgendaItem(
        position=index,
        title=line.title,
        starts=line.starts,
        description=line.description,
        speakers=[
            Speaker(position=place, name=speaker.name, organisation=speaker.organisation)
            for place, speaker in enumerate(line.speakers)
        ],
    )


def _question(index: int, line: QuestionLine, known: dict[int, Question]) -> Question:
    if line.id is not None and line.id not in known:
        raise InputError(N_("This question was removed meanwhile."), f"questions-{index}-label")
    question = known[line.id] if line.id is not None else Question()
    question.position = index
    question.kind = line.kind.value
    question.label = line.label
    question.is_sensitive = line.is_sensitive
    question.options = [{"label": option.label, "seats": option.seats} for option in line.options]
    return question


def _co_organiser(
    index: int, line: CoOrganiserLine, present: dict[int, CoOrganiser]
) -> CoOrganiser:
    other = present.get(line.id, CoOrganiser()) if line.id is not None else CoOrganiser()
    other.position = index
    other.name = line.name
    other.organisation_id = line.organisation_id
    if line.logo:
        other.logo, other.logo_type = line.logo, line.logo_type
    elif line.drop_logo:
        other.logo, other.logo_type = None, ""
    return other
