"""The sweep: repairs after a stop, so that nothing is lost and what is in doubt is named.

The table of jobs calls it each minute and at the start. A lease that ran out is tried again where
the mail had not begun; where it had, its fate is unknown (docs/adr/0003). The caller commits.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, TextClause, or_, select, text, update

from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only
from eventsapp.mail import rules
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import PENDING, UNKNOWN, Mailing, Message
from eventsapp.mail.outbox import rows_of
from eventsapp.mail.rules import Reason

_APART = {"synchronize_session": False}
_IN_DOUBT = (Reason.STOPPED.value, Reason.CUT_OFF.value)


def sweep(*, is_alone: bool = False) -> int:
    """Bring back what a stop left behind; give how many rows were touched.

    `is_alone` says that no other sender lives, as at the start of a one-process product: then no
    lease needs to run out first. Mails of unknown fate whose kind allows it are sent once more, as
    the same mail.
    """
    with read_only():
        lost = select(Message.id).where(*_leased(is_alone))
        is_needed = any(db.session.scalar(one.limit(1)) is not None for one in (lost, _doubtful()))
        db.session.rollback()
    if not is_needed:
        return 0
    return _give_back(is_alone) + _queue_copies()


def _leased(is_alone: bool) -> tuple[TextClause | ColumnElement[bool], ...]:
    leased = (text(PENDING), Message.state == MessageState.LEASED.value)
    return leased if is_alone else (*leased, Message.lease_until < now())


def _give_back(is_alone: bool) -> int:
    lost, cleared = _leased(is_alone), {"lease": "", "lease_until": None}
    begun = (
        update(Message)
        .where(*lost, Message.started_at.is_not(None))
        .values(
            state=MessageState.UNKNOWN.value,
            reason=Reason.STOPPED.value,
            settled_at=now(),
            **cleared,
        )
    )
    never_begun = update(Message).where(*lost).values(state=MessageState.QUEUED.value, **cleared)
    return sum(
        rows_of(db.session.execute(one, execution_options=_APART)) for one in (begun, never_begun)
    )


def _doubtful() -> Select[int]:
    moment = now()
    return (
        select(Message.id)
        .join(Mailing)
        .where(
            text(UNKNOWN),
            Message.reason.in_(_IN_DOUBT),
            Message.settled_at < moment - rules.DOUBT,
            Message.attempts < rules.MOST_COPIES,
            or_(Message.expires_at.is_(None), Message.expires_at > moment),
            Mailing.kind.in_([kind.value for kind in rules.SENT_AGAIN]),
        )
    )


def _queue_copies() -> int:
    # `started_at` stays: an earlier copy may have arrived, so nobody can take this one back.
    again = (
        update(Message)
        .where(Message.id.in_(_doubtful()), Message.state == MessageState.UNKNOWN.value)
        .values(
            state=MessageState.DEFERRED.value,
            reason=Reason.SENT_AGAIN.value,
            not_before=now(),
            settled_at=None,
        )
    )
    return rows_of(db.session.execute(again, execution_options=_APART))
