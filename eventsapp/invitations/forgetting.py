"""Erases what may not be kept: needs two weeks after a meeting, sign-ups that nobody confirmed.

The table of jobs calls it; running it twice does no harm. What somebody asked us to remember for a
network stands in a table of its own and stays.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import String, cast, delete, literal, select

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.invitations.models import AccessNeed, Invitation, QuestionAnswer, SignUp
from eventsapp.mail import finding
from eventsapp.mail.models import PENDING_STATES, Message
from eventsapp.meetings.models import Meeting, Question

KEPT = timedelta(days=14)
UNCONFIRMED = timedelta(days=7)


def erase_needs() -> int:
    """Erase needs and answers about health or diet of meetings that were over 14 days ago.

    Gives how many rows went.
    """
    over = select(Meeting.id).where(Meeting.ends_at < now() - KEPT)
    asked = select(Invitation.id).where(Invitation.meeting_id.in_(over))
    sensitive = select(Question.id).where(Question.is_sensitive, Question.meeting_id.in_(over))
    erased = 0
    for statement in (
        delete(AccessNeed).where(AccessNeed.invitation_id.in_(asked)),
        delete(QuestionAnswer).where(QuestionAnswer.question_id.in_(sensitive)),
    ):
        done = db.session.execute(statement, execution_options={"synchronize_session": False})
        erased += int(done.rowcount)  # type: ignore[attr-defined]
    return erased


def erase_sign_ups() -> int:
    """Erase who began to sign up and did not confirm within a week, with the mail about it.

    Gives how many sign-ups went. The link in that mail no longer works by then.
    """
    old = (SignUp.confirmed_at.is_(None), SignUp.at < now() - UNCONFIRMED)
    names = select(literal("sign_up:") + cast(SignUp.id, String)).where(*old)
    for statement in (
        delete(Message).where(finding.about(names), Message.state.not_in(PENDING_STATES)),
        delete(SignUp).where(*old),
    ):
        done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(done.rowcount)  # type: ignore[attr-defined]
