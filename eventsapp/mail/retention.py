"""What a mail said is kept for a while and then erased; what became of it is kept.

The nightly round calls this, some rows at a time, so that nobody waits long for the database. A
mail whose values are gone can't be read or sent any more; its figures, state and reason stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, Update, cast, func, or_, select, text, update

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.mail.kinds import InboundState, MessageState, Scope
from eventsapp.mail.models import PENDING, Bounce, InboundMail, Mailing, Message, Suppression
from eventsapp.mail.outbox import rows_of
from eventsapp.mail.rules import Reason

AT_ONCE = 1000
_APART = {"synchronize_session": False}


def oldest_kept() -> datetime:
    """Give the moment before which what mails said is erased."""
    return now() - timedelta(days=settings().keep_mail_days)


def erased_at(message: Message) -> datetime | None:
    """Tell when what a mail said was erased, or would be by its age; None as long as it is kept.

    Single letters of a meeting share one mailing for months, so each goes by its own age.
    """
    if message.mailing.purged_at is not None:
        return message.mailing.purged_at
    until = message.created_at + timedelta(days=settings().keep_mail_days)
    return until if until <= now() else None


def purge() -> Iterator[int]:
    """Erase what old mails said, ours and those that came in, some rows at a time.

    Gives after each step how many rows it touched: then whoever calls commits, so that nobody
    waits for long. Stopped half-way, the next round does it over.
    """
    before = oldest_kept()
    for mailing_id in db.session.scalars(
        select(Mailing.id).where(Mailing.created_at < before, Mailing.purged_at.is_(None))
    ).all():
        yield from _purge_mailing(mailing_id, before)
    while count := _purge_inbound(before):
        yield count
    yield _purge_reports(before)


def _purge_mailing(mailing_id: int, before: datetime) -> Iterator[int]:
    """Erase the old values of a mailing; once it has none that are young, write that they are gone.

    A mail that still waits after so long is not sent any more: it would have nothing to say.
    """
    of_it = Message.mailing_id == mailing_id
    is_told = or_(cast(Message.data, Text) != "{}", Message.last_reply != "", text(PENDING))
    own = select(Message.id).where(of_it, Message.created_at < before, is_told)
    first = db.session.scalar(select(func.min(Message.id)).where(of_it))
    done = (first or 0) - 1
    while some := db.session.scalars(
        own.where(Message.id > done).order_by(Message.id).limit(AT_ONCE)
    ).all():
        done, chosen = some[-1], Message.id.in_(some)
        late = {"state": MessageState.SKIPPED.value, "reason": Reason.TOO_LATE.value}
        _run(update(Message).where(chosen, text(PENDING)).values(**late, settled_at=now()))
        _run(update(Message).where(chosen).values(data={}, last_reply=""))
        yield len(some)
    young = select(Message.id).where(of_it, Message.created_at >= before).exists()
    gone = update(Mailing).where(Mailing.id == mailing_id, ~young)
    yield _run(gone.values(data={}, purged_at=now()))


def _purge_inbound(before: datetime) -> int:
    """Erase what came in so long ago, also where nobody ever looked at it."""
    old = (
        select(InboundMail.id)
        .where(InboundMail.received_at < before)
        .where(InboundMail.octets.is_not(None) | (InboundMail.body != ""))
        .order_by(InboundMail.id)
        .limit(AT_ONCE)
    )
    some = list(db.session.scalars(old))
    if not some:
        return 0
    chosen = InboundMail.id.in_(some)
    waited = chosen & (InboundMail.state == InboundState.WAITING.value)
    ignored = {"state": InboundState.IGNORED.value, "settled_at": now()}
    emptied: dict[str, Any] = {"octets": None, "body": "", "subject": "", "detail": {}}
    emptied |= {"sender": "", "sender_name": ""}
    _run(update(InboundMail).where(waited).values(**ignored))
    _run(update(InboundMail).where(chosen).values(**emptied))
    return len(some)


def _purge_reports(before: datetime) -> int:
    old = (Bounce.at < before) & (Bounce.diagnostic != "")
    said = (Suppression.created_at < before) & (Suppression.evidence != "")
    of_address = said & (Suppression.scope == Scope.ADDRESS.value)
    return sum(
        [
            _run(update(Bounce).where(old).values(diagnostic="")),
            _run(update(Suppression).where(of_address).values(evidence="")),
        ]
    )


def _run(statement: Update) -> int:
    return rows_of(db.session.execute(statement, execution_options=_APART))
