"""Opens sendings about a meeting and makes the row of one mail to one invitee.

The use cases of this room hand the rows to the outbox, in their own transaction. Nothing is
rendered here; `calendar_event.py` adds the calendar entry when the mail leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, NotFound
from eventsapp.core.labels import N_
from eventsapp.invitations import ledger
from eventsapp.invitations.facts import mail_facts, personal_facts, sender
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.reply_address import person_of, reply_address_for
from eventsapp.mail import outbox, renewing
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import FROM, Mailing
from eventsapp.mail.outbox import Letter
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

AT_ONCE = 1
_BEFORE_IT = frozenset({MailingKind.INVITATION, MailingKind.REMINDER, MailingKind.CONFIRMATION})


def open_mailing(
    actor: Actor,
    meeting: Meeting,
    kind: MailingKind,
    *,
    undo: bool = False,
    **more: Any,
) -> Mailing:
    """Open a sending about this meeting, with the facts that all its mails share."""
    name, reply_to = sender(meeting)
    return outbox.open_mailing(
        kind=kind,
        purpose=Purpose.MEETINGS,
        reference=ledger.meeting_reference(meeting),
        title=meeting.title,
        by=actor.person_id,
        sender_name=name,
        reply_to=reply_to,
        data={**mail_facts(meeting), **more},
        undo=undo,
        expires_at=_tried_until(meeting, kind),
    )


def _tried_until(meeting: Meeting, kind: MailingKind) -> datetime:
    """Tell until when mail about a meeting is of use.

    An invitation, a reminder or a confirmation that arrives during the meeting helps nobody; who is
    late, or on the way, is still helped by another place or link, a cancellation or a letter.
    """
    return meeting.starts_at if kind in _BEFORE_IT else meeting.ends_at


_STANDING = (
    select(Mailing)
    .where(
        Mailing.reference == bindparam("reference"),
        Mailing.kind == bindparam("kind"),
        Mailing.purged_at.is_(None),
    )
    .order_by(Mailing.id.desc())
    .limit(1)
)


def standing_mailing(actor: Actor, meeting: Meeting, kind: MailingKind) -> Mailing:
    """Give the one sending of a meeting that its single letters of this kind belong to.

    An answer must be kept and confirmed in a few milliseconds, so the facts of the meeting are
    gathered again only when it was edited since.
    """
    about = {"reference": ledger.meeting_reference(meeting), "kind": kind.value}
    mailing = db.session.scalar(_STANDING, about)
    if mailing is None:
        return open_mailing(actor, meeting, kind)
    if mailing.data.get("version") != meeting.version:
        name, reply_to = sender(meeting)
        renewing.renew(mailing, mail_facts(meeting), sender_name=name, reply_to=reply_to)
        mailing.expires_at = _tried_until(meeting, kind)
    return mailing


def undo(actor: Actor, meeting: Meeting, mailing_id: int, kinds: Collection[MailingKind]) -> int:
    """Take back the mails of a sending that did not leave; gives how many.

    Nothing but mail may have come of it. Raises NotFound for a sending of another meeting or kind,
    Conflict when all have left already.
    """
    meeting_for(actor, meeting.id, write=True)
    mailing = db.session.get(Mailing, mailing_id)
    known = mailing is not None and mailing.reference == ledger.meeting_reference(meeting)
    if mailing is None or not known or mailing.kind not in kinds:
        raise NotFound
    count = len(outbox.take_back(mailing_id=mailing_id))
    if not count:
        raise Conflict(N_("It is too late to undo this: the mails have left already."))
    audit.record(actor, "undo_mailing", "meeting", meeting.id, mailing=mailing_id, count=count)
    return count


def letter(
    invitation: Invitation, template: str, key: str, *, priority: int = 5, **own: Any
) -> Letter:
    """Make the row of one mail to one invitee; `own` is what only this mail says."""
    person = invitation.person
    return Letter(
        key=key,
        address=invitation.email,
        name=person.name,
        language=person.language,
        template=template,
        data={**personal_facts(invitation), FROM: sender_of(invitation), **own},
        person_id=person.id,
        reference=ledger.reference(invitation),
        priority=priority,
    )


def sender_of(invitation: Invitation) -> str:
    """Give the address that mails about this invitation come from and are answered to.

    The organizer of a calendar entry stays the same as long as its UID; "" is the sending's own
    sender, of an entry that was made before answers were read.
    """
    if not invitation.organizer:
        return reply_address_for(invitation.person_id)
    is_read = person_of(invitation.organizer) == invitation.person_id
    return invitation.organizer if is_read else ""


def tell_cancelled(
    actor: Actor,
    meeting: Meeting,
    invitations: Iterable[Invitation],
    holders: set[int],
    *,
    undo: bool = False,
) -> Mailing:
    """Queue the mail that says one need not come; for holders it cancels the calendar entry.

    What the entry needs goes along in the mail's own data, since the ledger may have begun a new
    entry by the time it is sent.
    """
    mailing = open_mailing(actor, meeting, MailingKind.CANCELLATION, undo=undo)
    letters = []
    for one in invitations:
        own: dict[str, Any] = {"is_withdrawn": one.withdrawn_at is not None}
        if one.id in holders:
            ledger.renew_entry(one, is_new_round=True)
            own["entry"] = {
                "uid": one.uid,
                "sequence": one.sequence,
                "dtstamp": one.dtstamp.isoformat(),
                "organizer": one.organizer,
            }
        key = f"cancel:{one.id}:{one.generation}:{one.sequence}"
        letters.append(letter(one, "cancellation", key, **own))
    outbox.enqueue(mailing, letters)
    return mailing
