"""How many read a newsletter: by kind, by region, by municipality, and how many came and left.

Counts only, so an editor may see them; who they are tells `subscriber_queries.py`, to whom the
address book is open. `reach_snapshots.py` keeps the figures of each day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from eventsapp.contacts.models import Subscription
from eventsapp.contacts.reading import is_here
from eventsapp.contacts.subscriber_places import is_reader, places_of, regions_of
from eventsapp.core.db import db
from eventsapp.core.labels import N_, Labelled
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Municipality, Person, Region, region_municipality


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


class Reached(Labelled):
    """Which municipalities a list shows."""

    YES = "yes", N_("With readers")
    NO = "no", N_("Without readers")


def reach(newsletter_id: int, on: date) -> Reach:
    """Count the readers on a day and the municipalities in which at least one of them belongs."""
    who = is_reader(newsletter_id, on)
    readers = select(func.count()).select_from(Subscription).join(Person).where(who)
    places = places_of(who, on).subquery("places")
    reached = (
        select(func.count(places.c.municipality_id.distinct()))
        .join(Municipality, Municipality.id == places.c.municipality_id)
        .where(exists_on(on))
    )
    there_are = select(func.count(Municipality.id)).where(exists_on(on))
    asked = select(
        readers.scalar_subquery(), reached.scalar_subquery(), there_are.scalar_subquery()
    )
    return Reach(*db.session.execute(asked).one())


def readers_by_kind(newsletter_id: int, on: date) -> dict[str, int]:
    """Count the readers of each kind on a day, most first; "" is who never said."""
    number = func.count()
    counted = (
        select(Subscription.reader_kind, number)
        .join(Person)
        .where(is_reader(newsletter_id, on))
        .group_by(Subscription.reader_kind)
        .order_by(number.desc(), Subscription.reader_kind)
    )
    return {row[0]: row[1] for row in db.session.execute(counted)}


def readers_by_region(newsletter_id: int, on: date) -> list[RegionLine]:
    """Count who reads about each region on a day, most first.

    Somebody who reads about two regions counts in both.
    """
    pairs = regions_of(is_reader(newsletter_id, on), on).subquery("pairs")
    number = func.count().label("readers")
    counted = (
        select(Region.id, Region.name, number)
        .join(pairs, pairs.c.region_id == Region.id)
        .group_by(Region.id, Region.name)
        .order_by(number.desc(), Region.name)
    )
    return [RegionLine(*row) for row in db.session.execute(counted)]


def municipalities_page(
    newsletter_id: int,
    on: date,
    *,
    region_id: int | None = None,
    reached: str = "",
    sort: str = "name",
    cursor: str | None = None,
) -> Page[Row[Any]]:
    """Give the municipalities with their number of readers: rows of `id, name, readers`.

    By name, or with sort "readers" the most first; `reached` "yes" or "no" shows only those.
    """
    places = places_of(is_reader(newsletter_id, on), on).subquery("places")
    counted = (
        select(places.c.municipality_id, func.count().label("number"))
        .group_by(places.c.municipality_id)
        .subquery("counted")
    )
    towns = (
        select(
            Municipality.id,
            Municipality.name,
            func.coalesce(counted.c.number, 0).label("readers"),
        )
        .outerjoin(counted, counted.c.municipality_id == Municipality.id)
        .where(exists_on(on))
    )
    if region_id is not None:
        within = select(region_municipality.c.municipality_id)
        towns = towns.where(
            Municipality.id.in_(within.where(region_municipality.c.region_id == region_id))
        )
    if reached == Reached.YES:
        towns = towns.where(counted.c.number.is_not(None))
    elif reached == Reached.NO:
        towns = towns.where(counted.c.number.is_(None))
    listed = towns.subquery("listed")
    keys = [Key(listed.c.name), Key(listed.c.id)]
    if sort == "readers":
        keys.insert(0, Key(listed.c.readers, descending=True))
    return paginate(select(listed), keys, cursor)


def movement(newsletter_id: int, since: datetime, on: date) -> Movement:
    """Count who came and who left since a moment, and who pauses on this day.

    Who came and left again within the period counts in both.
    """

    def count(*where: ColumnElement[bool]) -> Any:
        of = Subscription.newsletter_id == newsletter_id
        return (
            select(func.count())
            .select_from(Subscription)
            .join(Person)
            .where(of, *where)
            .scalar_subquery()
        )

    asked = select(
        count(Subscription.started_at >= since),
        count(Subscription.ended_at >= since),
        count(is_here(on), Subscription.ended_at.is_(None), Subscription.paused_until > on),
    )
    return Movement(*db.session.execute(asked).one())


def exists_on(on: date) -> ColumnElement[bool]:
    """Condition on Municipality: it has not ended on this day."""
    return or_(Municipality.ended_on.is_(None), Municipality.ended_on > on)
