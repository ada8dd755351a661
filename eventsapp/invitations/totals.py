"""Adds up what those who come answered to the own questions, and what they need to take part.

The advisors' pages ask here. What concerns health or diet is given to the organiser and named
deputies only; for the venue it is added up without names. Never writes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import contains_eager

from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Forbidden, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Person
from eventsapp.invitations import seats
from eventsapp.invitations.kinds import Need
from eventsapp.invitations.models import AccessNeed, Invitation, QuestionAnswer
from eventsapp.invitations.queries import needs_at
from eventsapp.meetings.kinds import QuestionKind
from eventsapp.meetings.models import Meeting, Question
from eventsapp.meetings.queries import may_see_needs, meeting_for


@dataclass(frozen=True, slots=True)
class OptionTotal:
    """How many who come chose an option; `places` is the number of seats of a workshop."""

    label: str
    count: int
    places: int | None = None


@dataclass(frozen=True, slots=True)
class QuestionTotal:
    """The answers to one own question, added up; a hidden one is for the organiser only."""

    question: Question
    answered: int = 0
    options: list[OptionTotal] = field(default_factory=list)
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Venue:
    """What a venue must know, without a single name."""

    coming: int
    needs: list[tuple[Need, int]]
    remarks: list[str]
    questions: list[tuple[QuestionTotal, list[tuple[str, int]]]]


def question_totals(actor: Actor, meeting: Meeting) -> list[QuestionTotal]:
    """Add up the answers to the own questions of those who come."""
    actor.demand_address_book()
    meeting_for(actor, meeting.id)
    counts = _counts(meeting)
    is_holder = may_see_needs(actor, meeting)
    return [
        QuestionTotal(question, is_hidden=True)
        if question.is_sensitive and not is_holder
        else _total(question, counts)
        for question in meeting.questions
    ]


def answers_to(
    actor: Actor, meeting: Meeting, question_id: int, *, value: str = "", cursor: str | None = None
) -> Page[Row[Any]]:
    """Give who answered what to one question, by family name; rows of (invitation, value).

    Raises NotFound for a question of another meeting, Forbidden for a question about health or
    diet to all but the organiser and named deputies.
    """
    actor.demand_address_book()
    meeting_for(actor, meeting.id)
    question = next((one for one in meeting.questions if one.id == question_id), None)
    if question is None:
        raise NotFound
    if question.is_sensitive and not may_see_needs(actor, meeting):
        raise Forbidden(N_("Only the organiser and named deputies see what participants need."))
    statement = (
        select(Invitation, QuestionAnswer.value, Person.sort_key)
        .join(QuestionAnswer, QuestionAnswer.invitation_id == Invitation.id)
        .join(Invitation.person)
        .options(contains_eager(Invitation.person))
        .where(QuestionAnswer.question_id == question_id, seats.has_seat())
    )
    if value:
        statement = statement.where(QuestionAnswer.value == value)
    return paginate(statement, (Key(Person.sort_key), Key(Invitation.id)), cursor)


def needs_page(actor: Actor, meeting: Meeting, cursor: str | None = None) -> Page[Row[Any]]:
    """Give who needs what, by family name; rows of (invitation, need).

    Forbidden for all but the organiser and named deputies, coordinators included.
    """
    _demand_holder(actor, meeting)
    statement = (
        select(Invitation, AccessNeed, Person.sort_key)
        .join(AccessNeed, AccessNeed.invitation_id == Invitation.id)
        .join(Invitation.person)
        .options(contains_eager(Invitation.person))
        .where(Invitation.meeting_id == meeting.id, seats.has_seat())
    )
    return paginate(statement, (Key(Person.sort_key), Key(Invitation.id)), cursor)


def need_totals(actor: Actor, meeting: Meeting) -> list[tuple[Need, int]]:
    """Count who come by what they need; Forbidden as for `needs_page`."""
    return _need_counts(list(needs_at(actor, meeting).values()))


def for_venue(actor: Actor, meeting: Meeting) -> Venue:
    """Add up needs and questions about health or diet, without names, for the venue.

    Forbidden for all but the organiser and named deputies, coordinators included.
    """
    _demand_holder(actor, meeting)
    needs = list(needs_at(actor, meeting).values())
    counts = _counts(meeting)
    sensitive = [question for question in meeting.questions if question.is_sensitive]
    return Venue(
        coming=seats.taken(meeting),
        needs=_need_counts(needs),
        # In order of the alphabet, so that the order tells nothing of who said it.
        remarks=sorted((need.remark for need in needs if need.remark), key=str.casefold),
        questions=[
            (
                _total(question, counts),
                sorted(
                    (value, count)
                    for (number, value), count in counts.items()
                    if number == question.id and question.kind == QuestionKind.TEXT
                ),
            )
            for question in sensitive
        ],
    )


def _demand_holder(actor: Actor, meeting: Meeting) -> None:
    meeting_for(actor, meeting.id)
    if not may_see_needs(actor, meeting):
        raise Forbidden(N_("Only the organiser and named deputies see what participants need."))


def _need_counts(needs: list[AccessNeed]) -> list[tuple[Need, int]]:
    counted = Counter(kind for need in needs for kind in need.kinds)
    return [(need, counted[need.value]) for need in Need if counted[need.value]]


def _counts(meeting: Meeting) -> dict[tuple[int, str], int]:
    """Count each value of each question of those who come."""
    rows = db.session.execute(
        select(QuestionAnswer.question_id, QuestionAnswer.value, func.count())
        .join(Invitation, Invitation.id == QuestionAnswer.invitation_id)
        .where(Invitation.meeting_id == meeting.id, seats.has_seat())
        .group_by(QuestionAnswer.question_id, QuestionAnswer.value)
    )
    return {(number, value): count for number, value, count in rows}


def _total(question: Question, counts: dict[tuple[int, str], int]) -> QuestionTotal:
    mine = {value: count for (number, value), count in counts.items() if number == question.id}
    options = [
        OptionTotal(each["label"], mine.get(each["label"], 0), each.get("seats"))
        for each in question.options
    ]
    return QuestionTotal(question, sum(mine.values()), options)
