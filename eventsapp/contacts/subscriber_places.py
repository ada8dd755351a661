"""Where readers of a newsletter belong: their municipalities and their regions, in plain SQL.

The figures and the list of readers ask it, so that a figure and the rows behind it agree; regions
are meant as in `reading.py`, by which editions are sent. Never writes.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    case,
    or_,
    select,
    union,
    union_all,
)

from eventsapp.contacts.models import Subscription, subscription_region
from eventsapp.contacts.reading import is_here, reads_on
from eventsapp.core.db import is_sqlite
from eventsapp.directory.models import (
    Municipality,
    Organisation,
    Person,
    Region,
    RegionScheme,
    Role,
    region_municipality,
)
from eventsapp.directory.places import held_on


def is_reader(newsletter_id: int, on: date) -> ColumnElement[bool]:
    """Condition on Subscription joined with Person: somebody who reads this newsletter now."""
    return and_(Subscription.newsletter_id == newsletter_id, reads_on(on), is_here(on))


def places_by_function(who: ColumnElement[bool], on: date) -> Select[int, int]:
    """Select (subscription_id, municipality_id) through functions, of who lives nobody knows where.

    `who` is a condition on Subscription joined with Person. An organisation in a municipality that
    has ended belongs to the one that came in its place.
    """
    named = _through_functions(Organisation.municipality_id, who, on).subquery("named")
    living = case((_has_ended(on), Municipality.successor_id), else_=Municipality.id)
    return (
        select(named.c.id.label("subscription_id"), living.label("municipality_id"))
        .join(Municipality, Municipality.id == named.c.municipality_id)
        .where(living.is_not(None))
        .distinct()
    )


def regions_by_function(who: ColumnElement[bool], on: date) -> Select[int, int]:
    """Select (subscription_id, region_id) of those who chose none, through their functions.

    Only of who lives nobody knows where; the working regions only.
    """
    within = region_municipality.c
    own = select(subscription_region.c.region_id)
    others = and_(
        who, ~has_one(own.where(subscription_region.c.subscription_id == Subscription.id))
    )
    work = _through_functions(within.region_id, others, on).join(
        region_municipality, within.municipality_id == Organisation.municipality_id
    )
    whole = _through_functions(Organisation.region_id, others, on)
    pairs = union(
        work.where(within.region_id.in_(_working())),
        whole.where(Organisation.region_id.in_(_working())),
    ).subquery("read_about")
    return select(pairs.c[0].label("subscription_id"), pairs.c[1].label("region_id"))


def in_municipality(municipality_id: int, on: date) -> ColumnElement[bool]:
    """Condition on Subscription joined with Person: they belong to this municipality."""
    return _belongs_to(_towns_now(municipality_id, on), on)


def in_region(region_id: int, on: date) -> ColumnElement[bool]:
    """Condition on Subscription joined with Person: they read about this region."""
    ties = subscription_region.c
    chosen = select(ties.region_id).where(ties.subscription_id == Subscription.id)
    belongs = _belongs_to(_towns_of(region_id), on, Organisation.region_id.in_(_whole(region_id)))
    return or_(has_one(chosen.where(ties.region_id == region_id)), and_(~has_one(chosen), belongs))


def has_one(rows: Select[Any]) -> ColumnElement[bool]:
    """Tell whether there is a row that belongs to this reader, looked up one reader at a time.

    PostgreSQL would gather the rows of everybody for EXISTS, though a page asks of a few.
    """
    return rows.limit(1).correlate(Subscription, Person).scalar_subquery().is_not(None)


def people_of_municipality(municipality_id: int, on: date) -> Select[int]:
    """Select who `in_municipality` may mean, by the indexes of places."""
    return _people_of(_towns_now(municipality_id, on), on)


def readers_of_region(region_id: int, on: date) -> tuple[Select[int], Select[int]]:
    """Select the subscriptions that `in_region` may mean, and as many rows that are soon counted.

    By the indexes of choices and of places.
    """
    ties = subscription_region.c
    chosen = select(ties.subscription_id).where(ties.region_id == region_id)
    whole = Organisation.region_id.in_(_whole(region_id))
    people = _people_of(_towns_of(region_id), on, whole)
    found = people.subquery("belonging")
    # The sum: as in `subscriber_queries.py`, SQLite is to begin at the places.
    theirs = found.c[0] + 0 if is_sqlite() else found.c[0]
    belonging = select(Subscription.id).select_from(found)
    belonging = belonging.join(Subscription, Subscription.person_id == theirs)
    return _either(chosen, belonging), _either(chosen, people)


def _either(*selected: Select[int]) -> Select[int]:
    both = union_all(*selected).subquery("either")
    return select(both.c[0])


def _towns_now(municipality_id: int, on: date) -> Select[int]:
    """Select a municipality, and those in whose place it came."""
    return select(Municipality.id).where(
        or_(
            and_(Municipality.id == municipality_id, ~_has_ended(on)),
            and_(Municipality.successor_id == municipality_id, _has_ended(on)),
        )
    )


def _towns_of(region_id: int) -> Select[int]:
    within = region_municipality.c
    return select(within.municipality_id).where(
        within.region_id == region_id, within.region_id.in_(_working())
    )


def _whole(region_id: int) -> Select[int]:
    return _working().where(Region.id == region_id)


def _belongs_to(towns: Select[int], on: date, *or_else: ColumnElement[bool]) -> ColumnElement[bool]:
    work = (
        select(Role.id)
        .join(Organisation, Organisation.id == Role.organisation_id)
        .where(
            Role.person_id == Person.id,
            held_on(on),
            Organisation.ended_on.is_(None),
            or_(Organisation.municipality_id.in_(towns), *or_else),
        )
    )
    return or_(
        Person.municipality_id.in_(towns), and_(Person.municipality_id.is_(None), has_one(work))
    )


def _people_of(towns: Select[int], on: date, *or_else: ColumnElement[bool]) -> Select[int]:
    home = select(Person.id).where(Person.municipality_id.in_(towns))
    work = (
        select(Role.person_id)
        .join(Organisation, Organisation.id == Role.organisation_id)
        .where(held_on(on), or_(Organisation.municipality_id.in_(towns), *or_else))
    )
    return _either(home, work)


def _through_functions(
    column: SQLColumnExpression[Any], who: ColumnElement[bool], on: date
) -> Select[Any, Any]:
    """Select what the organisations say for which those work whose municipality is not known."""
    return (
        select(Subscription.id, column)
        .join(Person, Person.id == Subscription.person_id)
        .join(Role, Role.person_id == Person.id)
        .join(Organisation, Organisation.id == Role.organisation_id)
        .where(who, _is_placed_by(on), column.is_not(None))
    )


def _is_placed_by(on: date) -> ColumnElement[bool]:
    return and_(held_on(on), Person.municipality_id.is_(None), Organisation.ended_on.is_(None))


def _working() -> Select[int]:
    return select(Region.id).join(RegionScheme).where(RegionScheme.is_working.is_(True))


def _has_ended(on: date) -> ColumnElement[bool]:
    return and_(Municipality.ended_on.is_not(None), Municipality.ended_on <= on)
