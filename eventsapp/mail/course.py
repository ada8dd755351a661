"""The course of a mailing: pause, go on, stop.

The advisors' door calls this after it judged the rights. Every step is a conditional update, so of
two people at once one is told that somebody was first. Mail that has left stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

import structlog
from sqlalchemy import Select, and_, func, or_, select, text, union_all, update

from eventsapp.core import audit, wakeups
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.mail import outbox, rules
from eventsapp.mail.kinds import BounceKind, Course, MailingKind, MessageState
from eventsapp.mail.models import BOUNCED, HELD, PENDING, PENDING_STATES, Mailing, Message
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
    # Somebody says so now: what lay parked is due, has not lain too long, and is tried anew.
    parked = (
        update(Message)
        .where(
            Message.mailing_id == mailing_id,
            Message.state.in_(outbox.UNSENT),
            Message.not_before == outbox.PARKED,
        )
        .values(not_before=moment, settled_at=None)
    )
    db.session.execute(parked, execution_options=_APART)
    held = update(Mailing).where(Mailing.id == mailing_id, Mailing.not_before < moment)
    db.session.execute(held.values(not_before=moment), execution_options=_APART)
    for sender in (outbox.SENDER, outbox.BULK_SENDER):
        wakeups.call(sender)
    audit.record(actor, "mailing.resume", "mailing", mailing_id)


def stop(actor: Actor, mailing_id: int) -> int:
    """Cancel what has not left yet, for good; give how many. Raises Conflict when it is stopped.

    A mail whose sending has begun can't be stopped any more, nor one that must arrive. Nobody is
    asked any more about what was held of an edition.
    """
    kind = _demand_may_wait(mailing_id)
    if not _turn(mailing_id, {Course.OPEN, Course.PAUSED}, Course.STOPPED):
        _told()
    count = len(outbox.take_back(mailing_id=mailing_id))
    if kind == MailingKind.EDITION:
        count += leave_held(mailing_id)
    audit.record(actor, "mailing.stop", "mailing", mailing_id, count=count)
    return count


def leave_held(mailing_id: int) -> int:
    """Leave unsent what was held because it lay too long; give how many that were."""
    left = (
        update(Message)
        .where(
            Message.mailing_id == mailing_id,
            Message.state == MessageState.FAILED.value,
            Message.reason == Reason.OVERDUE.value,
        )
        .values(state=MessageState.SKIPPED.value, reason=Reason.TOO_LATE.value, settled_at=now())
    )
    return outbox.rows_of(db.session.execute(left, execution_options=_APART))


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
    """Pause by ourselves the editions of which too many of the first mails were no good.

    That is what a server refused at the door, and what came back for good. An edition that somebody
    let go on is left alone: that person has looked at it; so is one of which nothing waits. The
    callers have locked the mailings (`lock`) before any mail of them.
    """
    for mailing_id in sorted(mailing_ids):
        if not db.session.scalar(_may_break(mailing_id)):
            continue
        failures = failures_among_first(mailing_id)
        if rules.is_breaking(failures):
            _turn(mailing_id, {Course.OPEN}, Course.PAUSED, BREAKER)
            log.warning("paused by itself: too many failures", mailing=mailing_id, failed=failures)


def _may_break(mailing_id: int) -> Select[int]:
    waiting = select(Message.id).where(
        Message.mailing_id == mailing_id, Message.state.in_(PENDING_STATES)
    )
    return select(Mailing.id).where(
        Mailing.id == mailing_id,
        Mailing.kind == MailingKind.EDITION.value,
        Mailing.course_at.is_(None),
        waiting.exists(),
    )


def failures_among_first(mailing_id: int) -> int:
    """Count what was refused or came back for good among the first mails that left or were refused.

    The first are those by number, the order of an edition. Each half is the beginning of one range
    of the index of states, so that this reads as little of a million mails as of a thousand,
    however often a report asks for it.
    """
    refused = (MessageState.FAILED.value, Reason.REFUSED.value)
    halves = [_first_of(mailing_id, *one) for one in ((MessageState.SENT.value, ""), refused)]
    both = union_all(*halves).subquery()
    first = select(both.c.id).order_by(both.c.id).limit(rules.BREAKER_LOOKS_AT).subquery()
    came_back = and_(text(BOUNCED), Message.bounce_kind == BounceKind.HARD.value)
    failures = (
        select(func.count())
        .select_from(Message)
        .join(first, first.c.id == Message.id)
        .where(or_(Message.state == MessageState.FAILED.value, came_back))
    )
    return db.session.scalar(failures) or 0


def _first_of(mailing_id: int, state: str, reason: str) -> Select[int]:
    asked = select(Message.id).where(
        Message.mailing_id == mailing_id, Message.state == state, Message.reason == reason
    )
    some = asked.order_by(Message.id).limit(rules.BREAKER_LOOKS_AT).subquery()
    return select(some.c.id)


def _turn(mailing_id: int, before: Collection[Course], course: Course, reason: str = "") -> bool:
    turned = (
        update(Mailing)
        .where(Mailing.id == mailing_id, Mailing.course.in_([one.value for one in before]))
        .values(course=course.value, course_reason=reason, course_at=now())
    )
    return outbox.rows_of(db.session.execute(turned, execution_options=_APART)) == 1


def _demand_may_wait(mailing_id: int) -> str | None:
    kind = db.session.scalar(select(Mailing.kind).where(Mailing.id == mailing_id))
    if kind in MUST_ARRIVE:
        raise Conflict(N_("These mails tell of a change. Without them people would not know it."))
    return kind


def _told() -> NoReturn:
    raise Conflict(N_("Somebody was first: look at how this mailing stands now."))
