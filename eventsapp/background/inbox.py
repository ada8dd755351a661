"""Opens the post: whatever came in is told apart, kept as one row, and handed on by its kind.

The receiver and the post office of a try-out call `take_in` for each mail, the mailbox calls
`take_in_together` for what waits. All is committed before anybody files it away or says "250", and
the same mail twice is once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING

import structlog
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError

from eventsapp.accounts import advisors
from eventsapp.contacts import unsubscribe
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.settings import settings
from eventsapp.core.text import one_line
from eventsapp.invitations import calendar_replies, correspondence, reply_address
from eventsapp.mail import bounces, finding, intake, lists, return_path
from eventsapp.mail.classify import Post, classify
from eventsapp.mail.kinds import InboundKind, InboundState
from eventsapp.mail.models import InboundMail, Message
from eventsapp.mail.opening import LARGEST

if TYPE_CHECKING:
    from eventsapp.mail.receiver import Door

log = structlog.get_logger()

MAILBOX = "mailbox"
TURN = timedelta(seconds=45)
# Nobody looks at these as they came, except to see why a verdict was what it was.
_KEPT_OF_MACHINES = 32 * 1024


def _apply_reply(inbound: InboundMail, post: Post) -> None:
    _name(inbound, _answered(post))
    calendar_replies.apply(inbound)


def _file_letter(inbound: InboundMail, post: Post) -> None:
    correspondence.file(inbound, post, advisors.wants_copies)


TABLE: Mapping[InboundKind, Callable[[InboundMail, Post], object]] = {
    InboundKind.CALENDAR_REPLY: _apply_reply,
    InboundKind.LETTER: _file_letter,
}
"""Who takes what a person or a calendar wrote."""


class Taken(Enum):
    """What became of a mail that came in."""

    NEW = "new"
    KNOWN = "known"
    NOT_READ = "not_read"


class _Overtaken(Exception):  # noqa: N818 - a state of the world, not a fault
    """Raised when another door took the same mail in between."""


def take_in(octets: bytes, recipient: str = "", source: str = "mailbox") -> Taken:
    """Take one mail in and commit it. `recipient` is the address that a server took it for.

    A mail over which we stumble is kept for a person to look at, and the log tells. Raises only
    what the database says when it is away: then nothing was kept, and the mail must stay where
    it is.
    """
    try:
        inbound = _keep(classify(octets, recipient), octets, source)
        _commit([inbound])
        return Taken.KNOWN if inbound is None else Taken.NEW
    except _Overtaken:
        db.session.rollback()
        return Taken.KNOWN
    except (OperationalError, InterfaceError):
        db.session.rollback()
        raise
    except Exception:  # also what the database refuses to keep: else it would stand in the way
        db.session.rollback()
        log.exception("a mail that came in could not be read", source=source)
        return _keep_unread(octets, recipient, source)


def take_in_together(mails: Sequence[bytes], source: str = "mailbox") -> list[Taken]:
    """Take in several mails; all are committed when this returns. Raises as `take_in` does.

    Those that only lie there until somebody reads them share a transaction, for a commit costs
    more than all the rest. What changes an answer or an address has one of its own.
    """
    try:
        return _together([(classify(octets), octets) for octets in mails], source)
    except (OperationalError, InterfaceError):
        db.session.rollback()
        raise
    except Exception:  # one of them, which must not stand in the way of the others
        db.session.rollback()
        return [take_in(octets, source=source) for octets in mails]


def _together(mails: Sequence[tuple[Post, bytes]], source: str) -> list[Taken]:
    taken: list[Taken] = []
    for is_light, run in groupby(mails, key=lambda one: _is_light(one[0])):
        for few in [list(run)] if is_light else [[one] for one in run]:
            kept = [_keep(post, octets, source) for post, octets in few]
            _commit(kept)
            taken += [Taken.KNOWN if one is None else Taken.NEW for one in kept]
    return taken


def _is_light(post: Post) -> bool:
    """Tell whether nothing follows from a mail but its own row, and a copy of it."""
    is_kind = post.kind in (InboundKind.LETTER, InboundKind.AUTO_REPLY)
    return is_kind and not _asks_to_leave(post)


def read_mailbox(is_stopping: Callable[[], bool] = lambda: False) -> object:
    """Take in what waits in the mailbox, for as long as one turn lasts; the next goes on.

    What is wrong with the mailbox is written down for who can mend it.
    """
    mailbox = settings().mailbox
    if mailbox is None or not intake.is_due(MAILBOX):
        return None
    from eventsapp.mail import mailbox as imap  # nothing of it is loaded where there is none

    db.session.commit()  # the mailbox may be slow, and nobody may wait for us meanwhile
    until = now() + TURN
    try:
        done = imap.read(mailbox, _take_from_mailbox, lambda: is_stopping() or now() > until)
    except imap.Unreachable as fault:
        intake.note_fault(MAILBOX, fault.fault, fault.detail)
        return None
    intake.note_success(MAILBOX)
    return done


def _take_from_mailbox(mails: Sequence[bytes]) -> list[bool]:
    return [taken is not Taken.NOT_READ for taken in take_in_together(mails, MAILBOX)]


def accepts(address: str) -> bool:
    """Tell whether mail to this address is for us: a return path, or somebody's reply address."""
    return return_path.is_ours(address) or reply_address.person_of(address) is not None


def door(app: Flask, source: str) -> Door:
    """Give the door that a server of ours opens: whose mail it takes, and what keeps it."""
    from eventsapp.mail.receiver import Door

    def accepts_here(address: str) -> bool:
        with app.app_context():
            return accepts(address)

    def take(octets: bytes, recipient: str) -> None:
        with app.app_context():
            take_in(octets, recipient, source)

    return Door(accepts_here, take)


def _keep(post: Post, octets: bytes, source: str) -> InboundMail | None:
    """Write a mail down and hand it on; None for one that is known. Raises _Overtaken."""
    ours = _ours(post.recipients)
    fingerprint = hashlib.sha256(f"{post.fingerprint}\0{ours}".encode()).hexdigest()
    if _is_known(fingerprint):
        return None
    inbound = InboundMail(
        fingerprint=fingerprint,
        source=source,
        recipient=ours[:254],
        sender=post.sender,
        sender_name=one_line(post.sender_name, 200),
        subject=one_line(post.subject, 300),
        kind=post.kind.value,
        person_id=reply_address.person_of(ours),
        body=post.body,
        octets=octets[:LARGEST],
        detail={"message_id": post.message_id, "replies_to": list(post.replies_to)},
    )
    db.session.add(inbound)
    try:
        db.session.flush()
    except IntegrityError as fault:
        raise _Overtaken from fault
    _hand_on(inbound, post)
    return inbound


def _commit(kept: Sequence[InboundMail | None]) -> None:
    told = [{"kind": one.kind, "state": one.state, "reason": one.reason} for one in kept if one]
    db.session.commit()
    for one in told:
        log.info("mail came in", **one)


def _is_known(fingerprint: str) -> bool:
    seen = select(InboundMail.id).where(InboundMail.fingerprint == fingerprint)
    return db.session.scalar(seen) is not None


def _hand_on(inbound: InboundMail, post: Post) -> None:
    if reply_address.is_ours(post.sender):
        # Our own mail comes round: answering it would never end.
        _close(inbound, InboundState.IGNORED, "own_mail")
    elif _has_left(inbound, post):
        _close(inbound, InboundState.APPLIED, "left_list")
    elif post.kind is InboundKind.AUTO_REPLY:
        _name(inbound, _answered(post))
        _close(inbound, InboundState.IGNORED, post.report.action if post.report else "")
    elif post.report is not None:
        _report(inbound, post)
    else:
        TABLE[post.kind](inbound, post)
    if post.report is not None or inbound.state == InboundState.IGNORED.value:
        inbound.octets = (inbound.octets or b"")[:_KEPT_OF_MACHINES]


def _has_left(inbound: InboundMail, post: Post) -> bool:
    """Let somebody leave the list whose mail programme asks for it (RFC 2369).

    The address is that of one mail of ours and nobody can invent it, so the sender need not be
    known.
    """
    number = return_path.message_id_of(inbound.recipient)
    if number is None or not _asks_to_leave(post):
        return False
    try:
        unsubscribe.leave(number, how="mail")
    except NotFound:
        return False  # a mail to no list: somebody reads what was written
    return True


def _asks_to_leave(post: Post) -> bool:
    return post.report is None and post.subject.strip().lower() == lists.SUBJECT


def _report(inbound: InboundMail, post: Post) -> None:
    assert post.report is not None
    message = bounces.message_of(post.recipients, post.report)
    _name(inbound, message)
    if message is None:
        # Anybody can invent a report about any address: without proof nothing follows.
        _close(inbound, InboundState.IGNORED, "not_ours")
    elif post.kind is InboundKind.BOUNCE:
        verdict = bounces.record(message, post.report, inbound.id)
        _close(inbound, InboundState.APPLIED, verdict.reason.value)
    elif bounces.complain(message, post.report):
        _close(inbound, InboundState.APPLIED, "complained")
    else:
        _close(inbound, InboundState.IGNORED, "complained")


def _answered(post: Post) -> Message | None:
    """Give the mail of ours that somebody answers, by the Message-IDs that the answer names."""
    if not post.replies_to:
        return None
    named = select(Message).where(finding.with_message_id(post.replies_to))
    found = {one.message_id: one for one in db.session.scalars(named)}
    return next((found[one] for one in post.replies_to if one in found), None)


def _name(inbound: InboundMail, message: Message | None) -> None:
    """Write down which mail of ours it is about, unless the reply address says somebody else."""
    if message is None or inbound.person_id not in (None, message.person_id):
        return
    inbound.message_id, inbound.person_id = message.id, message.person_id
    inbound.reference = message.reference


def _close(inbound: InboundMail, state: InboundState, reason: str) -> None:
    inbound.state, inbound.reason, inbound.settled_at = state.value, reason[:40], now()


def _ours(recipients: tuple[str, ...]) -> str:
    """Give the address of ours at which it came in, else the likeliest one."""
    ours = (one for one in recipients if accepts(one))
    return next(ours, recipients[0] if recipients else "")


def _keep_unread(octets: bytes, recipient: str, source: str) -> Taken:
    """Keep what we could not read, for somebody who can."""
    fingerprint = hashlib.sha256(b"unread\0" + octets).hexdigest()
    if not _is_known(fingerprint):
        db.session.add(
            InboundMail(
                fingerprint=fingerprint,
                source=source,
                recipient=recipient[:254],
                kind=InboundKind.LETTER.value,
                reason="not_read",
                person_id=reply_address.person_of(recipient),
                octets=octets[:LARGEST],
            )
        )
        db.session.commit()
    return Taken.NOT_READ
