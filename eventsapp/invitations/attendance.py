"""Marks who was there: from the answers, by one press, or in one line for who came unannounced.

The advisors' door calls it. Attendance is a fact, so nothing is marked before the day itself. All
happens under the lock of the meeting: of two advisors who mark at once, the last word counts and
nothing is there twice. Consent that a walk-in gives is written by the door, a floor higher.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import local_to_utc, now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.invitations import ledger
from eventsapp.invitations.kinds import Presence, Reply
from eventsapp.invitations.models import Attendance, Invitation
from eventsapp.invitations.rules import first_mark
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

PERMISSIONS = ("may_invite", "may_send_newsletter")


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkIn:
    """Somebody who came without an invitation; a permission is None while it was not asked.

    `represents` is the invitee in whose place this person came, if there is one.
    """

    person_id: int
    organisation_id: int | None = None
    represents: int | None = None
    may_invite: bool | None = None
    may_send_newsletter: bool | None = None


def opens_at(meeting: Meeting) -> datetime:
    """Give the moment from which attendance can be marked: the beginning of the day itself."""
    midnight = datetime.combine(meeting.starts_wall.date(), time())
    return local_to_utc(midnight, meeting.timezone)


def is_open(meeting: Meeting) -> bool:
    """Tell whether attendance of this meeting can be marked now."""
    return meeting.status == MeetingStatus.VISIBLE and now() >= opens_at(meeting)


def start(actor: Actor, meeting: Meeting) -> int:
    """Make the first marks from the answers: who would come was there, who declined is excused.

    Whoever was marked already keeps that mark, so pressing twice is harmless. Gives how many marks
    were made. Raises Forbidden outside the actor's regions, Conflict before the day.
    """
    meeting = _locked(actor, meeting)
    rows = [
        {
            "meeting_id": meeting.id,
            "person_id": one.person_id,
            "organisation_id": one.organisation_id,
            "presence": presence.value,
            "is_walk_in": False,
            "guests": one.guests if presence is Presence.PRESENT else 0,
            "marked_at": now(),
            "marked_by": actor.person_id,
        }
        for one in _standing(meeting)
        if (presence := first_mark(Reply(one.reply), bool(one.substitute_name))) is not None
    ]
    if not rows:
        return 0
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    made = db.session.scalars(
        insert(Attendance)
        .on_conflict_do_nothing(index_elements=["meeting_id", "person_id"])
        .returning(Attendance.id),
        rows,
    ).all()
    if made:
        audit.record(actor, "attendance.start", "meeting", meeting.id, marks=len(made))
    return len(made)


def mark(
    actor: Actor,
    meeting: Meeting,
    person_id: int,
    presence: Presence,
    represented_by: int | None = None,
) -> Attendance:
    """Mark one invitee or attendee, over an earlier mark if there was one.

    `represented_by` is the present person who spoke for the organisation; it may be told later, as
    a substitute's name is enough. Raises NotFound for who is not on the list, InputError when the
    representative is not present, else as `start` does.
    """
    meeting = _locked(actor, meeting)
    row = _row(meeting, person_id)
    invitation = db.session.scalar(
        select(Invitation).where(
            Invitation.meeting_id == meeting.id, Invitation.person_id == person_id
        )
    )
    if row is None and (invitation is None or invitation.withdrawn_at is not None):
        raise NotFound(N_("This person is not on the list any more. Reload the page."))
    speaker = _speaker(meeting, person_id, presence, represented_by)
    if row is None:
        row = Attendance(meeting_id=meeting.id, person_id=person_id)
        row.organisation_id = invitation.organisation_id if invitation else None
        db.session.add(row)
    elif row.presence == presence and represented_by is None:
        return row
    _correct(actor, meeting, row, presence)
    row.represented_by_id = speaker
    if presence is not Presence.PRESENT:
        row.guests = 0
    elif invitation is not None and not row.is_walk_in:
        row.guests = invitation.guests if invitation.reply == Reply.ACCEPTED else 0
    db.session.flush()  # counts and the redrawn line follow in the same request
    return row


def unmark(actor: Actor, meeting: Meeting, person_id: int) -> None:
    """Take a mark away; a walk-in leaves the list. Without a mark nothing happens.

    Raises as `start` does.
    """
    meeting = _locked(actor, meeting)
    row = _row(meeting, person_id)
    if row is None:
        return
    _let_go(row)
    if row.is_walk_in:
        audit.record(actor, "attendance.remove_walk_in", "meeting", meeting.id, person=person_id)
    db.session.delete(row)
    db.session.flush()


def add_walk_in(actor: Actor, meeting: Meeting, walk_in: WalkIn) -> Attendance:
    """Note that somebody came unannounced; an invitee is simply marked present.

    Raises InputError ("name") when this person is on the list as present already, else as `start`.
    """
    meeting = _locked(actor, meeting)
    row = _row(meeting, walk_in.person_id)
    if row is not None and row.presence == Presence.PRESENT:
        raise InputError(N_("This person is on the list already, as present."), "name")
    if row is None:
        row = Attendance(meeting_id=meeting.id, person_id=walk_in.person_id)
        row.is_walk_in = not _is_invited(meeting, walk_in.person_id)
        db.session.add(row)
    row.presence, row.represented_by_id = Presence.PRESENT.value, None
    row.organisation_id = walk_in.organisation_id or row.organisation_id
    row.may_invite, row.may_send_newsletter = walk_in.may_invite, walk_in.may_send_newsletter
    row.marked_at, row.marked_by = now(), actor.person_id
    db.session.flush()  # who is represented names this row by number
    audit.record(actor, "attendance.walk_in", "meeting", meeting.id, person=walk_in.person_id)
    if walk_in.represents is not None:
        mark(actor, meeting, walk_in.represents, Presence.REPRESENTED, walk_in.person_id)
    return row


def keep_permission(
    actor: Actor, meeting: Meeting, person_id: int, permission: str, is_given: bool
) -> Attendance:
    """Keep what a walk-in said afterwards about being invited again, or about the newsletter.

    Raises NotFound for who did not walk in, else as `start` does.
    """
    meeting = _locked(actor, meeting)
    row = _row(meeting, person_id)
    if row is None or not row.is_walk_in or permission not in PERMISSIONS:
        raise NotFound
    setattr(row, permission, is_given)
    return row


def close(actor: Actor, meeting: Meeting, *, mark_absent: bool) -> int:
    """Close the list: what is marked now, is what figures and lists go by.

    With `mark_absent` whoever said they would come and has no mark, did not come; gives how many.
    Marks may still be corrected afterwards. Raises Conflict before the start, else as `start`.
    """
    meeting = _locked(actor, meeting)
    if now() < meeting.starts_at:
        raise Conflict(N_("This meeting has not begun yet, so the list can't be closed."))
    missed = 0
    if mark_absent:
        for one in unmarked_accepted(meeting):
            db.session.add(
                Attendance(
                    meeting_id=meeting.id,
                    person_id=one.person_id,
                    organisation_id=one.organisation_id,
                    presence=Presence.ABSENT.value,
                    marked_by=actor.person_id,
                )
            )
            missed += 1
    if meeting.attendance_closed_at is None:
        _set_closed(meeting, now())
        audit.record(actor, "attendance.close", "meeting", meeting.id, absent=missed)
    return missed


def reopen(actor: Actor, meeting: Meeting) -> None:
    """Open a closed list again; nothing that was marked is lost."""
    meeting = _locked(actor, meeting)
    if meeting.attendance_closed_at is not None:
        _set_closed(meeting, None)
        audit.record(actor, "attendance.reopen", "meeting", meeting.id)


def unmarked_accepted(meeting: Meeting) -> list[Invitation]:
    """Give who said they would come and has no mark yet."""
    return list(
        db.session.scalars(
            select(Invitation)
            .outerjoin(
                Attendance,
                (Attendance.meeting_id == Invitation.meeting_id)
                & (Attendance.person_id == Invitation.person_id),
            )
            .where(
                Invitation.meeting_id == meeting.id,
                Invitation.withdrawn_at.is_(None),
                Invitation.reply == Reply.ACCEPTED,
                Attendance.id.is_(None),
            )
            .order_by(Invitation.id)
        )
    )


def _locked(actor: Actor, meeting: Meeting) -> Meeting:
    """Check the right to mark and the day, and let nobody else mark until the commit."""
    actor.demand_address_book()
    meeting_for(actor, meeting.id, write=True)
    meeting = ledger.lock_meeting(meeting.id)
    if meeting.status == MeetingStatus.CANCELLED:
        raise Conflict(N_("This meeting was cancelled, so there is no attendance to mark."))
    if meeting.status == MeetingStatus.DRAFT:
        raise Conflict(N_("This meeting is still a draft, so there is no attendance to mark."))
    if now() < opens_at(meeting):
        raise Conflict(N_("Attendance can be marked from the day of the meeting on."))
    return meeting


def _standing(meeting: Meeting) -> list[Invitation]:
    return list(
        db.session.scalars(
            select(Invitation)
            .where(Invitation.meeting_id == meeting.id, Invitation.withdrawn_at.is_(None))
            .order_by(Invitation.id)
        )
    )


def _row(meeting: Meeting, person_id: int) -> Attendance | None:
    return db.session.scalar(
        select(Attendance)
        .where(Attendance.meeting_id == meeting.id, Attendance.person_id == person_id)
        .execution_options(populate_existing=True)
    )


def _is_invited(meeting: Meeting, person_id: int) -> bool:
    found = db.session.scalar(
        select(Invitation.id).where(
            Invitation.meeting_id == meeting.id,
            Invitation.person_id == person_id,
            Invitation.withdrawn_at.is_(None),
        )
    )
    return found is not None


def _speaker(
    meeting: Meeting, person_id: int, presence: Presence, represented_by: int | None
) -> int | None:
    """Give the row of the present attendee who spoke for this one."""
    if presence is not Presence.REPRESENTED or represented_by is None:
        return None
    row = _row(meeting, represented_by)
    if row is None or row.presence != Presence.PRESENT or represented_by == person_id:
        raise InputError(N_("Choose somebody who was present."), "represented_by")
    return row.id


def _correct(actor: Actor, meeting: Meeting, row: Attendance, presence: Presence) -> None:
    if row.id is not None and row.presence == Presence.PRESENT and presence != Presence.PRESENT:
        _let_go(row)
    if meeting.attendance_closed_at is not None:
        audit.record(
            actor, "attendance.correct", "meeting", meeting.id, person=row.person_id, mark=presence
        )
    row.presence, row.marked_at, row.marked_by = presence.value, now(), actor.person_id


def _let_go(row: Attendance) -> None:
    """Whoever is not present after all, speaks for nobody."""
    db.session.execute(
        update(Attendance)
        .where(Attendance.represented_by_id == row.id)
        .values(represented_by_id=None)
    )


def _set_closed(meeting: Meeting, at: datetime | None) -> None:
    # Past the version: a colleague who edits the text meanwhile is not in anybody's way.
    db.session.execute(
        update(Meeting)
        .where(Meeting.id == meeting.id)
        .values(attendance_closed_at=at, updated_at=Meeting.updated_at)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(meeting, ["attendance_closed_at"])
