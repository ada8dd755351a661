"""Tells substitutes with an own address that a meeting changed, or that nobody expects them.

`changes.py`, `invite.py` and `answer.py` call it in their own transaction. A substitute is no
person in the address book and has no link of ours; the entry in the own calendar has a UID that
follows from the invitation and the address, and shares SEQUENCE and DTSTAMP with the invitee's.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from eventsapp.core.actor import Actor
from eventsapp.core.addresses import same_address
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.core.settings import settings
from eventsapp.invitations import ledger
from eventsapp.invitations.ledger import CANCEL, REQUEST
from eventsapp.invitations.mailings import open_mailing
from eventsapp.invitations.models import Invitation
from eventsapp.mail import finding, outbox
from eventsapp.mail.kinds import MailingKind
from eventsapp.mail.models import Message
from eventsapp.mail.outbox import Letter
from eventsapp.meetings.models import Meeting

TEMPLATE = "substitute"
_KIND = "substitute"


class News(StrEnum):
    """What a substitute is told."""

    CHANGED = "changed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Substitute:
    """Who comes in somebody's place, as it stood before an act that may change it."""

    invitation: Invitation
    name: str
    email: str


def of(invitations: Iterable[Invitation]) -> list[Substitute]:
    """Give the substitutes whom a mail of their own can reach."""
    return [
        Substitute(one, one.substitute_name, one.substitute_email)
        for one in invitations
        if one.substitute_name
        and one.substitute_email
        and not same_address(one.substitute_email, one.email)
    ]


def letters(substitutes: Collection[Substitute], news: News, **more: Any) -> list[Letter]:
    """Make one mail to each; ask this after the ledger of the invitation was renewed."""
    holding = holders(substitutes)
    return [_letter(one, news, holding.get(one.invitation.id), more) for one in substitutes]


def release(actor: Actor, meeting: Meeting, before: Collection[Substitute]) -> None:
    """Tell who held an entry as somebody's substitute, and is that no longer, not to come."""
    gone = [
        one
        for one in before
        if not one.invitation.substitute_name
        or not same_address(one.invitation.substitute_email, one.email)
    ]
    holding = holders(gone) if gone else {}
    told = [one for one in gone if one.invitation.id in holding]
    if told:
        mailing = open_mailing(actor, meeting, MailingKind.CANCELLATION)
        outbox.enqueue(mailing, letters(told, News.RELEASED))


def holders(substitutes: Collection[Substitute]) -> dict[int, int]:
    """Give whose substitute was last sent a request and so is owed a cancel, with its SEQUENCE."""
    addresses = {reference(one.invitation): one for one in substitutes}
    rows = db.session.execute(
        select(Message.reference, Message.address, Message.data)
        .where(
            finding.about(addresses),
            Message.template == TEMPLATE,
            Message.state.in_(ledger.LEFT),
        )
        .order_by(Message.id)
    )
    last: dict[int, dict[str, Any]] = {}
    for name, address, data in rows:
        one = addresses[name]
        if same_address(address, one.email):
            last[one.invitation.id] = data.get("entry") or {}
    return {
        number: entry["sequence"]
        for number, entry in last.items()
        if entry.get("method") == REQUEST
    }


def reference(invitation: Invitation) -> str:
    """Give the name under which the mail room knows the substitute of an invitation."""
    return f"{_KIND}:{invitation.id}"


def invitation_id_of(name: str) -> int | None:
    """Read the number of the invitation from such a name, None for any other name."""
    kind, _, number = name.partition(":")
    return int(number) if kind == _KIND and number.isdigit() else None


def _letter(one: Substitute, news: News, held: int | None, more: dict[str, Any]) -> Letter:
    """Make the mail; `held` is the SEQUENCE of the entry that this substitute holds."""
    invitation = one.invitation
    language = invitation.person.language
    method = REQUEST if news is News.CHANGED else "" if held is None else CANCEL
    if method == CANCEL and held is not None and invitation.sequence <= held:
        ledger.renew_entry(invitation, is_new_round=True)
    with speaking(language):
        salutation = translate(N_("Dear %(name)s"), name=one.name)
    data = {
        "news": news.value,
        "salutation": salutation,
        "substitute": one.name,
        "invitee": invitation.person.name,
        "link": "",
        **more,
    }
    if method:
        data["entry"] = {
            "method": method,
            "uid": _uid(invitation, one.email),
            "sequence": invitation.sequence,
            "dtstamp": invitation.dtstamp.isoformat(),
        }
    moment = int(invitation.dtstamp.timestamp())
    return Letter(
        key=f"{_KIND}:{invitation.id}:{news.value}:{invitation.sequence}:{moment}",
        address=one.email,
        name=one.name,
        language=language,
        template=TEMPLATE,
        data=data,
        reference=reference(invitation),
    )


def _uid(invitation: Invitation, email: str) -> str:
    """Make the UID of this substitute's entry: the same each time, and nobody can guess it."""
    told = f"substitute:{invitation.id}:{invitation.generation}:{email.casefold()}"
    mark = hmac.new(settings().secret_key.encode(), told.encode(), hashlib.sha256).hexdigest()
    return f"{mark[:32]}@eventsapp"
