"""Consent with its proof: each word given or taken back is one line of a log that only grows.

Opting out writes the suppression in the same transaction, so mail needs to read only that.
The doors call this for walk-ins, for links and for what an advisor is told.
"""

from __future__ import annotations

from sqlalchemy import select

from eventsapp.contacts.models import Consent
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose

OPTED_OUT = "opted_out"


def record(
    actor: Actor,
    person_id: int,
    purpose: Purpose,
    *,
    is_given: bool,
    how: str,
    words: str = "",
    meeting_id: int | None = None,
) -> Consent:
    """Write down that somebody gives or takes back consent for a purpose, in which words.

    Taking back stops mail for that purpose at once; giving it lifts an earlier own opt-out, never
    a suppression for another reason.
    """
    line = Consent(
        person_id=person_id,
        purpose=purpose.value,
        is_given=is_given,
        at=now(),
        how=how[:40],
        words=words[:2000],
        meeting_id=meeting_id,
        by_person_id=actor.person_id,
    )
    db.session.add(line)
    if is_given:
        suppression.release_person(actor, person_id, purpose, reason=OPTED_OUT)
    else:
        suppression.withhold_person(person_id, purpose, OPTED_OUT, evidence=how[:40])
    return line


def present_consent(person_id: int) -> dict[Purpose, Consent]:
    """Give the last line of the log for each purpose that somebody ever spoke about."""
    lines = db.session.scalars(
        select(Consent).where(Consent.person_id == person_id).order_by(Consent.id)
    )
    return {Purpose(line.purpose): line for line in lines}
