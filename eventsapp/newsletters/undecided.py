"""Editions of which mails wait for somebody's word: held because they lay too long, or paused.

What lay for more than two days does not leave by itself, and of which too much came back pauses by
itself (`mail/judging.py`, `mail/course.py`). Neither goes on unless somebody who makes the edition
decides, so the page of its sending and the page of today ask.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import joinedload

from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.mail import resending
from eventsapp.mail.course import BREAKER
from eventsapp.mail.kinds import Course, MessageState
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.rules import Reason
from eventsapp.newsletters.editions import LEFT, demand_make, may_make
from eventsapp.newsletters.kinds import EditionStatus
from eventsapp.newsletters.models import Edition

MOST = 50
"""Editions that are being sent at the same time; more are no longer looked at by one page."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """An edition that is being sent and waits for a decision."""

    edition: Edition
    held: int
    """How many of its mails lay too long."""
    is_paused: bool
    """It paused by itself, since too much came back."""


def undecided(actor: Actor) -> list[Undecided]:
    """Give the editions about which the actor is to decide, with one question."""
    held = (
        select(func.count(Message.id))
        .where(Message.mailing_id == Edition.mailing_id, *_is_held())
        .scalar_subquery()
    )
    asked = (
        select(Edition, held, Mailing.course, Mailing.course_reason)
        .join(Mailing, Mailing.id == Edition.mailing_id)
        .where(Edition.status == EditionStatus.SENDING.value)
        .options(joinedload(Edition.newsletter))
        .order_by(Edition.id)
        .limit(MOST)
    )
    found = [
        Undecided(edition, count, course == Course.PAUSED and reason == BREAKER)
        for edition, count, course, reason in db.session.execute(asked)
        if may_make(actor, edition)
    ]
    return [one for one in found if one.held or one.is_paused]


def waits_for_decision() -> ColumnElement[bool]:
    """Give the condition that mails of an edition are held."""
    return exists().where(Message.mailing_id == Edition.mailing_id, *_is_held())


def send_held(actor: Actor, edition: Edition) -> int:
    """Send after all what was held; give how many. Raises Conflict when nothing is, Forbidden."""
    count = resending.send_held(actor, _mailing_id(actor, edition))
    edition.status = EditionStatus.SENDING.value
    return count


def leave_held(actor: Actor, edition: Edition) -> int:
    """Leave what was held unsent, for good; give how many. Raises Conflict, Forbidden."""
    return resending.leave_held(actor, _mailing_id(actor, edition))


def _mailing_id(actor: Actor, edition: Edition) -> int:
    demand_make(actor, edition)
    if edition.mailing_id is None or edition.status not in LEFT:
        raise Conflict(N_("This edition is not being sent."))
    return edition.mailing_id


def _is_held() -> tuple[ColumnElement[bool], ...]:
    return (
        Message.state == MessageState.FAILED.value,
        Message.reason == Reason.OVERDUE.value,
    )
