"""Where people and organisations belong: the regions as conditions and sets, in plain SQL.

A person's regions follow from the present functions, else from the own municipality;
an organisation's from its municipality and from the region that it names itself. Rights compare
regions of the working scheme; any scheme may filter. Everybody above may ask; nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select, true, union
from sqlalchemy.orm import joinedload

from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.directory.models import (
    Municipality,
    Organisation,
    Person,
    Region,
    RegionScheme,
    Role,
    Theme,
    region_municipality,
)
from eventsapp.directory.rules import regions_of

# Built once, for every page that offers them to choose from asks them.
_REGION_NAMES = (
    select(Region.id, Region.name, RegionScheme.name)
    .join(RegionScheme, RegionScheme.id == Region.scheme_id)
    .where(Region.ended_on.is_(None))
    .order_by(RegionScheme.is_working.desc(), RegionScheme.id, Region.name)
)
_WORKING_REGION_NAMES = (
    select(Region.id, Region.name)
    .join(RegionScheme, RegionScheme.id == Region.scheme_id)
    .where(RegionScheme.is_working.is_(True), Region.ended_on.is_(None))
    .order_by(Region.name)
)
_MUNICIPALITY_NAMES = (
    select(Municipality.id, Municipality.name)
    .where(Municipality.ended_on.is_(None))
    .order_by(Municipality.name)
)


def working_region_names() -> list[tuple[int, str]]:
    """Give number and name of the regions that rights and meetings go by, by name."""
    return [(number, name) for number, name in db.session.execute(_WORKING_REGION_NAMES)]


def working_regions() -> list[Region]:
    """Give the regions that rights and meetings go by, by name."""
    statement = (
        select(Region)
        .join(RegionScheme)
        .where(RegionScheme.is_working.is_(True), Region.ended_on.is_(None))
        .order_by(Region.name)
    )
    return list(db.session.scalars(statement))


def schemes() -> list[RegionScheme]:
    """Give the ways in which the country is divided, the working one first."""
    order = (RegionScheme.is_working.desc(), RegionScheme.id)
    return list(db.session.scalars(select(RegionScheme).order_by(*order)))


def all_regions() -> list[Region]:
    """Give every region of today with its scheme, the working one first, each scheme by name."""
    statement = (
        select(Region)
        .join(RegionScheme)
        .options(joinedload(Region.scheme))
        .where(Region.ended_on.is_(None))
        .order_by(RegionScheme.is_working.desc(), RegionScheme.id, Region.name)
    )
    return list(db.session.scalars(statement))


def region_names() -> list[tuple[int, str, str]]:
    """Give number, name and scheme of every region, in the order of `all_regions`."""
    return [(number, name, scheme) for number, name, scheme in db.session.execute(_REGION_NAMES)]


def names_of_all_regions() -> dict[int, str]:
    """Give the name of every region by number, also of those that were dissolved since."""
    regions = db.session.execute(select(Region.id, Region.name))
    return {region.id: region.name for region in regions}


def municipality_names() -> list[tuple[int, str]]:
    """Give number and name of the municipalities that exist today, by name."""
    return [(number, name) for number, name in db.session.execute(_MUNICIPALITY_NAMES)]


def themes() -> list[Theme]:
    """Give the themes in their order."""
    return list(db.session.scalars(select(Theme).order_by(Theme.position, Theme.id)))


def held_on(on: date) -> ColumnElement[bool]:
    """Condition on Role: it is held on this day."""
    return and_(Role.valid_from <= on, or_(Role.valid_until.is_(None), Role.valid_until > on))


def organisation_in_regions(region_ids: Collection[int]) -> ColumnElement[bool]:
    """Condition on Organisation: it lies in one of these regions, of whichever scheme."""
    inside = select(region_municipality.c.municipality_id).where(
        region_municipality.c.region_id.in_(region_ids)
    )
    # An organisation for a province also belongs to the labour regions inside that province.
    touching = select(region_municipality.c.region_id).where(
        region_municipality.c.municipality_id.in_(inside)
    )
    return or_(
        Organisation.municipality_id.in_(inside),
        Organisation.region_id.in_(region_ids),
        and_(Organisation.municipality_id.is_(None), Organisation.region_id.in_(touching)),
    )


def person_in_regions(region_ids: Collection[int], on: date | None = None) -> ColumnElement[bool]:
    """Condition on Person: belongs to one of these regions on this day (today if not given)."""
    day = on or today()
    inside = select(region_municipality.c.municipality_id).where(
        region_municipality.c.region_id.in_(region_ids)
    )
    through = (
        select(Role.person_id)
        .join(Organisation, Organisation.id == Role.organisation_id)
        .where(held_on(day), organisation_in_regions(region_ids))
    )
    placed = (
        exists()
        .where(
            Role.person_id == Person.id,
            held_on(day),
            Organisation.id == Role.organisation_id,
            or_(Organisation.municipality_id.is_not(None), Organisation.region_id.is_not(None)),
        )
        .correlate(Person)
    )
    return or_(Person.id.in_(through), and_(Person.municipality_id.in_(inside), ~placed))


def working_regions_of_municipalities(
    ids: Collection[int] | None = None,
) -> dict[int, set[int]]:
    """Give the working regions of each of these municipalities, or of all of them."""
    found: dict[int, set[int]] = {key: set() for key in ids or ()}
    of = region_municipality.c.municipality_id.in_(ids) if ids is not None else true()
    statement = (
        select(region_municipality.c.municipality_id, Region.id)
        .join(Region, Region.id == region_municipality.c.region_id)
        .join(RegionScheme, RegionScheme.id == Region.scheme_id)
        .where(of, RegionScheme.is_working.is_(True))
    )
    for municipality_id, region_id in db.session.execute(statement):
        found.setdefault(municipality_id, set()).add(region_id)
    return found


def working_regions_of_organisations(
    ids: Collection[int] | None = None,
) -> dict[int, set[int]]:
    """Give the working regions of each of these organisations; none for a national one.

    Without ids: of every organisation that lies somewhere.
    """
    found: dict[int, set[int]] = {key: set() for key in ids or ()}
    working = select(Region.id).join(RegionScheme).where(RegionScheme.is_working.is_(True))
    tie, other = region_municipality.alias(), region_municipality.alias()
    of = Organisation.id.in_(ids) if ids is not None else true()
    by_town = (
        select(Organisation.id, tie.c.region_id)
        .join(tie, tie.c.municipality_id == Organisation.municipality_id)
        .where(of, tie.c.region_id.in_(working))
    )
    by_name = select(Organisation.id, Organisation.region_id).where(
        of, Organisation.region_id.in_(working)
    )
    by_overlap = (
        select(Organisation.id, other.c.region_id)
        .join(tie, tie.c.region_id == Organisation.region_id)
        .join(other, other.c.municipality_id == tie.c.municipality_id)
        .where(
            of,
            Organisation.municipality_id.is_(None),
            Organisation.region_id.not_in(working),
            other.c.region_id.in_(working),
        )
    )
    for organisation_id, region_id in db.session.execute(union(by_town, by_name, by_overlap)):
        found.setdefault(organisation_id, set()).add(region_id)
    return found


def working_regions_of_people(ids: Collection[int], on: date | None = None) -> dict[int, set[int]]:
    """Give the working regions of each of these people: by functions, else by municipality."""
    day = on or today()
    statement = select(Role.person_id, Role.organisation_id).where(
        Role.person_id.in_(ids), held_on(day)
    )
    held: dict[int, list[int]] = {}
    for person_id, organisation_id in db.session.execute(statement):
        held.setdefault(person_id, []).append(organisation_id)
    organisations = {key for keys in held.values() for key in keys}
    by_organisation = working_regions_of_organisations(organisations) if organisations else {}
    homes = _homes(ids)
    by_municipality = working_regions_of_municipalities(set(homes.values())) if homes else {}
    return {
        key: set(
            regions_of(
                [by_organisation[organisation] for organisation in held.get(key, [])],
                by_municipality[homes[key]] if key in homes else (),
            )
        )
        for key in ids
    }


def regions_touching(region_id: int) -> set[int]:
    """Give the working regions that share a municipality with this region, itself included."""
    tie, other = region_municipality.alias(), region_municipality.alias()
    working = select(Region.id).join(RegionScheme).where(RegionScheme.is_working.is_(True))
    by_overlap = (
        select(other.c.region_id)
        .join(tie, tie.c.municipality_id == other.c.municipality_id)
        .where(tie.c.region_id == region_id, other.c.region_id.in_(working))
    )
    itself = working.where(Region.id == region_id)
    return set(db.session.scalars(union(by_overlap, itself)))


def _homes(person_ids: Collection[int]) -> dict[int, int]:
    """Give the own municipality of these people, where one is known."""
    if not person_ids:
        return {}
    statement = select(Person.id, Person.municipality_id).where(
        Person.id.in_(person_ids), Person.municipality_id.is_not(None)
    )
    return {key: home for key, home in db.session.execute(statement) if home is not None}
