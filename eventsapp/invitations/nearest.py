"""Finds the invitation that a mail is most likely about, when only its writer is known.

Letters and answers of calendars ask it. It is a guess, and is shown as one.
"""

from __future__ import annotations

from sqlalchemy import case, select
from sqlalchemy.orm import contains_eager

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.invitations.models import Invitation
from eventsapp.meetings.models import Meeting


def nearest_invitation(person_id: int) -> Invitation | None:
    """Give a person's invitation to the next meeting, else to the one that is over last."""
    is_over = case((Meeting.ends_at < now(), 1), else_=0)
    statement = (
        select(Invitation)
        .join(Invitation.meeting)
        .options(contains_eager(Invitation.meeting).joinedload(Meeting.organiser))
        .where(Invitation.person_id == person_id)
        .order_by(
            is_over,
            case((Meeting.ends_at >= now(), Meeting.starts_at)),
            Meeting.starts_at.desc(),
            Invitation.id.desc(),
        )
        .limit(1)
    )
    return db.session.scalars(statement).first()
