"""The course of a mailing: pause, go on, stop, and send again what did not arrive.

The advisors' door calls this after it judged the rights. Every step is a conditional update, so of
two people at once one is told that somebody was first. Mail that has left stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from sqlalchemy import or_, update

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.mail import outbox
from eventsapp.mail.kinds import Course, MessageState
from eventsapp.mail.models import Mailing, Message

_APART = {"synchronize_session": False}


def pause(actor: Actor, mailing_id: int) -> None:
    """Hold back what has not left yet. Raises Conflict unless it is being sent."""
    if not _turn(mailing_id, {Course.OPEN}, Course.PAUSED):
        _told()
    audit.record(actor, "mailing.pause", "mailing", mailing_id)


def resume(actor: Actor, mailing_id: int) -> None:
    """Go on with what was held back. Raises Conflict unless it is paused."""
    if not _turn(mailing_id, {Course.PAUSED}, Course.OPEN):
        _told()
    audit.record(actor, "mailing.resume", "mailing", mailing_id)


def stop(actor: Actor, mailing_id: int) -> int:
    """Cancel what has not left yet, for good; give how many. Raises Conflict when it is stopped.

    A mail whose sending has begun can't be stopped any more.
    """
    if not _turn(mailing_id, {Course.OPEN, Course.PAUSED}, Course.STOPPED):
        _told()
    count = len(outbox.take_back(mailing_id=mailing_id))
    audit.record(actor, "mailing.stop", "mailing", mailing_id, count=count)
    return count


def send_failed_again(actor: Actor, mailing_id: int) -> int:
    """Queue once more what did not arrive, as the same mails; give how many.

    Left out is what it is too late for. That word counts as a try, so that nothing is held a
    second time. Who gets no mail any more is left out at the sending.
    """
    moment = now()
    again = (
        update(Message)
        .where(
            Message.mailing_id == mailing_id,
            Message.state == MessageState.FAILED.value,
            or_(Message.expires_at.is_(None), Message.expires_at > moment),
        )
        .values(
            state=MessageState.QUEUED.value,
            reason="",
            attempts=1,
            not_before=moment,
            settled_at=None,
            started_at=None,
        )
    )
    count = outbox.rows_of(db.session.execute(again, execution_options=_APART))
    if not count:
        raise Conflict(N_("There is nothing that can be sent again."))
    # What was stopped goes out after all, because somebody says so now.
    _turn(mailing_id, {Course.STOPPED}, Course.OPEN)
    audit.record(actor, "mailing.send_failed_again", "mailing", mailing_id, count=count)
    return count


def _turn(mailing_id: int, before: Collection[Course], course: Course, reason: str = "") -> bool:
    turned = (
        update(Mailing)
        .where(Mailing.id == mailing_id, Mailing.course.in_([one.value for one in before]))
        .values(course=course.value, course_reason=reason, course_at=now())
    )
    return outbox.rows_of(db.session.execute(turned, execution_options=_APART)) == 1


def _told() -> NoReturn:
    raise Conflict(N_("Somebody was first: look at how this mailing stands now."))
