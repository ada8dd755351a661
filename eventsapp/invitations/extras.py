"""Keeps what an invitee adds to an answer: names of guests, own questions, needs, a remark.

`answer.py` calls it under the lock of the meeting, so that a workshop can't take one too many.
What somebody needs to take part is seen by the organiser and named deputies only; who may read it
is decided in `queries.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import without_controls
from eventsapp.invitations import seats
from eventsapp.invitations.kinds import Need
from eventsapp.invitations.models import AccessNeed, Invitation, QuestionAnswer, RememberedNeed
from eventsapp.meetings.kinds import QuestionKind
from eventsapp.meetings.models import Meeting, Question

LONGEST_NAMES = 500
LONGEST_REMARK = 2_000
LONGEST_VALUE = 500
LONGEST_NEED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What was added; None leaves a thing as it was.

    `answers` holds a value per question, "" to take an answer away. `remember_needs` asks to keep
    the needs for the next meetings of this network, or not to keep them any longer.
    """

    guests: int | None = None
    guest_names: str | None = None
    remark: str | None = None
    answers: Mapping[int, str] | None = None
    needs: frozenset[str] | None = None
    needs_remark: str = ""
    remember_needs: bool | None = None


def question_field(question_id: int) -> str:
    """Name the form field of an own question, as errors name it."""
    return f"question-{question_id}"


def keep(meeting: Meeting, invitation: Invitation, extras: Extras) -> None:
    """Write all but the number of guests; InputError names the field at fault."""
    if extras.guest_names is not None:
        invitation.guest_names = _text(extras.guest_names, LONGEST_NAMES, "guest_names")
    if extras.remark is not None:
        invitation.remark = _text(extras.remark, LONGEST_REMARK, "remark")
    if extras.answers is not None:
        _keep_answers(meeting, invitation, extras.answers)
    if extras.needs is not None:
        _keep_needs(meeting, invitation, extras)


def _text(text: str, most: int, field: str) -> str:
    tidy = "\n".join(line.rstrip() for line in without_controls(text).splitlines()).strip()
    if len(tidy) > most:
        raise InputError(N_("This is too long: at most %(most)s characters."), field, most=most)
    return tidy


def _keep_answers(meeting: Meeting, invitation: Invitation, answers: Mapping[int, str]) -> None:
    known = {
        row.question_id: row
        for row in db.session.scalars(
            select(QuestionAnswer).where(QuestionAnswer.invitation_id == invitation.id)
        )
    }
    for question in meeting.questions:
        if question.id not in answers:
            continue
        row = known.get(question.id)
        if row is not None and row.value == answers[question.id]:
            continue  # kept even where a workshop was made smaller since
        value = _judged(question, invitation, answers[question.id])
        if row is None and value:
            db.session.add(
                QuestionAnswer(invitation_id=invitation.id, question_id=question.id, value=value)
            )
        elif row is not None and value:
            row.value = value
        elif row is not None:
            db.session.delete(row)


def _judged(question: Question, invitation: Invitation, typed: str) -> str:
    """Give the value to keep; InputError for what can't be chosen or has no seat left."""
    field = question_field(question.id)
    value = _text(typed, LONGEST_VALUE, field)
    if not value or question.kind == QuestionKind.TEXT:
        return value
    option = next((each for each in question.options if each["label"] == value), None)
    if option is None:
        raise InputError(N_("Choose one of the answers."), field)
    places = option.get("seats")
    if places is not None and workshop_taken(question.id, value, but=invitation.id) >= places:
        raise InputError(N_("“%(choice)s” is full. Choose another one."), field, choice=value)
    return value


def workshop_taken(question_id: int, value: str, but: int | None = None) -> int:
    """Count who comes and chose this workshop, not counting one invitation."""
    statement = (
        select(func.count())
        .select_from(QuestionAnswer)
        .join(Invitation, Invitation.id == QuestionAnswer.invitation_id)
        .where(
            QuestionAnswer.question_id == question_id,
            QuestionAnswer.value == value,
            seats.has_seat(),
        )
    )
    if but is not None:
        statement = statement.where(Invitation.id != but)
    return db.session.scalar(statement) or 0


def recall_needs(meeting: Meeting, invitation: Invitation) -> None:
    """Note for this meeting what the invitee asked us to remember for its network.

    Only for who has not told us for this meeting yet; the answer page shows it and lets it change.
    """
    if meeting.network_id is None:
        return
    remembered = db.session.scalar(
        select(RememberedNeed).where(
            RememberedNeed.person_id == invitation.person_id,
            RememberedNeed.network_id == meeting.network_id,
            ~select(AccessNeed.id).where(AccessNeed.invitation_id == invitation.id).exists(),
        )
    )
    if remembered is not None:
        db.session.add(
            AccessNeed(
                invitation_id=invitation.id, kinds=remembered.kinds, remark=remembered.remark
            )
        )


def _keep_needs(meeting: Meeting, invitation: Invitation, extras: Extras) -> None:
    kinds = [need.value for need in Need if need.value in (extras.needs or ())]
    remark = _text(extras.needs_remark, LONGEST_NEED, "needs_remark")
    row = db.session.scalar(select(AccessNeed).where(AccessNeed.invitation_id == invitation.id))
    if not (kinds or remark):
        if row is not None:
            db.session.delete(row)
    elif row is None:
        db.session.add(AccessNeed(invitation_id=invitation.id, kinds=kinds, remark=remark))
    else:
        row.kinds, row.remark = kinds, remark
    if extras.remember_needs is not None and meeting.network_id is not None:
        _remember(invitation.person_id, meeting.network_id, kinds, remark, extras.remember_needs)


def _remember(
    person_id: int, network_id: int, kinds: list[str], remark: str, is_wanted: bool
) -> None:
    """Keep or drop what the meetings of this network may know of a person beforehand."""
    mine = (RememberedNeed.person_id == person_id, RememberedNeed.network_id == network_id)
    row = db.session.scalar(select(RememberedNeed).where(*mine))
    if not is_wanted or not (kinds or remark):
        db.session.execute(delete(RememberedNeed).where(*mine))
    elif row is None:
        db.session.add(
            RememberedNeed(person_id=person_id, network_id=network_id, kinds=kinds, remark=remark)
        )
    else:
        row.kinds, row.remark, row.asked_at = kinds, remark, now()
