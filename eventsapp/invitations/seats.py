"""Counts seats, keeps the waiting list, and gives a freed seat to the first who fits.

Answers, withdrawals and changes of a meeting call it, always under the lock of the meeting: two
people can't take the last seat. What is decided stands in `rules.py`; here are only the rows.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select

from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.invitations import ledger, rules
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.mailings import AT_ONCE, letter, standing_mailing
from eventsapp.invitations.models import Answer, Invitation
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting


def has_seat() -> ColumnElement[bool]:
    """Condition on Invitation: it takes seats, by who was invited or by a substitute."""
    with_substitute = and_(Invitation.reply == Reply.DECLINED, Invitation.substitute_name != "")
    return (Invitation.reply == Reply.ACCEPTED) | with_substitute


def seats_taken() -> ColumnElement[int]:
    """Sum the seats of the invitations of a group; the SQL side of `rules.seats_of`."""
    return func.coalesce(func.sum(case((has_seat(), 1 + Invitation.guests), else_=0)), 0)


# Both are built once: they are asked while others wait for the lock of the meeting.
_TAKEN = select(seats_taken()).where(Invitation.meeting_id == bindparam("meeting"))
_QUEUE = (
    select(Invitation.id, Invitation.guests)
    .where(
        Invitation.meeting_id == bindparam("meeting"),
        Invitation.reply == Reply.WAITLISTED.value,
    )
    .order_by(Invitation.waiting_since, Invitation.id)
)


def taken(meeting: Meeting) -> int:
    """Count the seats of a meeting that are taken, guests included."""
    return int(db.session.scalar(_TAKEN, {"meeting": meeting.id}) or 0)


def queue(meeting: Meeting) -> list[tuple[int, int]]:
    """Give the waiting list: (invitation, seats it asks), who waits longest first."""
    rows = db.session.execute(_QUEUE, {"meeting": meeting.id})
    return [(row.id, 1 + row.guests) for row in rows]


def held(invitation: Invitation) -> int:
    """Count the seats that this invitation takes now."""
    return rules.seats_of(
        Reply(invitation.reply), invitation.guests, bool(invitation.substitute_name)
    )


def decide(
    meeting: Meeting,
    invitation: Invitation,
    asked: Reply,
    *,
    guests: int,
    has_substitute: bool = False,
) -> rules.Decision:
    """Decide what becomes of an answer with the seats and the waiting list as they stand."""
    if meeting.capacity is None:
        return rules.decide(
            asked,
            guests=guests,
            has_substitute=has_substitute,
            capacity=None,
            taken_by_others=0,
        )
    own = held(invitation)
    waiting = queue(meeting)
    ids = [invitation_id for invitation_id, _ in waiting]
    before = waiting[: ids.index(invitation.id)] if invitation.id in ids else waiting
    return rules.decide(
        asked,
        guests=guests,
        has_substitute=has_substitute,
        capacity=meeting.capacity,
        taken_by_others=taken(meeting) - own,
        held=own,
        waiting_before=[seats for _, seats in before],
    )


def move_up(meeting: Meeting) -> list[int]:
    """Give free seats to those who wait, as far as they fit, and mail them. Stops at the start."""
    if meeting.status != MeetingStatus.VISIBLE or meeting.starts_at <= now():
        return []
    waiting = queue(meeting)
    if not waiting:
        return []
    free = rules.free_seats(meeting.capacity, taken(meeting))
    chosen = rules.first_that_fits(waiting, free)
    if chosen:
        seat(meeting, chosen)
    return chosen


def seat(meeting: Meeting, ids: Collection[int]) -> None:
    """Give these a seat, write it in the log, and tell them at once."""
    invitations = ledger.lock_invitations(meeting, ids)
    logged = []
    for one in invitations:
        one.reply = Reply.DECLINED if one.substitute_name else Reply.ACCEPTED
        one.waiting_since = None
        one.replied_via = Via.WAITING_LIST
        ledger.renew_entry(one, is_new_round=True)
        entry = Answer(
            invitation_id=one.id,
            via=Via.WAITING_LIST,
            asked=Reply.ACCEPTED,
            reply=one.reply,
            guests=one.guests,
            substitute_name=one.substitute_name,
        )
        db.session.add(entry)
        logged.append((one, entry))
    db.session.flush()  # the mail rows are keyed by the number of the answer
    outbox.take_back(
        references=[ledger.reference(one) for one in invitations], templates=["confirmation"]
    )
    outbox.enqueue(
        standing_mailing(SYSTEM, meeting, MailingKind.CONFIRMATION),
        [
            letter(
                one,
                "seat_offered",
                f"seat_offered:{one.id}:{entry.id}",
                priority=AT_ONCE,
                reply=one.reply,
                guests=one.guests,
                substitute_name=one.substitute_name,
            )
            for one, entry in logged
            if one.email
        ],
    )
