"""Counts the readers of a newsletter by kind, region and municipality, in one go.

All of them are passed once, in the database; what is added up afterwards are some thousand groups.
`subscriber_figures.py` tells when that is done anew and when a count is kept. It only reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from eventsapp.contacts.models import Subscription, subscription_region
from eventsapp.contacts.subscriber_places import is_reader, places_by_function, regions_by_function
from eventsapp.core.db import db, is_sqlite
from eventsapp.directory.models import (
    Municipality,
    Person,
    Region,
    RegionScheme,
    region_municipality,
)


@dataclass(slots=True)
class Counts:
    """Numbers of readers; of regions and municipalities by their number."""

    readers: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    by_region: Counter[int] = field(default_factory=Counter)
    by_town: Counter[int] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """Write them as they are kept."""
        return {
            "readers": self.readers,
            "by_kind": dict(self.by_kind),
            "by_region": dict(self.by_region),
            "by_town": dict(self.by_town),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Read what was kept; JSON knows numbers as names only as text."""
        by_region, by_town = (
            Counter({int(number): count for number, count in kept[name].items()})
            for name in ("by_region", "by_town")
        )
        return cls(kept["readers"], Counter(kept["by_kind"]), by_region, by_town)


def count(newsletter_id: int, on: date) -> Counts:
    """Count who reads a newsletter on a day, by the rules of `subscriber_places.py`.

    A reader counts for the own municipality, else for those of the functions; for the regions that
    were chosen, else for those of the own municipality, else of the functions.
    """
    who = is_reader(newsletter_id, on)
    counts = Counts()
    regions_of_towns = _working_regions()
    heirs = dict(_heirs(on))
    for town, kind, chose, number in _groups(who):
        counts.readers += number
        counts.by_kind[kind] += number
        if town is None:
            continue
        if (living := heirs.get(town)) is not None:
            counts.by_town[living] += number
        if not chose:
            for region in regions_of_towns.get(town, ()):
                counts.by_region[region] += number
    ties = subscription_region.c
    chosen = (
        select(ties.region_id, func.count())
        .join(Subscription, Subscription.id == ties.subscription_id)
        .join(Person, Person.id == Subscription.person_id)
        .where(who)
        .group_by(ties.region_id)
    )
    _add(counts.by_region, chosen)
    for pairs, counter in (
        (places_by_function(who, on), counts.by_town),
        (regions_by_function(who, on), counts.by_region),
    ):
        found = pairs.subquery("pairs")
        place = found.c[1]
        _add(counter, select(place, func.count()).group_by(place))
    return counts


def _add(counter: Counter[int], counted: Select[Any, Any]) -> None:
    counter.update({row[0]: row[1] for row in db.session.execute(counted)})


def exists_on(on: date) -> ColumnElement[bool]:
    """Condition on Municipality: it has not ended on this day."""
    return or_(Municipality.ended_on.is_(None), Municipality.ended_on > on)


def _groups(who: ColumnElement[bool]) -> Iterator[tuple[int | None, str, bool, int]]:
    """Give how many readers there are of each place, kind, and having chosen regions or not."""
    chose = exists().where(subscription_region.c.subscription_id == Subscription.id)
    # Without the sum SQLite would look up each person, instead of what its list of names holds.
    theirs = Person.id + 0 if is_sqlite() else Person.id
    groups = (
        Person.municipality_id,
        Subscription.reader_kind,
        chose.correlate(Subscription).label("chose"),
    )
    asked = (
        select(*groups, func.count())
        .select_from(Person)
        .join(Subscription, Subscription.person_id == theirs)
        .where(who)
        .group_by(*groups)
    )
    for town, kind, has_chosen, number in db.session.execute(asked):
        yield town, kind, bool(has_chosen), number


def _working_regions() -> dict[int, list[int]]:
    ties = region_municipality.c
    asked = (
        select(ties.municipality_id, ties.region_id)
        .join(Region, Region.id == ties.region_id)
        .join(RegionScheme, RegionScheme.id == Region.scheme_id)
        .where(RegionScheme.is_working.is_(True))
    )
    found: dict[int, list[int]] = {}
    for town, region in db.session.execute(asked):
        found.setdefault(town, []).append(region)
    return found


def _heirs(on: date) -> Iterator[tuple[int, int | None]]:
    """Give each municipality with itself, or with what came in its place."""
    asked = select(Municipality.id, Municipality.ended_on, Municipality.successor_id)
    for number, ended_on, successor in db.session.execute(asked):
        has_ended = ended_on is not None and ended_on <= on
        yield number, successor if has_ended else number
