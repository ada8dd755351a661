"""Adds and renames regions and moves municipalities, as the country or the programme is divided.

The coordinator's pages call it; dissolving touches more than this room, see `regions/`. Rights,
lists and filters compare regions when they are asked, so they follow at once. Meetings keep the
regions that they were planned with.
"""

from __future__ import annotations

import secrets

from sqlalchemy import delete, insert, select
from sqlalchemy.orm.exc import StaleDataError

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.text import fold, slug
from eventsapp.directory.facts import line
from eventsapp.directory.models import Municipality, Region, RegionScheme, region_municipality

LONGEST_NAME = 120


def demand_divide(actor: Actor) -> None:
    """Raise Forbidden for whoever may not divide the country: all but a coordinator."""
    if not actor.is_coordinator:
        raise Forbidden(N_("Only a coordinator changes regions."))


def demand_living(region: Region) -> None:
    """Raise Conflict for a region that was dissolved."""
    if region.ended_on is not None:
        raise Conflict(N_("This region was dissolved. It can no longer be changed."))


def add_region(actor: Actor, scheme_id: int, name: str) -> Region:
    """Add a region without municipalities to a division.

    Raises Forbidden, NotFound for no division, and InputError for a name that is empty, too long
    or taken by another region of the division.
    """
    demand_divide(actor)
    # Locked, so that of two who add the same name at once the second is told.
    scheme = db.session.scalar(
        select(RegionScheme).where(RegionScheme.id == scheme_id).with_for_update()
    )
    if scheme is None:
        raise NotFound
    name = _free_name(name, scheme.id)
    code = f"{slug(name, 24) or 'regio'}-{secrets.token_hex(4)}"
    region = Region(scheme=scheme, code=code, name=name)
    db.session.add(region)
    db.session.flush()  # the log names it, and the caller leads to it
    audit.record(actor, "region.added", "region", region.id)
    return region


def rename_region(actor: Actor, region: Region, name: str, version: int) -> None:
    """Give a region another name, which then stands everywhere, also with earlier meetings.

    Raises Forbidden, Conflict when somebody renamed or dissolved it since `version` was read, and
    InputError for a name that cannot be used.
    """
    demand_divide(actor)
    demand_living(region)
    if region.version != version:
        raise Conflict
    name = _free_name(name, region.scheme_id, but=region.id)
    if name == region.name:
        return
    region.name = name
    try:
        db.session.flush()  # somebody faster shows here, while it can still be told
    except StaleDataError as fault:
        raise Conflict from fault
    audit.record(actor, "region.renamed", "region", region.id)


def move_municipality(actor: Actor, region: Region, municipality_id: int) -> bool:
    """Put a municipality in this region, out of any other of the same division.

    Tells whether anything changed. Raises Forbidden, Conflict for a region that was dissolved, and
    NotFound for no municipality.
    """
    demand_divide(actor)
    demand_living(region)
    # Locked, so that two who move it at once do so one after the other.
    town = db.session.scalar(
        select(Municipality).where(Municipality.id == municipality_id).with_for_update()
    )
    if town is None:
        raise NotFound
    ties, division = (
        region_municipality.c,
        select(Region.id).where(Region.scheme_id == region.scheme_id),
    )
    here = (ties.municipality_id == municipality_id, ties.region_id.in_(division))
    before = sorted(db.session.scalars(select(ties.region_id).where(*here)))
    if before == [region.id]:
        return False
    db.session.execute(delete(region_municipality).where(*here))
    db.session.execute(
        insert(region_municipality).values(region_id=region.id, municipality_id=municipality_id)
    )
    audit.record(
        actor, "region.municipality_moved", "region", region.id,
        municipality=municipality_id, before=before,
    )  # fmt: skip
    return True


def _free_name(name: str, scheme_id: int, but: int = 0) -> str:
    """Tidy a name and refuse one that another living region of the division has."""
    name = line(name, LONGEST_NAME, "name")
    if not name:
        raise InputError(N_("Fill in a name."), "name")
    others = select(Region.name).where(
        Region.scheme_id == scheme_id, Region.ended_on.is_(None), Region.id != but
    )
    if fold(name) in {fold(other) for other in db.session.scalars(others)}:
        raise InputError(N_("There is a region with this name already."), "name")
    return name
