"""Hands a meeting to another organiser; `invitations/organisers.py` then tells the mails."""

from __future__ import annotations

from sqlalchemy import Select, select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import N_, Forbidden
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import visible_to


def coming_of(actor: Actor, person_id: int) -> list[Meeting]:
    """Give the meetings still to come that somebody organises, as far as the actor sees them."""
    return list(db.session.scalars(_coming(actor, person_id)))


def _coming(actor: Actor, person_id: int) -> Select[Meeting]:
    return (
        select(Meeting)
        .where(
            Meeting.organiser_person_id == person_id,
            Meeting.ends_at > now(),
            Meeting.status != MeetingStatus.CANCELLED.value,
            visible_to(actor),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )


def demand_hand_over(actor: Actor, person_id: int) -> None:
    """Raise `Forbidden` unless a coordinator or the organiser asks."""
    if not actor.is_coordinator and actor.person_id != person_id:
        raise Forbidden(N_("Only a coordinator can do this."))


def hand_over(actor: Actor, meeting: Meeting, person_id: int) -> None:
    """Let somebody else organise this meeting from now on; the audit log keeps both."""
    before = meeting.organiser_person_id
    meeting.organiser_person_id = person_id
    meeting.updated_at = now()
    db.session.flush()  # the audit row holds the new version
    db.session.expire(meeting, ["organiser"])
    audit.record(
        actor, "meeting_changed", "meeting", meeting.id,
        version=meeting.version, fields=["organiser_person_id"],
    )  # fmt: skip
    audit.record(
        actor, "meeting_handed_over", "meeting", meeting.id, before=before, after=person_id
    )
