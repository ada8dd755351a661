"""Consent with its proof: each word given or taken back is one line of a log that only grows.

Opting out writes the suppression, ends the subscriptions and takes back what waits in the same
transaction, so mail needs to read only the suppression. The doors call this for walk-ins, for
links and for what an advisor is told.
"""

from __future__ import annotations

from sqlalchemy import or_, select

from eventsapp.contacts.models import Consent, Subscription
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail import suppression, withdrawing
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
    proof: str = "",
) -> Consent:
    """Write down that somebody gives or takes back consent for a purpose, in which words.

    Taking back stops mail for that purpose at once, and ends every subscription where it is about
    newsletters; giving it lifts an earlier own opt-out, never a suppression for another reason.
    Who gives it for newsletters becomes a reader by `newsletters/joining.py`.
    """
    line = write_down(
        actor, person_id, purpose, is_given=is_given, how=how, words=words, proof=proof
    )
    line.meeting_id = meeting_id
    if is_given:
        suppression.release_person(actor, person_id, purpose, reason=OPTED_OUT)
        return line
    suppression.withhold_person(person_id, purpose, OPTED_OUT, evidence=how[:40])
    withdrawing.withdraw(person_id, purpose)
    if purpose is Purpose.NEWSLETTER:
        _end_subscriptions(person_id)
    return line


def write_down(
    actor: Actor,
    person_id: int,
    purpose: Purpose,
    *,
    is_given: bool,
    how: str,
    words: str = "",
    proof: str = "",
    newsletter_id: int | None = None,
) -> Consent:
    """Add a line to the log and do nothing else, for who sees to the rest."""
    line = Consent(
        person_id=person_id,
        purpose=purpose.value,
        is_given=is_given,
        at=now(),
        how=how[:40],
        words=words[:2000],
        by_person_id=actor.person_id,
        proof=proof[:2000],
        newsletter_id=newsletter_id,
    )
    db.session.add(line)
    return line


def present_consent(person_id: int) -> dict[Purpose, Consent]:
    """Give the last line of the log for each purpose that somebody ever spoke about.

    Who left one of several newsletters did not take back the consent for all of them.
    """
    lines = db.session.scalars(
        select(Consent)
        .where(
            Consent.person_id == person_id,
            or_(Consent.is_given.is_(True), Consent.newsletter_id.is_(None)),
        )
        .order_by(Consent.id)
    )
    return {Purpose(line.purpose): line for line in lines}


def _end_subscriptions(person_id: int) -> None:
    """End what somebody reads; the rows stay, so that no import brings them back to life."""
    running = select(Subscription).where(
        Subscription.person_id == person_id, Subscription.ended_at.is_(None)
    )
    for one in db.session.scalars(running.with_for_update()):
        one.ended_at, one.paused_until = now(), None
