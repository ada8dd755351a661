"""Throws a meeting away that nobody outside ever heard of.

The advisors' door calls it, having asked once more. A meeting that was visible is never thrown
away but cancelled: people may count on it, and its history stays. It lives here since only this
room sees whether anybody was invited or was there.
"""

from __future__ import annotations

from sqlalchemy import delete, exists, select, update

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.invitations import ledger
from eventsapp.invitations.models import Attendance, Invitation, InvitedOrganisation, SignUp
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

_HANGS_ON_IT = (Invitation, InvitedOrganisation, Attendance, SignUp)


def demand_never_used(meeting: Meeting) -> None:
    """Raise Conflict for a meeting that was visible once, or with which people have to do."""
    if meeting.status != MeetingStatus.DRAFT:
        raise Conflict(
            N_("This meeting is not a draft any more. Cancel it, so that its history is kept.")
        )
    rooms = (exists(select(room.id).where(room.meeting_id == meeting.id)) for room in _HANGS_ON_IT)
    if any(db.session.scalar(select(is_there)) for is_there in rooms):
        raise Conflict(
            N_("There are people with this meeting already, so it can't be thrown away.")
        )


def throw_away(actor: Actor, meeting_id: int) -> None:
    """Remove a draft with its agenda, questions and papers, for good.

    Raises NotFound, Forbidden without the right to change it, and Conflict as above.
    """
    meeting_for(actor, meeting_id, write=True)
    meeting = ledger.lock_meeting(meeting_id)
    demand_never_used(meeting)
    copies = update(Meeting).where(Meeting.copied_from_id == meeting_id)
    db.session.execute(copies.values(copied_from_id=None, updated_at=Meeting.updated_at))
    db.session.execute(delete(Meeting).where(Meeting.id == meeting_id))
    audit.record(actor, "meeting_thrown_away", "meeting", meeting_id)
