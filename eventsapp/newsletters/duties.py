"""What is due before an edition leaves: contributions, reading, sign-off, planning the sending.

The pages show it, the clock mails who has to do it: two days before, and once when it is late.
Which reminders went out stands with the edition, so nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from eventsapp.core.actor import Actor
from eventsapp.core.dates import today, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_, Labelled
from eventsapp.newsletters import asking, notes
from eventsapp.newsletters.editions import AGREED, LEFT, OPEN, demand_make, demand_open
from eventsapp.newsletters.kinds import ContributionState, EditionStatus
from eventsapp.newsletters.models import Contribution, Edition

SOON = timedelta(days=2)
SOON_TO_WRITE = timedelta(days=4)
FURTHEST = timedelta(days=366)
MORNING = time(8)
MOST = 50
"""Editions that are being made at the same time; more are no longer looked at by one page."""


class Step(Labelled):
    """What has to be done before an edition leaves, in this order."""

    CONTRIBUTIONS = "contributions", N_("Contributions are in")
    REVIEW = "review", N_("Ready to be read")
    SIGN_OFF = "sign_off", N_("Signed off")
    SENDING = "sending", N_("Sending is planned")


@dataclass(frozen=True, slots=True)
class Duty:
    """One step of an edition with its day; `missing` counts pieces that did not come in yet."""

    step: Step
    on: date
    is_done: bool
    missing: int = 0

    def is_late(self, day: date) -> bool:
        """Tell whether it should have been done before this day."""
        return not self.is_done and self.on < day

    def is_soon(self, day: date) -> bool:
        """Tell whether it is due today or in the next two days."""
        return not self.is_done and day <= self.on <= day + SOON


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days of one edition as somebody fills them in, in the order of the work."""

    contributions_on: date | None = None
    review_on: date | None = None
    sign_off_on: date | None = None
    send_on: date | None = None


DAYS = ("contributions_on", "review_on", "sign_off_on", "send_on")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works on newsletters: who makes them, and who else may sign them off."""

    makers: tuple[int, ...] = ()
    signers: tuple[int, ...] = ()


def duties_of(edition: Edition, missing: int) -> list[Duty]:
    """Give the steps of an edition that have a day, with what is done already."""
    status = edition.status
    is_agreed = status in (*AGREED, *LEFT)
    is_planned = status == EditionStatus.SCHEDULED and not edition.is_late
    steps = (
        (Step.CONTRIBUTIONS, edition.contributions_on, missing == 0 or is_agreed),
        (Step.REVIEW, edition.review_on, status != EditionStatus.DRAFT),
        (Step.SIGN_OFF, edition.sign_off_on, is_agreed),
        (Step.SENDING, edition.send_on, is_planned or status in LEFT),
    )
    return [
        Duty(step, on, is_done, missing if step is Step.CONTRIBUTIONS else 0)
        for step, on, is_done in steps
        if on is not None
    ]


def next_duty(edition: Edition, missing: int) -> Duty | None:
    """Give what has to be done first."""
    return next((one for one in duties_of(edition, missing) if not one.is_done), None)


def missing_by_edition(edition_ids: Iterable[int]) -> dict[int, int]:
    """Count the pieces that were asked for and did not come in yet."""
    return _count(edition_ids, ContributionState.ASKED)


def to_take_in(edition_ids: Iterable[int]) -> dict[int, int]:
    """Count the pieces that came in and do not stand in the edition yet."""
    return _count(edition_ids, ContributionState.WRITTEN)


def being_made(actor: Actor | None = None) -> list[Edition]:
    """Give the editions that somebody works on, the first to leave on top.

    For an advisor these are the messages to the own regions, with those that wait for approval.
    """
    statement = (
        select(Edition)
        .where(Edition.status.in_([one.value for one in (*OPEN, *AGREED)]))
        .options(joinedload(Edition.newsletter))
    )
    if actor is not None and not actor.makes_newsletters:
        statement = statement.where(Edition.region_id.in_(actor.regions))
    order = (Edition.send_on.is_(None), Edition.send_on, Edition.id)
    return list(db.session.scalars(statement.order_by(*order).limit(MOST)))


def set_days(actor: Actor, edition: Edition, days: Days) -> None:
    """Say when each step of one edition is due; empty: that step has no day.

    Raises InputError with its field for days that are not in their order, Conflict once it is
    signed off, Forbidden.
    """
    demand_make(actor, edition)
    demand_open(edition)
    before: date | None = None
    for name in DAYS:
        day: date | None = getattr(days, name)
        if day is not None and before is not None and day < before:
            raise InputError(N_("This lies before the step above it. Choose a later day."), name)
        if day is not None and abs(day - today(edition.newsletter.timezone)) > FURTHEST:
            raise InputError(N_("Choose a day within a year from now."), name)
        before = day or before
    for name in DAYS:
        setattr(edition, name, getattr(days, name))


def tell_opened(edition: Edition, makers: Iterable[int]) -> None:
    """Tell who makes the newsletter that a draft is there, and what is due when."""
    notes.tell(
        edition,
        "edition_opened",
        "opened",
        makers,
        link=notes.edition_link(edition),
        due=[[duty.step.value, notes.in_words(duty.on)] for duty in duties_of(edition, 1)],
    )


def remind(edition_id: int, moment: datetime, desk: Desk) -> int:
    """Mail what is due soon or late for one edition, each only once; give how many mails.

    From eight in the morning on, where the newsletter is at home.
    """
    edition = db.session.scalar(
        select(Edition)
        .where(Edition.id == edition_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if edition is None or edition.status not in (*OPEN, *AGREED):
        return 0
    wall = utc_to_local(moment, edition.newsletter.timezone)
    if wall.time() < MORNING:
        return 0
    day = wall.date()
    told = dict(edition.told)
    number = _remind_makers(edition, day, desk, told) + _remind_authors(edition, day, told)
    if told != edition.told:
        _keep(edition, told)
    return number


def _remind_makers(edition: Edition, day: date, desk: Desk, told: dict[str, str]) -> int:
    missing = missing_by_edition([edition.id]).get(edition.id, 0)
    new = {
        _mark(duty, day): duty
        for duty in duties_of(edition, missing)
        if duty.is_soon(day) or duty.is_late(day)
    }
    fresh = {mark: duty for mark, duty in new.items() if mark not in told}
    if not fresh:
        return 0
    told.update(dict.fromkeys(fresh, day.isoformat()))
    duties = list(fresh.values())
    is_being_read = edition.status == EditionStatus.REVIEW
    whom = {*desk.makers}
    if is_being_read and any(duty.step is Step.SIGN_OFF for duty in duties):
        whom |= {*desk.signers}
    return notes.tell(
        edition,
        "edition_due",
        day.isoformat(),
        whom,
        due=[
            [duty.step.value, notes.in_words(duty.on), duty.is_late(day), duty.missing]
            for duty in duties
        ],
        is_late=any(duty.is_late(day) for duty in duties),
    )


def _remind_authors(edition: Edition, day: date, told: dict[str, str]) -> int:
    """Remind who was asked for a piece that is due in a few days and has not handed it in."""
    if edition.status not in OPEN:
        return 0
    statement = select(Contribution).where(
        Contribution.edition_id == edition.id,
        Contribution.state == ContributionState.ASKED.value,
        Contribution.due_on.between(day, day + SOON_TO_WRITE),
    )
    number = 0
    for piece in db.session.scalars(statement.order_by(Contribution.id)):
        asked_on = utc_to_local(piece.asked_at, edition.newsletter.timezone).date()
        mark = f"write:{piece.id}:{piece.due_on}"
        # Who was asked only yesterday need not be reminded today.
        if mark in told or piece.due_on is None or asked_on + SOON > day:
            continue
        told[mark] = day.isoformat()
        number += asking.remind_author(piece, edition, f"{piece.id}:{piece.due_on}")
    return number


def _count(edition_ids: Iterable[int], state: ContributionState) -> dict[int, int]:
    """Count the pieces in a state, by edition."""
    statement = (
        select(Contribution.edition_id, func.count())
        .where(
            Contribution.edition_id.in_(list(edition_ids)),
            Contribution.state == state.value,
        )
        .group_by(Contribution.edition_id)
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


def _mark(duty: Duty, day: date) -> str:
    """Name one reminder: a day that is moved is reminded of anew."""
    return f"{duty.step.value}:{'late' if duty.is_late(day) else 'soon'}:{duty.on}"


def _keep(edition: Edition, told: dict[str, str]) -> None:
    """Note what was told; by a statement of its own, so that who is typing is not disturbed."""
    db.session.execute(
        update(Edition)
        .where(Edition.id == edition.id)
        .values(told=told, updated_at=Edition.updated_at)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(edition, ["told"])
