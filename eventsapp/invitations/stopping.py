"""Stops an invitation round for good: who was not told yet is not invited.

What a sender holds at that moment can't be taken back at once. It sends what has begun and gives
back the rest; `settle` takes those back too, of every kind of mailing. The table of jobs calls it
every few seconds.
"""

from __future__ import annotations

from contextlib import suppress

from eventsapp.core.actor import SYSTEM, Actor
from eventsapp.core.errors import NotFound
from eventsapp.invitations import invite
from eventsapp.mail import course
from eventsapp.mail.kinds import MailingKind
from eventsapp.mail.models import Mailing


def stop(actor: Actor, mailing: Mailing) -> int:
    """Cancel the mails of a round that did not leave, and their invitations; give how many.

    Raises Conflict when it was stopped already; NotFound and Forbidden as `meeting_for` does.
    """
    count = invite.take_back(actor, mailing)
    return count + course.stop(actor, mailing.id)


def settle() -> int:
    """Take back what senders gave back of mailings that were stopped; give how many mails."""
    count = 0
    for mailing in course.stopped_with_rest():
        if mailing.kind == MailingKind.INVITATION:
            with suppress(NotFound):  # the meeting is gone, and its invitations with it
                count += invite.take_back(SYSTEM, mailing)
        count += course.settle(mailing.id)
    return count
