"""When an edition leaves: planned by somebody, in the wall time of its newsletter.

The pages call it, with the edition locked by `editions.edition_for`; `departing.py` is the clock's
side. Only what was signed off as it stands can be planned.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import local_to_utc, now, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.newsletters.editions import AGREED, demand_make
from eventsapp.newsletters.kinds import EditionStatus
from eventsapp.newsletters.models import Edition, Newsletter
from eventsapp.newsletters.rhythm import Oddity, planned
from eventsapp.newsletters.sign_off import is_signed_off

FURTHEST = timedelta(days=366)
NOT_SIGNED_OFF = N_("This edition was not signed off as it stands now.")
PASSED = N_("This moment has passed already. Choose a later one, or send it now.")


def schedule(actor: Actor, edition: Edition, day: date, at: time) -> None:
    """Plan when an edition that was signed off leaves by itself.

    Raises InputError for a moment that is past, too far off or does not exist, Conflict without a
    sign-off of the present words, Forbidden.
    """
    demand_make(actor, edition)
    if edition.status not in AGREED or not is_signed_off(edition):
        raise Conflict(NOT_SIGNED_OFF)
    present = utc_to_local(now(), edition.newsletter.timezone)
    if day > present.date() + FURTHEST:
        raise InputError(N_("This is more than a year ahead. Choose an earlier day."), "send_on")
    if day < present.date():
        raise InputError(PASSED, "send_on")
    planned_for = local_to_utc(datetime.combine(day, at), edition.newsletter.timezone, "send_at")
    if planned_for <= now():
        raise InputError(PASSED, "send_at")
    edition.send_on, edition.send_at, edition.send_utc = day, at, planned_for
    edition.status, edition.is_late = EditionStatus.SCHEDULED.value, False
    edition.is_scheduled_by_id = actor.person_id
    at_utc = planned_for.isoformat(timespec="minutes")
    audit.record(actor, "edition.schedule", "edition", edition.id, at=at_utc)


def unschedule(actor: Actor, edition: Edition) -> None:
    """Do not let an edition leave by itself; its sign-off stays. Twice is harmless."""
    demand_make(actor, edition)
    if edition.status == EditionStatus.SIGNED_OFF:
        return
    if edition.status != EditionStatus.SCHEDULED:
        raise Conflict(N_("This edition is not planned any more."))
    take_off(edition)
    audit.record(actor, "edition.unschedule", "edition", edition.id)


def comes_twice(edition: Edition) -> bool:
    """Tell whether the clocks show the planned time twice that night; the first time counts."""
    if edition.send_on is None or edition.send_at is None:
        return False
    wall = datetime.combine(edition.send_on, edition.send_at)
    return planned(wall, edition.newsletter.timezone).oddity is Oddity.REPEATED


def proposed(edition: Edition) -> tuple[date | None, time]:
    """Give day and time to propose: what was planned for this edition, while it lies ahead."""
    newsletter = edition.newsletter
    at = edition.send_at or newsletter.send_at
    day = edition.send_on
    present = utc_to_local(now(), newsletter.timezone)
    if day is not None and datetime.combine(day, at) <= present:
        day = None
    return day, at


def derive_again() -> int:
    """Work out the moments anew where the rules of a zone changed; give how many moved.

    Wall time and zone are the truth: nine in the morning stays nine in the morning.
    """
    moved = 0
    statement = (
        select(Edition)
        .join(Newsletter, Newsletter.id == Edition.newsletter_id)
        .where(Edition.status == EditionStatus.SCHEDULED.value, Edition.is_late.is_(False))
    )
    for edition in db.session.scalars(statement):
        if edition.send_on is None or edition.send_at is None:
            continue
        wall = datetime.combine(edition.send_on, edition.send_at)
        moment = planned(wall, edition.newsletter.timezone).moment
        if moment != edition.send_utc:
            edition.send_utc, moved = moment, moved + 1
    return moved


def take_off(edition: Edition) -> None:
    """Let the clock pass an edition by; what was signed off stays signed off."""
    edition.status = EditionStatus.SIGNED_OFF.value
    edition.send_utc, edition.is_late = None, False
