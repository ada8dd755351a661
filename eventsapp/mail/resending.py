"""Sends again what did not arrive, is in doubt or was held, because somebody says so.

The advisors' door calls this after it judged the rights. The mails stay the same ones, with their
Message-ID. A mailing that was stopped goes on for them.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, update

from eventsapp.core import audit, wakeups
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.mail import course, retention
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.outbox import BULK_SENDER, SENDER, rows_of, sender_of
from eventsapp.mail.rules import Reason

_RESENT = (MessageState.FAILED.value, MessageState.UNKNOWN.value)
_APART = {"synchronize_session": False}


def send_failed_again(actor: Actor, mailing_id: int) -> int:
    """Queue once more what did not arrive, as the same mails; give how many.

    Left out is what it is too late for. That word counts as a try, so that nothing is held a
    second time. Who gets no mail any more is left out at the sending. Raises Conflict when there is
    nothing, or as `course.reopen` does.
    """
    # It did not arrive, so this is no second copy, and it may be taken back again.
    count = _queue(mailing_id, started_at=None)
    audit.record(actor, "mailing.send_failed_again", "mailing", mailing_id, count=count)
    return count


def send_again(actor: Actor, message_id: int) -> None:
    """Queue a letter once more, as the same mail, because somebody said so.

    That word counts as a try, so a letter that lay too long is not held a second time. Raises
    Conflict when it needs no sending, when its moment has passed, when what it said was erased, or
    as `course.reopen` does.
    """
    mailing_id = db.session.scalar(select(Message.mailing_id).where(Message.id == message_id))
    if mailing_id is not None:
        course.reopen(mailing_id)
    message = db.session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if message is None or message.state not in _RESENT:
        raise Conflict(N_("This mail is not waiting for a decision any more."))
    if message.expires_at is not None and message.expires_at <= now():
        raise Conflict(N_("It is too late to send this mail again."))
    if retention.erased_at(message) is not None:
        raise Conflict(N_("What this mail said was erased, so it cannot be sent again."))
    if message.state == MessageState.FAILED.value:
        # It did not arrive, so this is no second copy, and it may be taken back again.
        message.started_at = None
    message.state, message.reason = MessageState.QUEUED.value, ""
    message.attempts, message.not_before, message.settled_at = 1, now(), None
    wakeups.call(sender_of(message.priority))
    audit.record(actor, "send_again", "message", message.id, mailing=message.mailing_id)


def send_held(actor: Actor, mailing_id: int) -> int:
    """Let go what was held because it lay too long; give how many that were.

    Raises Conflict when there is nothing, or as `course.reopen` does.
    """
    count = _queue(mailing_id, Message.reason == Reason.OVERDUE.value)
    audit.record(actor, "send_held", "mailing", mailing_id, count=count)
    return count


def leave_held(actor: Actor, mailing_id: int) -> int:
    """Leave unsent what was held because it lay too long; give how many that were.

    Raises Conflict when there is nothing.
    """
    count = course.leave_held(mailing_id)
    if not count:
        raise Conflict(N_("There is nothing that can be sent again."))
    audit.record(actor, "leave_held", "mailing", mailing_id, count=count)
    return count


def _queue(mailing_id: int, *which: ColumnElement[bool], **values: None) -> int:
    """Let what failed of a mailing wait to be sent; give how many.

    Left out is what it is too late for, and what was erased.
    """
    course.reopen(mailing_id)
    moment = now()
    again = (
        update(Message)
        .where(
            Message.mailing_id == mailing_id,
            Message.state == MessageState.FAILED.value,
            or_(Message.expires_at.is_(None), Message.expires_at > moment),
            Message.created_at >= retention.oldest_kept(),
            *which,
        )
        .values(
            state=MessageState.QUEUED.value,
            reason="",
            attempts=1,
            not_before=moment,
            settled_at=None,
            **values,
        )
    )
    count = rows_of(db.session.execute(again, execution_options=_APART))
    if not count:
        raise Conflict(N_("There is nothing that can be sent again."))
    # From now on they wait, and not since the day on which they did not leave.
    meant = update(Mailing).where(Mailing.id == mailing_id, Mailing.not_before < moment)
    db.session.execute(meant.values(not_before=moment), execution_options=_APART)
    for sender in (SENDER, BULK_SENDER):
        wakeups.call(sender)
    return count
