"""Mails an invitee the present personal link once more, to the address that we know.

The participants' page calls it for an old link. It never tells who asked whether anything was
sent, and never writes to an address that somebody typed.
"""

from __future__ import annotations

from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.invitations.mailings import AT_ONCE, letter, standing_mailing
from eventsapp.invitations.models import Invitation
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind
from eventsapp.meetings.kinds import MeetingStatus


def mail_fresh_link(invitation: Invitation) -> None:
    """Queue the mail with the link that works; nothing for who can't answer any more."""
    meeting = invitation.meeting
    is_open = meeting.status == MeetingStatus.VISIBLE and meeting.starts_at > now()
    if not is_open or invitation.withdrawn_at is not None or not invitation.email:
        return
    # Keyed by the minute: an impatient second press sends no second mail.
    key = f"fresh_link:{invitation.id}:{invitation.generation}:{now():%Y%m%d%H%M}"
    outbox.enqueue(
        standing_mailing(SYSTEM, meeting, MailingKind.CONFIRMATION),
        [letter(invitation, "fresh_link", key, priority=AT_ONCE)],
    )
