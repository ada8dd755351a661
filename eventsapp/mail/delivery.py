"""One round of delivery: claim, start, send, settle, one mail at a time.

The table of jobs calls `deliver` and hands in what makes calendar parts, because mail knows no
meetings. The one place below the doors that commits: SMTP cannot be rolled back, so `started` is
kept before the envelope leaves and the result after (docs/adr/0003).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from jinja2 import TemplateError
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only
from eventsapp.core.errors import DeliveryError
from eventsapp.core.settings import settings
from eventsapp.mail import mime, outbox, return_path, rules, suppression
from eventsapp.mail.compose import Sheet
from eventsapp.mail.kinds import MessageState, Purpose
from eventsapp.mail.mime import CalendarPart
from eventsapp.mail.models import FROM, IN_REPLY_TO, REPLY_TO, Message
from eventsapp.mail.rules import Reason
from eventsapp.mail.smtp import Connection, FateUnknown, ServerAway

log = structlog.get_logger()

CalendarHook = Callable[[Message], CalendarPart | None]
ROUND = timedelta(seconds=20)
# What a template or a meeting that does not fit can bring about: it stops one mail, not the rest.
_OUR_FAULTS = (ValueError, TypeError, LookupError, AttributeError, TemplateError)


class Obsolete(Exception):  # noqa: N818 - a state of the world, not a fault
    """Raised by the calendar hook for a mail that no longer holds: it must not leave."""


@dataclass(slots=True)
class Round:
    """What one round did."""

    sent: int = 0
    settled: int = 0
    is_server_away: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """All that is needed to send one mail after the database was let go."""

    id: int
    worker: str
    sheet: Sheet
    blank: mime.Parts
    attempts: int
    created_at: datetime
    expires_at: datetime | None
    is_copy: bool


def no_calendar(_message: Message) -> CalendarPart | None:
    """Give no calendar part: for mails that are about no meeting."""
    return None


def deliver(
    worker: str,
    calendar_part: CalendarHook = no_calendar,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Round:
    """Send what is due, one mail at a time, until nothing is due or the round is long enough.

    While our own mail server is away nothing is begun: everything that is due waits a minute.
    """
    round_, until = Round(), now() + ROUND
    with read_only():
        has_due = outbox.has_due()
        db.session.rollback()
    if not has_due:
        return round_
    with Connection(settings().mail_server) as connection:
        while now() < until and not is_stopping():
            try:
                connection.open()
            except ServerAway as fault:
                _put_off(round_, str(fault))
                break
            # One commit keeps the result of the mail before and claims this one.
            claimed = outbox.claim(worker)
            db.session.commit()
            if not claimed:
                break
            started = _start(claimed[0], worker, calendar_part)
            round_.settled += 1
            if started is not None:
                _send(started, connection, round_)
            if not connection.is_open:
                db.session.commit()  # calling the server may take long: no lock may wait for it
        db.session.commit()
    return round_


def _put_off(round_: Round, reply: str) -> None:
    count = outbox.put_off(now() + rules.AWAY, reply)
    db.session.commit()
    round_.is_server_away = True
    log.warning("mail server away", waiting=count, reply=reply)


def _start(message_id: int, worker: str, calendar_part: CalendarHook) -> Started | None:
    """Judge a claimed mail and note that it leaves now; None when it does not, and why is kept.

    The hook locks the invitation first and the message after: the same order as everybody. What
    the mail says is read under these locks, so that a change comes either before it, or has an
    update of its own to send.
    """
    message = db.session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .options(joinedload(Message.mailing, innerjoin=True))
        .execution_options(populate_existing=True)
    )
    if message is None:
        db.session.rollback()
        return None
    verdict = _verdict(message)
    part = None
    if verdict is None:
        try:
            part = calendar_part(message)
        except Obsolete as fault:
            log.info("mail no longer needed", message=message_id, why=str(fault))
            db.session.rollback()
            verdict = MessageState.CANCELLED, Reason.OBSOLETE.value
        except _OUR_FAULTS as fault:
            log.error("calendar entry could not be made", message=message_id, fault=repr(fault))
            db.session.rollback()
            verdict = MessageState.FAILED, Reason.TEMPLATE.value
    if verdict is not None:
        state, reason = verdict
        outbox.settle(message_id, worker, state, reason=reason)
        db.session.commit()
        return None
    is_copy = message.started_at is not None
    if not outbox.start(message_id, worker):
        db.session.rollback()
        return None
    db.session.refresh(message)
    db.session.refresh(message.mailing)
    started = _snapshot(message, worker, part, is_copy)
    db.session.commit()
    return started


def _verdict(message: Message) -> tuple[MessageState, str] | None:
    """Tell what becomes of a mail that must not leave, None for one that may."""
    moment, due_at = now(), max(message.mailing.not_before, message.created_at)
    if message.expires_at is not None and moment >= message.expires_at:
        return MessageState.SKIPPED, Reason.TOO_LATE.value
    if rules.is_overdue(due_at, message.not_before, moment, message.attempts):
        return MessageState.FAILED, Reason.OVERDUE.value
    people = [message.person_id] if message.person_id is not None else []
    reasons = suppression.withheld(people, [message.address], Purpose(message.mailing.purpose))
    if reasons:
        return MessageState.SKIPPED, next(iter(reasons.values()))
    return None


def _snapshot(message: Message, worker: str, part: CalendarPart | None, is_copy: bool) -> Started:
    mailing, own = message.mailing, message.data
    blank = mime.Parts(
        message_id=message.message_id,
        date=message.created_at,
        sender_name=mailing.sender_name,
        sender_address=own.get(FROM, "") or mailing.sender_address,
        reply_to=own.get(FROM, "") or own.get(REPLY_TO, "") or mailing.reply_to,
        to_name=message.name,
        to_address=message.address,
        subject="",
        text="",
        html="",
        language=message.language,
        calendar=part,
        in_reply_to=own.get(IN_REPLY_TO, ""),
    )
    return Started(
        id=message.id,
        worker=worker,
        sheet=Sheet.of(message),
        blank=blank,
        attempts=message.attempts,
        created_at=message.created_at,
        expires_at=message.expires_at,
        is_copy=is_copy,
    )


def _send(started: Started, connection: Connection, round_: Round) -> None:
    """Compose and send without holding the database, then keep the result."""
    # The connection to the database is let go while we render and talk to the mail server.
    db.session.close()
    try:
        made = started.sheet.compose()
        parts = replace(started.blank, subject=made.subject, text=made.text, html=made.html)
        comes_back_to = return_path.address_for(started.id)
        reply = connection.send(comes_back_to, parts.to_address, mime.build(parts))
    except FateUnknown as fault:
        _settle(started, MessageState.UNKNOWN, Reason.CUT_OFF, str(fault))
    except ServerAway as fault:
        _try_later(started, Reason.SERVER_AWAY, str(fault))
        db.session.commit()
        _put_off(round_, str(fault))
    except DeliveryError as fault:
        if fault.permanent:
            _settle(started, MessageState.FAILED, Reason.REFUSED, str(fault))
        else:
            _try_later(started, Reason.LATER, str(fault))
    except _OUR_FAULTS as fault:
        log.error("mail could not be made", message=started.id, fault=repr(fault))
        _settle(started, MessageState.FAILED, Reason.TEMPLATE, "")
    else:
        round_.sent += 1
        _settle(started, MessageState.SENT, Reason.SENT_AGAIN if started.is_copy else None, reply)


def _settle(started: Started, state: MessageState, reason: Reason | None, reply: str) -> None:
    word = reason.value if reason else ""
    outbox.settle(started.id, started.worker, state, reason=word, reply=reply)


def _try_later(started: Started, reason: Reason, reply: str) -> None:
    moment = now()
    when = rules.next_try(started.attempts, started.created_at, moment, started.expires_at)
    if when is None:
        _settle(started, MessageState.FAILED, Reason.GIVEN_UP, reply)
        return
    outbox.settle(
        started.id,
        started.worker,
        MessageState.DEFERRED,
        reason=reason.value,
        reply=reply,
        next_try_at=when,
        may_be_there=started.is_copy,
    )
