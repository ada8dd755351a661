"""Tells how many seats are left in the workshops that a meeting lets its participants choose from.

The answer page shows it; whether a choice still fits is judged in `extras.py`, under the lock.
"""

from __future__ import annotations

from sqlalchemy import func, select

from eventsapp.core.db import db
from eventsapp.invitations import seats
from eventsapp.invitations.models import Invitation, QuestionAnswer
from eventsapp.meetings.models import Meeting


def seats_left(meeting: Meeting, reader: Invitation) -> dict[tuple[int, str], int]:
    """Give by question and choice the seats that this invitee may still take; never below none.

    Choices without a number of seats are not in it. The invitee's own choice takes no seat here.
    """
    places = {
        (question.id, str(option["label"])): int(option["seats"])
        for question in meeting.questions
        for option in question.options
        if option.get("seats") is not None
    }
    if not places:
        return {}
    rows = db.session.execute(
        select(QuestionAnswer.question_id, QuestionAnswer.value, func.count())
        .join(Invitation, Invitation.id == QuestionAnswer.invitation_id)
        .where(
            QuestionAnswer.question_id.in_({question_id for question_id, _ in places}),
            Invitation.id != reader.id,
            seats.has_seat(),
        )
        .group_by(QuestionAnswer.question_id, QuestionAnswer.value)
    )
    taken = {(question_id, value): count for question_id, value, count in rows}
    return {key: max(0, most - taken.get(key, 0)) for key, most in places.items()}
