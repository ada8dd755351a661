"""The clock lets editions leave whose planned moment has come.

`background/editions.py` asks each minute what is due. Only what was signed off as it stands is ever
sent. Whose moment passed by more than the newsletter allows (a machine that was off) waits for
somebody's word.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum

from sqlalchemy import select

from eventsapp.core import audit
from eventsapp.core.actor import SYSTEM
from eventsapp.core.db import db
from eventsapp.core.errors import EventsError
from eventsapp.newsletters import notes, sending
from eventsapp.newsletters.editions import edition_for
from eventsapp.newsletters.kinds import EditionStatus
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.rhythm import Punctuality, punctuality
from eventsapp.newsletters.scheduling import take_off
from eventsapp.newsletters.sending import Prepared
from eventsapp.newsletters.sign_off import is_signed_off

MOST = 20
"""Editions that one look of the clock begins; the next look comes within a minute."""


class Begun(Enum):
    """What the clock did with an edition whose moment has come."""

    SENT = "sent"
    TOO_LATE = "too_late"
    NOT_SIGNED_OFF = "not_signed_off"
    REFUSED = "refused"
    NOTHING = "nothing"


def due(moment: datetime) -> list[int]:
    """Give the numbers of the editions whose planned moment has come, the earliest first."""
    statement = (
        select(Edition.id)
        .where(
            Edition.status == EditionStatus.SCHEDULED.value,
            Edition.send_utc <= moment,
            Edition.is_late.is_(False),
        )
        .order_by(Edition.send_utc, Edition.id)
    )
    return list(db.session.scalars(statement.limit(MOST)))


def prepared_for(edition_id: int) -> Prepared | None:
    """Take the words of an edition that is to leave, before the turn to write; None where it can't.

    Ask it within `reading_first()`.
    """
    edition = db.session.get(Edition, edition_id)
    if edition is None or sending.why_not(edition) is not None:
        return None
    return sending.prepare(edition)


def begin(
    edition_id: int, moment: datetime, makers: Collection[int], prepared: Prepared | None = None
) -> Begun:
    """Send an edition whose moment has come; or say why not, and ask who made it.

    Looks at everything anew with the row held: it may have been changed a moment ago. Raises what
    `sending.send` raises when there is nobody to send to.
    """
    edition = edition_for(SYSTEM, edition_id, write=True)
    if edition.status != EditionStatus.SCHEDULED or edition.is_late or edition.send_utc is None:
        return Begun.NOTHING
    verdict = punctuality(edition.send_utc, moment, edition.newsletter.late_hours)
    if verdict is Punctuality.EARLY:
        return Begun.NOTHING
    if not is_signed_off(edition):
        take_off(edition)
        edition.status = EditionStatus.REVIEW.value
        _say_not_sent(edition, makers, "not_signed_off")
        return Begun.NOT_SIGNED_OFF
    if verdict is Punctuality.LATE:
        edition.is_late = True
        audit.record(SYSTEM, "edition.too_late", "edition", edition.id)
        _say_not_sent(edition, makers, "too_late")
        return Begun.TOO_LATE
    sending.send(SYSTEM, edition, prepared)
    return Begun.SENT


def give_up(edition_id: int, fault: EventsError, makers: Collection[int]) -> None:
    """Take an edition off the clock that can't be sent, and tell who made it why."""
    edition = edition_for(SYSTEM, edition_id, write=True)
    if edition.status != EditionStatus.SCHEDULED:
        return
    take_off(edition)
    _say_not_sent(edition, makers, "refused", why=str(fault))


def _say_not_sent(edition: Edition, makers: Collection[int], reason: str, why: str = "") -> None:
    """Mail who made it that it did not leave, and what it waits for."""
    day, at = edition.send_on, edition.send_at
    notes.tell(
        edition,
        "edition_not_sent",
        f"{reason}:{day}:{at}:{edition.content_version}",
        {*makers, edition.is_scheduled_by_id},
        reason=reason,
        why=why,
        planned=notes.moment_in_words(day, at) if day is not None and at is not None else {},
    )
