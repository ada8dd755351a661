"""One round of delivery: claim, start, send, settle; and the sweep that repairs after a stop.

The table of jobs calls `deliver` and hands in what makes calendar parts, because mail knows no
meetings. The one place below the doors that commits: SMTP cannot be rolled back, so `started` is
kept before the envelope leaves and the result after (decision 19).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from jinja2 import TemplateError
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import DeliveryError
from eventsapp.core.settings import settings
from eventsapp.mail import mime, outbox, rules, suppression
from eventsapp.mail.compose import Composed, compose
from eventsapp.mail.kinds import MailingKind, MessageState, Purpose
from eventsapp.mail.mime import CalendarPart
from eventsapp.mail.models import Message
from eventsapp.mail.rules import Reason
from eventsapp.mail.smtp import Connection, FateUnknown, ServerAway

log = structlog.get_logger()

CalendarHook = Callable[[Message], CalendarPart | None]
ROUND = timedelta(seconds=20)


class Obsolete(Exception):  # noqa: N818 - a state of the world, not a fault
    """Raised by the calendar hook for a mail that no longer holds: it must not leave."""


@dataclass(slots=True)
class Round:
    """What one round did."""

    sent: int = 0
    settled: int = 0
    is_server_away: bool = False


def no_calendar(_message: Message) -> CalendarPart | None:
    """Give no calendar part: for mails that are about no meeting."""
    return None


def deliver(worker: str, calendar_part: CalendarHook = no_calendar) -> Round:
    """Send what is due, one mail at a time, until nothing is due or the round is long enough."""
    round_, until = Round(), now() + ROUND
    with Connection(settings().mail_server) as connection:
        while now() < until and not round_.is_server_away:
            claimed = outbox.claim(worker)
            db.session.commit()
            if not claimed:
                break
            _one(claimed[0], worker, calendar_part, connection, round_)
    return round_


def _one(
    message_id: int,
    worker: str,
    calendar_part: CalendarHook,
    connection: Connection,
    round_: Round,
) -> None:
    ready = _prepare(message_id, worker, calendar_part)
    # The connection to the database is let go while we talk to the mail server.
    db.session.close()
    round_.settled += 1
    if ready is None:
        return
    message, octets = ready
    try:
        reply = connection.send(message.mailing.sender_address, message.address, octets)
    except FateUnknown:
        outbox.settle(message_id, worker, MessageState.UNKNOWN, reason=Reason.CUT_OFF.value)
    except ServerAway as fault:
        round_.is_server_away = True
        _try_later(message, worker, Reason.SERVER_AWAY, str(fault))
    except DeliveryError as fault:
        if fault.permanent:
            outbox.settle(
                message_id,
                worker,
                MessageState.FAILED,
                reason=Reason.REFUSED.value,
                reply=str(fault),
            )
        else:
            _try_later(message, worker, Reason.LATER, str(fault))
    else:
        round_.sent += 1
        kept = message.reason if message.reason == Reason.SENT_AGAIN.value else ""
        outbox.settle(message_id, worker, MessageState.SENT, reason=kept, reply=reply)
    db.session.commit()


def _prepare(
    message_id: int, worker: str, calendar_part: CalendarHook
) -> tuple[Message, bytes] | None:
    """Judge, compose and start one mail; None when it need not leave, which is settled then."""
    message = db.session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .options(joinedload(Message.mailing, innerjoin=True))
        .execution_options(populate_existing=True)
    )
    if message is None:
        db.session.rollback()
        return None
    if (verdict := _verdict(message)) is not None:
        state, reason = verdict
        outbox.settle(message_id, worker, state, reason=reason)
        db.session.commit()
        return None
    # Rendering takes no part in a write transaction: SQLite has one write lock for all.
    db.session.expunge(message.mailing)
    db.session.expunge(message)
    db.session.rollback()
    try:
        composed = compose(message)
    except (ValueError, TypeError, KeyError, TemplateError) as fault:
        log.error("mail could not be composed", message=message_id, fault=repr(fault))
        db.session.rollback()
        outbox.settle(message_id, worker, MessageState.FAILED, reason=Reason.TEMPLATE.value)
        db.session.commit()
        return None
    return _start(message, worker, calendar_part, composed)


def _start(
    message: Message, worker: str, calendar_part: CalendarHook, composed: Composed
) -> tuple[Message, bytes] | None:
    """Note in the ledger and in the row that this mail leaves now, in one transaction.

    The hook locks the invitation first and the message after: the same order as everybody.
    """
    number = message.id
    try:
        part = calendar_part(message)
    except Obsolete as fault:
        log.info("mail no longer needed", message=number, why=str(fault))
        db.session.rollback()
        outbox.settle(number, worker, MessageState.CANCELLED, reason=Reason.OBSOLETE.value)
        db.session.commit()
        return None
    if not outbox.start(number, worker):
        db.session.rollback()
        return None
    db.session.commit()
    return message, mime.build(_parts(message, composed, part))


def _verdict(message: Message) -> tuple[MessageState, str] | None:
    moment = now()
    if message.expires_at is not None and moment >= message.expires_at:
        return MessageState.SKIPPED, Reason.TOO_LATE.value
    if rules.is_overdue(message.not_before, moment, message.attempts):
        return MessageState.FAILED, Reason.OVERDUE.value
    people = [message.person_id] if message.person_id is not None else []
    reasons = suppression.withheld(people, [message.address], Purpose(message.mailing.purpose))
    if reasons:
        return MessageState.SKIPPED, next(iter(reasons.values()))
    return None


def _parts(message: Message, composed: Composed, part: CalendarPart | None) -> mime.Parts:
    mailing = message.mailing
    return mime.Parts(
        message_id=message.message_id,
        date=message.created_at,
        sender_name=mailing.sender_name,
        sender_address=mailing.sender_address,
        reply_to=mailing.reply_to,
        to_name=message.name,
        to_address=message.address,
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        language=message.language,
        calendar=part,
    )


def _try_later(message: Message, worker: str, reason: Reason, reply: str) -> None:
    when = rules.next_try(message.attempts + 1, message.created_at, now(), message.expires_at)
    if when is None:
        outbox.settle(
            message.id, worker, MessageState.FAILED, reason=Reason.GIVEN_UP.value, reply=reply
        )
        return
    outbox.settle(
        message.id,
        worker,
        MessageState.DEFERRED,
        reason=reason.value,
        reply=reply,
        next_try_at=when,
    )


def sweep(*, is_alone: bool = False) -> int:
    """Repair after a stop: lost leases are tried again, or are of unknown fate when they had begun.

    `is_alone` says that no other sender lives, as at the start of a one-process product: then no
    lease needs to run out first. Mails of unknown fate that may be sent again go out once more,
    once. Gives how many rows were touched.
    """
    moment = now()
    lost = [Message.state == MessageState.LEASED.value]
    if not is_alone:
        lost.append(Message.lease_until < moment)
    cleared = {"lease": "", "lease_until": None}
    never_begun = db.session.execute(
        update(Message)
        .where(*lost, Message.started_at.is_(None))
        .values(state=MessageState.QUEUED.value, **cleared),
        execution_options={"synchronize_session": False},
    )
    begun = db.session.execute(
        update(Message)
        .where(*lost, Message.started_at.is_not(None))
        .values(
            state=MessageState.UNKNOWN.value,
            reason=Reason.STOPPED.value,
            settled_at=moment,
            **cleared,
        ),
        execution_options={"synchronize_session": False},
    )
    touched: int = never_begun.rowcount + begun.rowcount  # type: ignore[attr-defined]
    return touched + _send_again()


def _send_again() -> int:
    """Queue mails of unknown fate once more where their kind allows, as the same mail."""
    rows = db.session.scalars(
        select(Message)
        .where(
            Message.state == MessageState.UNKNOWN.value,
            Message.reason.in_((Reason.STOPPED.value, Reason.CUT_OFF.value)),
            Message.attempts < 3,
        )
        .options(joinedload(Message.mailing, innerjoin=True))
        .limit(500)
    ).all()
    count = 0
    for message in rows:
        if rules.is_sent_again(MailingKind(message.mailing.kind)):
            message.state = MessageState.DEFERRED.value
            message.reason = Reason.SENT_AGAIN.value
            message.not_before, message.settled_at, message.started_at = now(), None, None
            count += 1
    return count
