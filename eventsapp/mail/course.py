"""The course of a mailing: pause, go on, stop.

The advisors' door calls this after it judged the rights. Every step is a conditional update, so of
two people at once one is told that somebody was first. Mail that has left stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

import structlog
from sqlalchemy import func, select, text, update

from eventsapp.core import audit, wakeups
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.mail import outbox, rules
from eventsapp.mail.kinds import Course, MailingKind, MessageState
from eventsapp.mail.models import HELD, PENDING, Mailing, Message
from eventsapp.mail.rules import Reason

log = structlog.get_logger()

BREAKER = "breaker"
"""Why a mailing is paused that nobody paused."""
MUST_ARRIVE = frozenset({MailingKind.UPDATE.value, MailingKind.CANCELLATION.value})
"""Kinds that nobody holds back: a reader would come at the old time, or for nothing."""
_APART = {"synchronize_session": False}


def pause(actor: Actor, mailing_id: int) -> None:
    """Hold back what has not left yet. Raises Conflict unless it is being sent, and may wait."""
    _demand_may_wait(mailing_id)
    if not _turn(mailing_id, {Course.OPEN}, Course.PAUSED):
        _told()
    audit.record(actor, "mailing.pause", "mailing", mailing_id)


def resume(actor: Actor, mailing_id: int) -> None:
    """Go on with what was held back. Raises Conflict unless it is paused."""
    if not _turn(mailing_id, {Course.PAUSED}, Course.OPEN):
        _told()
    moment = now()
    # Somebody says so now: what lay parked is due, and has not lain too long.
    parked = (
        update(Message)
        .where(
            Message.mailing_id == mailing_id,
            Message.state.in_(outbox.UNSENT),
            Message.not_before == outbox.PARKED,
        )
        .values(not_before=moment)
    )
    db.session.execute(parked, execution_options=_APART)
    held = update(Mailing).where(Mailing.id == mailing_id, Mailing.not_before < moment)
    db.session.execute(held.values(not_before=moment), execution_options=_APART)
    for sender in (outbox.SENDER, outbox.BULK_SENDER):
        wakeups.call(sender)
    audit.record(actor, "mailing.resume", "mailing", mailing_id)


def stop(actor: Actor, mailing_id: int) -> int:
    """Cancel what has not left yet, for good; give how many. Raises Conflict when it is stopped.

    A mail whose sending has begun can't be stopped any more, nor one that must arrive.
    """
    _demand_may_wait(mailing_id)
    if not _turn(mailing_id, {Course.OPEN, Course.PAUSED}, Course.STOPPED):
        _told()
    count = len(outbox.take_back(mailing_id=mailing_id))
    audit.record(actor, "mailing.stop", "mailing", mailing_id, count=count)
    return count


def stopped_with_rest() -> list[int]:
    """Give the mailings that were stopped and of which a sender gave something back since."""
    rest = select(Message.id).where(
        Message.mailing_id == Mailing.id, Message.state.in_(outbox.UNSENT)
    )
    stopped = select(Mailing.id).where(
        text(HELD), Mailing.course == Course.STOPPED.value, rest.exists()
    )
    return list(db.session.scalars(stopped.order_by(Mailing.id)))


def lock(mailing_id: int) -> Mailing | None:
    """Give a mailing as it stands, and let nobody change its course until the commit."""
    return db.session.get(Mailing, mailing_id, with_for_update=True, populate_existing=True)


def settle(mailing_id: int) -> int:
    """Cancel what a sender gave back of a mailing that is stopped; give how many.

    A mail of which an earlier copy may have arrived is no mail that was taken back: of that one
    nobody can be sure, and no other copy follows.
    """
    taken_back = outbox.take_back(mailing_id=mailing_id)
    in_doubt = (
        update(Message)
        .where(
            Message.mailing_id == mailing_id,
            Message.state.in_(outbox.UNSENT),
            Message.started_at.is_not(None),
        )
        .values(
            state=MessageState.UNKNOWN.value,
            reason=Reason.HALTED.value,
            settled_at=now(),
        )
    )
    return len(taken_back) + outbox.rows_of(db.session.execute(in_doubt, execution_options=_APART))


def reopen(mailing_id: int) -> None:
    """Let a mailing that was stopped send once more, because somebody says so now.

    Raises Conflict as long as a sender still has mails of it: they are to be taken back.
    """
    mailing = lock(mailing_id)
    if mailing is None or mailing.course != Course.STOPPED:
        return
    pending = select(Message.id).where(text(PENDING), Message.mailing_id == mailing_id)
    if db.session.scalar(pending.limit(1)) is not None:
        raise Conflict(N_("This was stopped a moment ago. Try again in a minute."))
    _turn(mailing_id, {Course.STOPPED}, Course.OPEN)


def judge(mailing_ids: Collection[int]) -> None:
    """Pause by ourselves those of which too many of the first mails were refused.

    A mailing that somebody let go on is left alone: that person has looked at it.
    """
    for mailing_id in sorted(mailing_ids):
        refused = _count(mailing_id, MessageState.FAILED, rules.BREAKER_LOOKS_AT)
        sent = _count(mailing_id, MessageState.SENT, rules.BREAKER_LOOKS_AT + refused + 1)
        untouched = select(Mailing.id).where(Mailing.id == mailing_id, Mailing.course_at.is_(None))
        if rules.is_breaking(sent + refused, refused) and db.session.scalar(untouched):
            _turn(mailing_id, {Course.OPEN}, Course.PAUSED, BREAKER)
            log.warning("paused by itself: too many refusals", mailing=mailing_id, refused=refused)


def _count(mailing_id: int, state: MessageState, most: int) -> int:
    """Count the mails of a mailing in a state, no further than needed."""
    where = [Message.mailing_id == mailing_id, Message.state == state.value]
    if state is MessageState.FAILED:
        where.append(Message.reason == Reason.REFUSED.value)
    some = select(Message.id).where(*where).limit(most).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def _turn(mailing_id: int, before: Collection[Course], course: Course, reason: str = "") -> bool:
    turned = (
        update(Mailing)
        .where(Mailing.id == mailing_id, Mailing.course.in_([one.value for one in before]))
        .values(course=course.value, course_reason=reason, course_at=now())
    )
    return outbox.rows_of(db.session.execute(turned, execution_options=_APART)) == 1


def _demand_may_wait(mailing_id: int) -> None:
    kind = db.session.scalar(select(Mailing.kind).where(Mailing.id == mailing_id))
    if kind in MUST_ARRIVE:
        raise Conflict(N_("These mails tell of a change. Without them people would not know it."))


def _told() -> NoReturn:
    raise Conflict(N_("Somebody was first: look at how this mailing stands now."))
