"""How many read a newsletter: by kind, by region, by municipality, and how many came and left.

Counts only, so an editor may see them; who they are tells `subscriber_queries.py`, to whom the
address book is open. With very many readers the figures are those that the clock counted last, and
say so; `reach_snapshots.py` keeps what they were on each day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from eventsapp.contacts.models import ReaderCount, Subscription
from eventsapp.contacts.reading import is_here
from eventsapp.contacts.subscriber_count import Counts, count, exists_on
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.labels import N_, Labelled
from eventsapp.core.pager import Page, leaf
from eventsapp.directory.models import Municipality, Person, Region, region_municipality

MANY = 10_000  # readers; fewer are counted anew each time
LASTS = timedelta(hours=6)  # should the clock stand still, readers are counted anew


@dataclass(frozen=True, slots=True)
class Reach:
    """How many read, and how many municipalities that reaches of how many there are."""

    readers: int
    municipalities: int
    of_municipalities: int

    @property
    def share(self) -> float:
        """Give the reached part of the municipalities, 0 to 1."""
        return self.municipalities / self.of_municipalities if self.of_municipalities else 0.0


@dataclass(frozen=True, slots=True)
class Movement:
    """How many readers came and left within a period, and how many pause now."""

    came: int
    left: int
    paused: int


@dataclass(frozen=True, slots=True)
class RegionLine:
    """A region and how many read about it."""

    id: int
    name: str
    readers: int


@dataclass(frozen=True, slots=True)
class TownLine:
    """A municipality and how many readers belong to it."""

    id: int
    name: str
    readers: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a newsletter that hold at one moment."""

    reach: Reach
    by_kind: dict[str, int]
    """Most first; "" is who never said."""
    by_region: list[RegionLine]
    """Most first. Somebody who reads about two regions counts in both."""
    counted_at: datetime | None
    """None where they were counted just now."""


class Reached(Labelled):
    """Which municipalities a list shows."""

    YES = "yes", N_("With readers")
    NO = "no", N_("Without readers")


def figures(newsletter_id: int, on: date, *, anew: bool = False) -> Figures:
    """Give the figures of a day: counted now, or with very many readers as they are kept.

    `anew` counts now, however many there are.
    """
    counts, counted_at = _counts(newsletter_id, on, anew=anew)
    return _figures(counts, on, counted_at)


def count_all(newsletter_id: int, on: date) -> tuple[Counts, Figures]:
    """Count everything now, for who keeps it."""
    counts = count(newsletter_id, on)
    return counts, _figures(counts, on, None)


def municipalities_page(
    newsletter_id: int,
    on: date,
    *,
    region_id: int | None = None,
    reached: str = "",
    sort: str = "name",
    cursor: str | None = None,
) -> tuple[Page[TownLine], datetime | None]:
    """Give the municipalities with their number of readers, and when those were counted.

    By name, or with sort "readers" the most first; `reached` "yes" or "no" shows only those.
    """
    counts, counted_at = _counts(newsletter_id, on, anew=False)
    asked = select(Municipality.id, Municipality.name).where(exists_on(on))
    if region_id is not None:
        within = region_municipality.c
        inside = select(within.municipality_id).where(within.region_id == region_id)
        asked = asked.where(Municipality.id.in_(inside))
    towns = (
        TownLine(number, name, counts.by_town.get(number, 0))
        for number, name in db.session.execute(asked.order_by(Municipality.name, Municipality.id))
    )
    shown = [one for one in towns if not reached or (one.readers > 0) == (reached == Reached.YES)]
    if sort == "readers":
        shown.sort(key=lambda one: -one.readers)
    return leaf(shown, lambda one: one.id, cursor), counted_at


def _counts(newsletter_id: int, on: date, *, anew: bool) -> tuple[Counts, datetime | None]:
    kept = None if anew else db.session.get(ReaderCount, newsletter_id)
    if kept is None or kept.readers < MANY or kept.counted_at < now() - LASTS:
        return count(newsletter_id, on), None
    return Counts.from_json(kept.figures), kept.counted_at


def _figures(counts: Counts, on: date, counted_at: datetime | None) -> Figures:
    towns = set(db.session.scalars(select(Municipality.id).where(exists_on(on))))
    regions = db.session.execute(
        select(Region.id, Region.name).where(Region.id.in_(counts.by_region))
    )
    lines = [RegionLine(number, name, counts.by_region[number]) for number, name in regions]
    kinds: Callable[[tuple[str, int]], Any] = lambda one: (-one[1], one[0])  # noqa: E731
    return Figures(
        reach=Reach(counts.readers, len(towns & counts.by_town.keys()), len(towns)),
        by_kind=dict(sorted(counts.by_kind.items(), key=kinds)),
        by_region=sorted(lines, key=lambda one: (-one.readers, one.name)),
        counted_at=counted_at,
    )


def movement(newsletter_id: int, since: datetime, on: date) -> Movement:
    """Count who came and who left since a moment, and who pauses on this day.

    Who came and left again within the period counts in both.
    """
    those = select(func.count()).select_from(Subscription)
    those = those.where(Subscription.newsletter_id == newsletter_id)
    paused = those.where(Subscription.ended_at.is_(None), Subscription.paused_until > on)
    asked = select(
        those.where(Subscription.started_at >= since).scalar_subquery(),
        those.where(Subscription.ended_at >= since).scalar_subquery(),
        paused.join(Person, Person.id == Subscription.person_id)
        .where(is_here(on))
        .scalar_subquery(),
    )
    return Movement(*db.session.execute(asked).one())
