"""Takes back what still waits for somebody who wants no mail of a purpose any more.

Whoever writes down that somebody leaves calls it in the same transaction, so that an edition that
is on its way passes them by. A mail that a sender holds can't be stopped any more.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table, select, text, update

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail.kinds import MessageState, Purpose
from eventsapp.mail.models import PENDING, Mailing, Message
from eventsapp.mail.outbox import UNSENT, rows_of
from eventsapp.mail.rules import Reason

NEWSLETTER_ID = "newsletter_id"
"""The value in the data of a mailing that says of which newsletter it is an edition."""


def withdraw(person_id: int, purpose: Purpose, newsletter_id: int | None = None) -> int:
    """Skip the mails of a purpose that wait for somebody, or of one newsletter; give how many.

    A mailing that does not say of which newsletter it is belongs to all of them.
    """
    message = cast(Table, Message.__table__)
    waiting = (
        select(Message.id, Mailing.data[NEWSLETTER_ID].as_integer())
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(
            Message.person_id == person_id,
            Mailing.purpose == purpose.value,
            text(PENDING),
            Message.state.in_(UNSENT),
            Message.started_at.is_(None),
        )
    )
    found = [
        number
        for number, said in db.session.execute(waiting)
        if newsletter_id is None or said in (None, newsletter_id)
    ]
    skipping = (
        update(message)
        .where(message.c.id.in_(found), message.c.state.in_(UNSENT), message.c.started_at.is_(None))
        .values(
            state=MessageState.SKIPPED.value,
            reason=Reason.OPTED_OUT.value,
            settled_at=now(),
            lease="",
            lease_until=None,
        )
    )
    return rows_of(db.session.execute(skipping)) if found else 0
