"""Dissolves a region: what it holds goes to a successor, what is over stays where it was.

For the coordinator's page, which shows `touched_by` first. In this room because a region is named
by meetings, lists, readers and editions alike. It never mails anybody and changes no sent edition.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, literal, select, update

from eventsapp.contacts.models import ReaderCount, subscription_region
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.directory.models import (
    AdvisorRegion,
    Network,
    Organisation,
    Person,
    Region,
    region_municipality,
)
from eventsapp.directory.regions import demand_divide, demand_living
from eventsapp.meetings.models import Meeting, meeting_region
from eventsapp.newsletters.editions import AGREED, reopen, touch
from eventsapp.regions.rules import (
    conditions_naming,
    conditions_with,
    limits_naming,
    limits_with,
)
from eventsapp.regions.touched import (
    Touched,
    blocks_naming,
    editions_of,
    held_in,
    is_to_come,
    lists_of,
    newsletters_naming,
    requests_naming,
    touched_by,
)


def dissolve_region(
    actor: Actor, region_id: int, successor_id: int | None, version: int
) -> Touched:
    """End a region today; what must be somewhere goes to the successor. Gives what was touched.

    Meetings that are over keep the region and get the successor beside it, so that its advisors
    may finish them. Readers who chose it have chosen the successor; editions that were signed off
    and name it must be signed off anew. Raises Forbidden, Conflict when it was renamed or dissolved
    since `version` was read, and InputError ("successor") where one is needed or can't be it.
    """
    demand_divide(actor)
    region, successor = _locked(region_id, successor_id)
    demand_living(region)
    if region.version != version:
        raise Conflict
    if successor_id is not None:
        _demand_fit(region, successor)
    touched = touched_by(region)
    if successor is None and touched.needs_successor:
        raise InputError(N_("Choose the region that takes over what is there."), "successor")
    if successor is not None:
        _hand_over(actor, region.id, successor.id)
    for ties in (AdvisorRegion.__table__, subscription_region, region_municipality):
        _untie(ties, region.id)
    db.session.execute(delete(ReaderCount))  # kept figures still name it; they are counted anew
    region.ended_on, region.successor_id = today(), successor_id
    audit.record(
        actor, "region.dissolved", "region", region.id, successor=successor_id,
        municipalities=len(touched.municipalities), meetings=touched.meetings_to_come,
        readers=touched.readers,
    )  # fmt: skip
    return touched


def _locked(region_id: int, successor_id: int | None) -> tuple[Region, Region | None]:
    """Lock both, in one order: of two who dissolve them into each other, the second is told."""
    wanted = {region_id, successor_id} - {None}
    found = {
        region.id: region
        for region in db.session.scalars(
            select(Region)
            .where(Region.id.in_(wanted))
            .order_by(Region.id)
            .with_for_update(of=Region)
            .execution_options(populate_existing=True)
        )
    }
    return found[region_id], found.get(successor_id or 0)


def _demand_fit(region: Region, successor: Region | None) -> None:
    if (
        successor is None
        or successor.id == region.id
        or successor.scheme_id != region.scheme_id
        or successor.ended_on is not None
    ):
        raise InputError(N_("Choose a region from the list."), "successor")


def _hand_over(actor: Actor, old: int, new: int) -> None:
    _tie_anew(region_municipality, "municipality_id", old, new)
    _tie_anew(subscription_region, "subscription_id", old, new)
    _hand_over_advisors(old, new)
    for model in (Organisation, Network):
        db.session.execute(
            update(model)
            .where(model.region_id == old)
            .values(region_id=new, version=model.version + 1)
            .execution_options(synchronize_session=False)
        )
    _hand_over_meetings(old, new)
    for contact_list in lists_of(old):
        if contact_list.region_id == old:
            contact_list.region_id = new
        _ask_of(contact_list, old, new)
    for newsletter in newsletters_naming(old):
        _ask_of(newsletter, old, new)
    for request in requests_naming(old):
        request.region_ids = sorted({new if one == old else one for one in request.region_ids})
    _hand_over_editions(actor, old, new)


def _hand_over_advisors(old: int, new: int) -> None:
    """Let advisors of the one work in the other; who has a colleague's form open is told."""
    theirs = select(AdvisorRegion.person_id).where(AdvisorRegion.region_id == old)
    db.session.execute(
        update(Person)
        .where(Person.id.in_(theirs))
        .values(version=Person.version + 1, updated_at=now())
        .execution_options(synchronize_session=False)
    )
    _tie_anew(AdvisorRegion.__table__, "person_id", old, new)


def _hand_over_meetings(old: int, new: int) -> None:
    """Let coming meetings be of the other region; earlier ones are of both, led as they were."""
    _tie_anew(meeting_region, "meeting_id", old, new)
    coming = select(Meeting.id).where(held_in(old), is_to_come())
    ids = list(db.session.scalars(coming))
    ties = meeting_region.c
    db.session.execute(
        delete(meeting_region).where(ties.region_id == old, ties.meeting_id.in_(ids))
    )
    # Not a change of the meeting that anybody must be told of: its version stays.
    db.session.execute(
        update(Meeting)
        .where(Meeting.id.in_(ids), Meeting.lead_region_id == old)
        .values(lead_region_id=new)
        .execution_options(synchronize_session=False)
    )


def _hand_over_editions(actor: Actor, old: int, new: int) -> None:
    blocks = blocks_naming(old)
    for edition in editions_of(old):
        if edition.status in AGREED:
            reopen(actor, edition)
        if edition.region_id == old:
            edition.region_id = new
        _ask_of(edition, old, new)
        touch(actor, edition)
    for block in blocks:
        if limits_naming(block.limits, old):
            block.limits = limits_with(block.limits, old, new)
        if block.data.get("region_id") == old:
            block.data = {**block.data, "region_id": new}


def _ask_of(kept: Any, old: int, new: int) -> None:
    """Let conditions ask for the other region."""
    if conditions_naming(kept.criteria, old):
        kept.criteria = conditions_with(kept.criteria, old, new)


def _tie_anew(ties: Any, column: str, old: int, new: int) -> None:
    """Tie to the other region whatever is tied to the one, and not to both already."""
    tied = ties.c[column]
    there = select(tied).where(ties.c.region_id == new)
    here = select(tied, literal(new)).where(ties.c.region_id == old, tied.not_in(there))
    db.session.execute(insert(ties).from_select([column, "region_id"], here))


def _untie(ties: Any, region_id: int) -> None:
    db.session.execute(delete(ties).where(ties.c.region_id == region_id))
