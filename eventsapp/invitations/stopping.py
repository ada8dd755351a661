"""Stops an invitation round for good: who was not told yet is not invited.

What a sender holds at that moment can't be taken back at once. It sends what has begun and gives
back the rest; `settle` takes that back too, of every kind of mailing. The table of jobs calls it
every few seconds.
"""

from __future__ import annotations

from contextlib import suppress

from eventsapp.core.actor import SYSTEM, Actor
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.invitations import invite, ledger
from eventsapp.mail import course
from eventsapp.mail.kinds import Course, MailingKind
from eventsapp.mail.models import Mailing


def stop(actor: Actor, mailing: Mailing) -> int:
    """Cancel the mails of a round that did not leave, and their invitations; give how many.

    Raises Conflict when it was stopped already; NotFound and Forbidden as `meeting_for` does.
    """
    count = invite.take_back(actor, mailing)
    return count + course.stop(actor, mailing.id)


def settle(mailing_id: int) -> int:
    """Take back what a sender gave back of a mailing that was stopped; give how many mails.

    Somebody may have let it go on since it was found: then nothing is taken back.
    """
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None:
        return 0
    count, is_round = 0, mailing.kind == MailingKind.INVITATION
    with suppress(NotFound):  # the meeting is gone, and its invitations with it
        if is_round:
            ledger.lock_meeting(invite.meeting_of(mailing))  # before its mailing, as everywhere
    locked = course.lock(mailing_id)
    if locked is None or locked.course != Course.STOPPED:
        return 0
    with suppress(NotFound):
        if is_round:
            count = invite.take_back(SYSTEM, locked)
    return count + course.settle(mailing_id)
