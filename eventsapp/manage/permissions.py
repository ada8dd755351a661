"""The two permissions that a walk-in is asked for, and their place in the log of consent.

Consent stands above invitations, so the door brings the two together: the mark at the meeting and
the line in the log with the very words that were asked.
"""

from __future__ import annotations

from flask_babel import gettext

from eventsapp.contacts import consent
from eventsapp.core.actor import Actor
from eventsapp.invitations.attendance import PERMISSIONS
from eventsapp.mail.kinds import Purpose
from eventsapp.meetings.models import Meeting
from eventsapp.newsletters import joining

__all__ = ["PERMISSIONS", "keep_consent", "question_of"]


def question_of(permission: str) -> str:
    """Give the words in which a walk-in is asked for a permission."""
    if permission == "may_invite":
        return gettext("May we invite you to meetings from now on?")
    return gettext("May we send you the newsletter?")


def keep_consent(
    actor: Actor, meeting: Meeting, person_id: int, permission: str, is_given: bool
) -> None:
    """Write what somebody said at the door into the log, with the words of the question."""
    purpose = Purpose.MEETINGS if permission == "may_invite" else Purpose.NEWSLETTER
    consent.record(
        actor,
        person_id,
        purpose,
        is_given=is_given,
        how="walk_in",
        words=question_of(permission),
        meeting_id=meeting.id,
    )
    if is_given and purpose is Purpose.NEWSLETTER:
        joining.take_in(person_id)
