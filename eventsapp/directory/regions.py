"""Changes which municipalities a region has, as the country or the programme is divided anew.

The coordinator's page calls it. Rights, lists and filters compare regions when they are asked, so
they follow at once. Meetings keep the regions that they were planned with.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Forbidden, NotFound
from eventsapp.core.labels import N_
from eventsapp.directory.models import Municipality, Region, region_municipality


def demand_divide(actor: Actor) -> None:
    """Raise Forbidden for whoever may not divide the country: all but a coordinator."""
    if not actor.is_coordinator:
        raise Forbidden(N_("Only a coordinator changes which municipalities a region has."))


def move_municipality(actor: Actor, region: Region, municipality_id: int) -> bool:
    """Put a municipality in this region, out of any other of the same division.

    Tells whether anything changed. Raises Forbidden, and NotFound for no municipality.
    """
    demand_divide(actor)
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
