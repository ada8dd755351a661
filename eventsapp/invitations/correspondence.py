"""Lays a letter that a person wrote beside the meeting that it answers.

`background/inbox.py` hands in each letter once, in a transaction of its own. It waits on the page
"Post" until somebody settles it; a copy goes to the organiser's own mailbox. Nobody else ever gets
a mail because one came in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from eventsapp.core.addresses import parse_address, same_address, same_mailbox
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.core.links import MANAGE_POST, absolute
from eventsapp.core.settings import settings
from eventsapp.directory.models import Person, PersonAddress
from eventsapp.directory.queries import addresses_of
from eventsapp.invitations import ledger
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.nearest import nearest_invitation
from eventsapp.invitations.reply_address import is_ours, person_of
from eventsapp.mail import finding, outbox
from eventsapp.mail.classify import Post
from eventsapp.mail.kinds import InboundState, MailingKind, Purpose
from eventsapp.mail.letter_text import attachments, new_words
from eventsapp.mail.models import REPLY_TO, InboundMail, Mailing, Message
from eventsapp.mail.opening import header
from eventsapp.mail.outbox import Letter
from eventsapp.meetings.models import Meeting

MOST_COPIES_AN_HOUR = 20
POST = "inbound"


def file(
    inbound: InboundMail, post: Post, wants_copy: Callable[[int], bool] = lambda _: True
) -> None:
    """Find out who wrote and about what, keep the words, and copy them to the organiser.

    `wants_copy` tells of a person whether copies are wanted; the door asks it of the account.
    """
    addressee = person_of(inbound.recipient)
    answered = _answered(post.replies_to)
    if answered is not None and addressee not in (None, answered.person_id):
        answered = None  # the address says who writes; a Message-ID may come from anywhere
    if answered is not None:
        inbound.message_id, inbound.reference = answered.id, answered.reference
    invitation, is_guess = _invitation(addressee, answered)
    if invitation is not None:
        inbound.reference = ledger.reference(invitation)
        inbound.person_id = invitation.person_id
    else:
        inbound.person_id = addressee or (answered.person_id if answered is not None else None)
    inbound.body = inbound.body or post.body
    inbound.state, inbound.reason = InboundState.WAITING.value, ""
    inbound.detail = {
        **(inbound.detail or {}),
        "message_id": post.message_id,
        "attachments": attachments(post.opened),
        "is_guess": is_guess,
        "is_known": _is_known(inbound.person_id, inbound.sender),
    }
    db.session.flush()  # the copy is keyed by its number
    submitted = header(post.opened, "Auto-Submitted", 80).lower()
    if invitation is not None and submitted in ("", "no") and not is_ours(inbound.sender):
        _copy(inbound, invitation, wants_copy)


def _answered(ids: Sequence[str]) -> Message | None:
    """Find the mail of ours that a letter answers, the nearest first."""
    if not ids:
        return None
    found = {
        one.message_id: one
        for one in db.session.scalars(select(Message).where(finding.with_message_id(ids)))
    }
    return next((found[one] for one in ids if one in found), None)


def _invitation(person_id: int | None, answered: Message | None) -> tuple[Invitation | None, bool]:
    """Tell which invitation a letter is about, and whether that is only the likeliest one."""
    number = ledger.invitation_id_of(_reference_of(answered)) if answered is not None else None
    named = db.session.get(Invitation, number) if number is not None else None
    if named is not None and person_id in (None, named.person_id):
        return named, False
    if person_id is None:
        return None, False
    return nearest_invitation(person_id), True


def _reference_of(answered: Message) -> str:
    """Tell what a mail of ours was about; our answer to a letter is about what the letter was."""
    kind, _, number = answered.reference.partition(":")
    if kind != POST or not number.isdigit():
        return answered.reference
    letter = db.session.get(InboundMail, int(number))
    return letter.reference if letter is not None else ""


def _is_known(person_id: int | None, sender: str) -> bool:
    """Tell whether the writer's address is one that we know of this person."""
    if person_id is None:
        return False
    addresses = select(PersonAddress.email).where(PersonAddress.person_id == person_id)
    aliases = select(Invitation.reply_alias).where(
        Invitation.person_id == person_id, Invitation.reply_alias != ""
    )
    known = db.session.scalars(addresses.union_all(aliases))
    return any(same_mailbox(one, sender) for one in known)


def _copy(inbound: InboundMail, invitation: Invitation, wants_copy: Callable[[int], bool]) -> None:
    """Mail the letter to the organiser's own mailbox; an answer to it goes to the writer."""
    meeting = invitation.meeting
    organiser = meeting.organiser
    address = addresses_of([organiser.id]).get(organiser.id)
    if not address or is_ours(address) or same_address(address, inbound.sender):
        return
    if not wants_copy(organiser.id) or _has_had_enough(meeting):
        return
    letter = Letter(
        key=f"copy:{inbound.id}",
        address=address,
        name=organiser.name,
        language=organiser.language,
        template="letter_copy",
        data=_copied(inbound, invitation.person, meeting),
        person_id=organiser.id,
        reference=post_reference(inbound),
        priority=3,
    )
    outbox.enqueue(_copies(meeting), [letter])


def _copied(inbound: InboundMail, writer: Person, meeting: Meeting) -> dict[str, Any]:
    """Give what the copy says; of a closed group it tells nobody's name and nobody's words."""
    told: dict[str, Any] = {
        "is_neutral": meeting.is_confidential,
        "post_url": absolute(MANAGE_POST, inbound_id=inbound.id),
    }
    if meeting.is_confidential:
        return told
    told |= {
        "writer": writer.name,
        "writer_address": inbound.sender,
        "is_known": inbound.detail["is_known"],
        "title": meeting.title,
        "words": new_words(inbound.body),
        "attachments": [one["name"] for one in inbound.detail["attachments"]],
    }
    try:
        told[REPLY_TO] = parse_address(inbound.sender)
    except InputError:
        told["writer_address"] = ""
    return told


def post_reference(inbound: InboundMail) -> str:
    """Give the name under which mails about a letter stand in the outbox."""
    return f"{POST}:{inbound.id}"


def _copies(meeting: Meeting) -> Mailing:
    """Give the one sending of a meeting to which the copies of its letters belong."""
    reference = ledger.meeting_reference(meeting)
    kind = MailingKind.COPY
    found = db.session.scalar(
        select(Mailing)
        .where(Mailing.reference == reference, Mailing.kind == kind, Mailing.purged_at.is_(None))
        .order_by(Mailing.id.desc())
        .limit(1)
    )
    return found or outbox.open_mailing(
        kind=kind,
        purpose=Purpose.MEETINGS,
        reference=reference,
        title=meeting.title,
        by=None,
        sender_name=settings().programme_name,
        undo=False,
    )


def _has_had_enough(meeting: Meeting) -> bool:
    """Tell whether copies come faster than people write: something answers something."""
    recent = select(func.count(Message.id)).join(Message.mailing)
    count = db.session.scalar(
        recent.where(
            Mailing.reference == ledger.meeting_reference(meeting),
            Mailing.kind == MailingKind.COPY,
            Message.created_at > now() - timedelta(hours=1),
        )
    )
    return (count or 0) >= MOST_COPIES_AN_HOUR
