"""Finds regions and municipalities by name, and counts what lies in them.

The pages of regions and the search box ask it; rights compare regions in `places.py`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import aliased, selectinload

from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.directory.models import (
    AdvisorRegion,
    Municipality,
    Organisation,
    Person,
    Region,
    region_municipality,
)
from eventsapp.directory.places import all_regions
from eventsapp.directory.queries import contains_words
from eventsapp.directory.rules import has_words, search_key, words_of

# Two names of one region, of which people use either.
_OTHER_NAMES = {"Friesland": "Fryslân", "Fryslân": "Friesland"}


def region_for(actor: Actor, region_id: int) -> Region:
    """Give a region; NotFound when there is none."""
    actor.demand_address_book()
    region = db.session.get(Region, region_id)
    if region is None:
        raise NotFound
    return region


def municipality_for(actor: Actor, municipality_id: int) -> Municipality:
    """Give a municipality with its regions; NotFound when there is none."""
    actor.demand_address_book()
    options = (selectinload(Municipality.regions),)
    town = db.session.get(Municipality, municipality_id, options=options)
    if town is None:
        raise NotFound
    return town


def municipalities_named(text: str) -> list[Municipality]:
    """Find municipalities by any of the names that people use: "Den Haag", "Den Bosch"."""
    conditions = contains_words(Municipality.search_key, text)
    if not conditions:
        return []
    statement = select(Municipality).where(*conditions, Municipality.ended_on.is_(None))
    return list(db.session.scalars(statement.order_by(Municipality.name).limit(20)))


def regions_named(text: str) -> list[Region]:
    """Find regions by name, of whichever scheme, the working one first."""
    words = words_of(text)
    if not words:
        return []
    return [
        region
        for region in all_regions()
        if has_words(search_key(region.name, _OTHER_NAMES.get(region.name, "")), words)
    ]


def regions_with_counts(scheme_id: int) -> list[Row[Any]]:
    """Give the regions of a scheme by name, with their numbers of municipalities and councils."""
    towns = (
        select(func.count())
        .where(region_municipality.c.region_id == Region.id)
        .correlate(Region)
        .scalar_subquery()
        .label("towns")
    )
    inside = (
        select(region_municipality.c.municipality_id)
        .where(region_municipality.c.region_id == Region.id)
        .correlate(Region)
    )
    organisations = (
        select(func.count(Organisation.id))
        .where(
            or_(Organisation.municipality_id.in_(inside), Organisation.region_id == Region.id),
            _living(),
        )
        .correlate(Region)
        .scalar_subquery()
        .label("organisations")
    )
    statement = select(Region, towns, organisations).where(
        Region.scheme_id == scheme_id, Region.ended_on.is_(None)
    )
    return list(db.session.execute(statement.order_by(Region.name)))


def living_regions(scheme_id: int, but: int) -> list[Region]:
    """Give the regions of a scheme that were not dissolved, by name, without one of them."""
    statement = select(Region).where(
        Region.scheme_id == scheme_id, Region.ended_on.is_(None), Region.id != but
    )
    return list(db.session.scalars(statement.order_by(Region.name)))


def dissolved_regions(scheme_id: int) -> list[Row[Any]]:
    """Give the regions of a scheme that were dissolved, each with the name of what came after."""
    after = aliased(Region)
    statement = (
        select(Region, after.id.label("after_id"), after.name.label("after"))
        .outerjoin(after, after.id == Region.successor_id)
        .where(Region.scheme_id == scheme_id, Region.ended_on.is_not(None))
    )
    return list(db.session.execute(statement.order_by(Region.ended_on.desc(), Region.name)))


def municipalities_with_counts(region_id: int) -> list[Row[Any]]:
    """Give the municipalities of a region by name, each with its number of organisations."""
    statement = (
        select(Municipality, func.count(Organisation.id).label("organisations"))
        .join(region_municipality, region_municipality.c.municipality_id == Municipality.id)
        .outerjoin(Organisation, and_(Organisation.municipality_id == Municipality.id, _living()))
        .where(region_municipality.c.region_id == region_id)
        .group_by(Municipality.id)
        .order_by(Municipality.name)
    )
    return list(db.session.execute(statement))


def advisors_of(region_id: int) -> list[Person]:
    """Give the advisors of a region, by name."""
    statement = (
        select(Person)
        .join(AdvisorRegion, AdvisorRegion.person_id == Person.id)
        .where(AdvisorRegion.region_id == region_id)
    )
    return list(db.session.scalars(statement.order_by(Person.sort_key)))


def _living() -> Any:
    return or_(Organisation.ended_on.is_(None), Organisation.ended_on > today())
