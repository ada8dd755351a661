"""The waiting list as an advisor sees it: who waits, in which order, and a seat given by hand.

Seats that come free go to the first who fits by themselves (`seats.py`). By hand an advisor may go
out of turn or beyond the number of seats: that is a decision, so it is in the audit log.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.invitations import ledger, rules, seats
from eventsapp.invitations.kinds import Reply
from eventsapp.invitations.models import Invitation
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

MOST = 200


@dataclass(frozen=True, slots=True)
class Queue:
    """Who waits, longest first, with how many seats are left; None for no limit."""

    waiting: list[Invitation]
    free: int | None


def waiting_list(actor: Actor, meeting: Meeting) -> Queue:
    """Give the waiting list of a meeting in its order."""
    actor.demand_address_book()
    meeting_for(actor, meeting.id)
    rows = db.session.scalars(
        select(Invitation)
        .where(Invitation.meeting_id == meeting.id, Invitation.reply == Reply.WAITLISTED)
        .options(*ledger.with_reader())
        .order_by(Invitation.waiting_since, Invitation.id)
        .limit(MOST)
    )
    return Queue(list(rows), rules.free_seats(meeting.capacity, seats.taken(meeting)))


def give_seat(actor: Actor, invitation: Invitation) -> int:
    """Give somebody who waits a seat now, with the mail that says so.

    Gives by how many the meeting is over its number of seats afterwards, none being 0. Raises
    Forbidden outside the actor's regions, Conflict for who does not wait any more or when the
    meeting was cancelled, Expired when it began.
    """
    meeting_for(actor, invitation.meeting_id, write=True)
    meeting = ledger.lock_meeting(invitation.meeting_id)
    invitation = ledger.lock_invitation(invitation.id)
    rules.check_open(
        rules.standing(
            starts_at=meeting.starts_at,
            at=now(),
            is_cancelled=meeting.status == MeetingStatus.CANCELLED,
            is_withdrawn=invitation.withdrawn_at is not None,
        )
    )
    if invitation.reply != Reply.WAITLISTED:
        raise Conflict(N_("This person does not wait any more."))
    seats.seat(meeting, [invitation.id])
    taken = seats.taken(meeting)
    over = 0 if meeting.capacity is None else max(0, taken - meeting.capacity)
    audit.record(actor, "give_seat", "invitation", invitation.id, meeting=meeting.id, over=over)
    return over
