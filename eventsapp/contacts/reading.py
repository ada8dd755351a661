"""Who reads a newsletter on a day, as one question to the database.

Freezing an edition, counting and showing readers build upon it, so no row passes through Python:
a hundred thousand readers with their regions and themes are one statement. It only reads.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from eventsapp.contacts.models import (
    Subscription,
    subscription_region,
    subscription_theme,
)
from eventsapp.directory.models import (
    Organisation,
    Person,
    PersonAddress,
    Region,
    RegionScheme,
    Role,
    region_municipality,
)

_NAME = (Person.given_name, Person.prefix, Person.family_name)


def reads_on(on: date) -> ColumnElement[bool]:
    """Condition on Subscription: neither ended nor paused on this day."""
    paused = Subscription.paused_until
    return and_(Subscription.ended_at.is_(None), or_(paused.is_(None), paused <= on))


def reading(newsletter_id: int, on: date) -> Select[Any]:
    """Select who reads a newsletter on this day, and what they chose.

    Columns: person_id, address ("" where none is known), name, language, wants_text, and region_ids
    and theme_ids as sorted numbers with commas ("3,7"; "" for no region, or for all themes), and
    what signs the own link: subscription_id and generation. Who chose no region has those of the
    own municipality, else of the present functions.
    """
    regions = (_chosen_regions(), _regions_of_town(), _regions_by_function(on))
    question: Any = (
        select(
            Subscription.person_id.label("person_id"),
            func.coalesce(PersonAddress.email, _first_address(on), "").label("address"),
            _name().label("name"),
            Person.language.label("language"),
            Subscription.wants_text.label("wants_text"),
            func.coalesce(*regions, "").label("region_ids"),
            func.coalesce(_chosen_themes(), "").label("theme_ids"),
            Subscription.id.label("subscription_id"),
            Subscription.generation.label("generation"),
        )
        .select_from(Subscription)
        .join(Person, Person.id == Subscription.person_id)
        .outerjoin(
            PersonAddress,
            and_(PersonAddress.id == Subscription.address_id, _is_in_use(on)),
        )
        .where(Subscription.newsletter_id == newsletter_id, reads_on(on), is_here(on))
    )
    return question  # type: ignore[no-any-return]


def is_here(on: date) -> ColumnElement[bool]:
    """Condition on Person: neither ended on this day nor erased."""
    ended = Person.ended_on
    return and_(Person.erased_at.is_(None), or_(ended.is_(None), ended > on))


def _is_in_use(on: date) -> ColumnElement[bool]:
    return or_(PersonAddress.ended_on.is_(None), PersonAddress.ended_on > on)


def _first_address(on: date) -> ColumnElement[Any]:
    """Give the person's first address, for who named none or whose own one is out of use."""
    other = PersonAddress.__table__.alias("first_address")
    return (
        select(other.c.email)
        .where(
            other.c.person_id == Subscription.person_id,
            or_(other.c.ended_on.is_(None), other.c.ended_on > on),
        )
        .order_by(other.c.position, other.c.id)
        .limit(1)
        .correlate(Subscription)
        .scalar_subquery()
    )


def _name() -> ColumnElement[str]:
    """Write the name as `Person.name` does."""
    parts = [case((part != "", part + " "), else_="") for part in _NAME]
    return func.trim(parts[0] + parts[1] + parts[2])


def _chosen_regions() -> ColumnElement[Any]:
    own = subscription_region.c
    return _in_one_text(
        select(own.region_id.label("number")).where(own.subscription_id == Subscription.id)
    )


def _chosen_themes() -> ColumnElement[Any]:
    own = subscription_theme.c
    return _in_one_text(
        select(own.theme_id.label("number")).where(own.subscription_id == Subscription.id)
    )


def _regions_of_town() -> ColumnElement[Any]:
    tie = region_municipality.c
    return _in_one_text(
        select(tie.region_id.label("number")).where(
            tie.municipality_id == Person.municipality_id, tie.region_id.in_(_working())
        )
    )


def _regions_by_function(on: date) -> ColumnElement[Any]:
    """Give the regions in which somebody works whose own municipality is not known."""
    tie, role = region_municipality.c, aliased(Role)
    by_town = (
        select(tie.region_id.label("number"))
        .join(Organisation, Organisation.municipality_id == tie.municipality_id)
        .join(role, role.organisation_id == Organisation.id)
    )
    by_name = select(Organisation.region_id.label("number")).join(
        role, role.organisation_id == Organisation.id
    )
    held = and_(
        role.person_id == Person.id,
        Person.municipality_id.is_(None),
        Organisation.ended_on.is_(None),
        role.valid_from <= on,
        or_(role.valid_until.is_(None), role.valid_until > on),
    )
    working = _working()
    numbers = union(
        by_town.where(held, tie.region_id.in_(working)).correlate(Person),
        by_name.where(held, Organisation.region_id.in_(working)).correlate(Person),
    ).subquery()
    return _in_one_text(select(numbers.c.number))


def _in_one_text(numbers: Select[Any]) -> ColumnElement[Any]:
    """Write numbers in one text, for one reader at a time: by the index, whatever is known of rows.

    They come sorted, for the two databases do not sort alike within their own function.
    """
    ordered = numbers.order_by("number").correlate(Subscription, Person).subquery()
    text = func.aggregate_strings(cast(ordered.c.number, String), ",")
    return select(text).scalar_subquery()


def _working() -> Select[Any]:
    return select(Region.id).join(RegionScheme).where(RegionScheme.is_working.is_(True))
