"""The ledger of calendar entries, and the locks under which it and the seats may change.

Every use case of this room takes its locks here, always in the same order: the meeting, then
invitations by number, then messages. Delivery locks an invitation before its message for the same
reason: no two can wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, NotFound
from eventsapp.core.labels import N_
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Answer, Invitation, InvitedOrganisation, new_uid
from eventsapp.mail import finding
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Message
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting

REQUEST, CANCEL = "REQUEST", "CANCEL"

LEFT = (MessageState.SENT, MessageState.UNKNOWN, MessageState.LEASED)
"""States after which a mail may have reached its reader."""
_COLUMNS = [column.key for column in inspect(Invitation).column_attrs]
# Templates that carry a request to the reader's calendar.
WITH_REQUEST = ("invitation", "update", "confirmation", "seat_offered")


_LOCKING = (
    select(Meeting)
    .where(Meeting.id == bindparam("meeting"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_meeting(meeting_id: int) -> Meeting:
    """Give the meeting as it stands, and let nobody else change its answers until the commit."""
    meeting = db.session.scalar(_LOCKING, {"meeting": meeting_id})
    if meeting is None:
        raise NotFound
    return meeting


def lock_invitation(invitation_id: int) -> Invitation:
    """Give one invitation as it stands, locked; NotFound when an undo removed it."""
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is not None:
        # The columns alone: reader and organisations, once loaded, need not be asked again.
        with suppress(InvalidRequestError):
            db.session.refresh(invitation, _COLUMNS, with_for_update=True)
            return invitation
    raise NotFound(N_("This invitation was taken back. Ring us if that surprises you."))


def lock_invitations(
    meeting: Meeting, ids: Collection[int] | None = None, mailing_id: int | None = None
) -> list[Invitation]:
    """Give the standing invitations of a meeting, or these of them, locked in order of number."""
    statement = (
        select(Invitation)
        .where(Invitation.meeting_id == meeting.id, Invitation.withdrawn_at.is_(None))
        .order_by(Invitation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if ids is not None:
        statement = statement.where(Invitation.id.in_(ids))
    if mailing_id is not None:
        statement = statement.where(Invitation.mailing_id == mailing_id)
    return list(db.session.scalars(statement))


def with_reader() -> tuple[ORMOption, ...]:
    """Load with invitations what their mails say: the person and the organisations."""
    return (
        joinedload(Invitation.person),
        joinedload(Invitation.organisation),
        selectinload(Invitation.organisations).joinedload(InvitedOrganisation.organisation),
    )


def demand_open(meeting: Meeting) -> None:
    """Raise Conflict where nobody can be invited any more, or not yet."""
    if meeting.status == MeetingStatus.DRAFT:
        raise Conflict(
            N_("This meeting is still a draft. Make it visible first, then invite people.")
        )
    if meeting.status == MeetingStatus.CANCELLED:
        raise Conflict(N_("This meeting has been cancelled, so nobody can be invited."))
    if meeting.starts_at <= now():
        raise Conflict(N_("This meeting has begun or is over, so nobody can be invited."))


def reference(invitation: Invitation) -> str:
    """Give the name under which the mail room knows an invitation."""
    return f"invitation:{invitation.id}"


def meeting_reference(meeting: Meeting) -> str:
    """Give the name under which the mail room knows a meeting."""
    return f"meeting:{meeting.id}"


def invitation_id_of(reference: str) -> int | None:
    """Read the number of an invitation from such a name, None for any other name."""
    kind, _, number = reference.partition(":")
    return int(number) if kind == "invitation" and number.isdigit() else None


def renew_entry(invitation: Invitation, *, is_new_round: bool = False) -> None:
    """Note that the next calendar mail says something new (RFC 5546 section 2.1.4).

    A new text or answer has a later DTSTAMP only; `is_new_round` raises SEQUENCE too: another
    time, place or status, or a cancel.
    """
    # Calendars compare whole seconds: two acts within one would look like the same message.
    invitation.dtstamp = max(now(), invitation.dtstamp + timedelta(seconds=1))
    if is_new_round:
        invitation.sequence += 1


def begin_anew(invitation: Invitation) -> None:
    """Let somebody who was withdrawn be asked again: a new entry, since the old UID was cancelled.

    The old link stops working; the log of answers stays.
    """
    invitation.uid = new_uid()
    invitation.generation += 1
    invitation.sequence = invitation.time_sequence = 0
    invitation.replied_sequence, invitation.replied_dtstamp = 0, None
    invitation.dtstamp = now()
    invitation.last_method = ""
    invitation.organizer = ""
    invitation.withdrawn_at = None
    invitation.reply = Reply.NEEDS_ACTION
    invitation.replied_at = None
    invitation.replied_via = ""
    invitation.waiting_since = None
    invitation.guests = 0
    invitation.guest_names = ""
    invitation.remark = ""
    invitation.substitute_name = ""
    invitation.substitute_email = ""


def holders(invitations: Iterable[Invitation]) -> set[int]:
    """Give the numbers of those who hold a calendar entry and so are owed a CANCEL.

    Whoever was last sent a REQUEST is one, unless every mail that carried it is known to have
    failed, or still waits to be tried again.
    """
    asked = {reference(one): one for one in invitations if one.last_method == REQUEST}
    states: dict[str, list[str]] = {}
    rows = db.session.execute(
        select(Message.reference, Message.state, Message.created_at).where(
            finding.about(asked), Message.template.in_(WITH_REQUEST)
        )
    )
    for name, state, created_at in rows:
        if created_at >= asked[name].invited_at:
            states.setdefault(name, []).append(state)
    return {
        one.id
        for name, one in asked.items()
        if name not in states or any(state in LEFT for state in states[name])
    }


def never_told(invitations: Iterable[Invitation]) -> set[int]:
    """Give the numbers of those who can't know that they were invited: no mail, no answer."""
    silent = {
        reference(one): one.id
        for one in invitations
        if not one.last_method and one.replied_at is None
    }
    told = db.session.scalars(
        select(Message.reference).where(finding.about(silent), Message.state.in_(LEFT))
    )
    # An answer to a time that was given up since still tells that they knew.
    answered = db.session.scalars(
        select(Answer.invitation_id).where(
            Answer.invitation_id.in_(silent.values()), Answer.via != Via.MOVED
        )
    )
    return set(silent.values()) - {silent[name] for name in told} - set(answered)
