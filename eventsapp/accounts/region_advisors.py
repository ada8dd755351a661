"""Names the advisors of one region, for the page of that region.

The page of a colleague does the same from the other side, see `advisors.py`. Rights follow at
once; nobody is mailed.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.orm import contains_eager

from eventsapp.accounts.advisors import WITH_REGIONS, demand_coordinator, regions_of
from eventsapp.accounts.models import Account
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.directory.models import AdvisorRegion, Person, Region
from eventsapp.directory.regions import demand_living


def able_advisors() -> list[Account]:
    """Give who can be advisor of a region, by family name."""
    levels = [level.value for level in WITH_REGIONS]
    statement = (
        select(Account)
        .join(Account.person)
        .options(contains_eager(Account.person))
        .where(Account.is_active, Account.level.in_(levels))
        .order_by(Person.sort_key, Person.id)
    )
    return list(db.session.scalars(statement))


def advisors_by_region() -> dict[int, list[str]]:
    """Give the names of the advisors of each region that has any, by family name."""
    statement = (
        select(AdvisorRegion.region_id, Person)
        .join(Person, Person.id == AdvisorRegion.person_id)
        .order_by(Person.sort_key, Person.id)
    )
    found: dict[int, list[str]] = {}
    for region_id, person in db.session.execute(statement):
        found.setdefault(region_id, []).append(person.name)
    return found


def name_advisors(
    actor: Actor, region: Region, person_ids: Collection[int], seen: Collection[int]
) -> None:
    """Let these people be the advisors of a region, and nobody else.

    `seen` are those who were when the page was opened. Raises Forbidden, Conflict when that changed
    meanwhile or the region was dissolved, and InputError for who cannot be advisor.
    """
    demand_coordinator(actor)
    demand_living(region)
    if not region.scheme.is_working:
        raise Conflict(N_("Advisors belong to the regions that you work by, not to these."))
    ties = select(AdvisorRegion.person_id).where(AdvisorRegion.region_id == region.id)
    # The region is locked, so that two who name advisors at once do so one after the other.
    db.session.execute(select(Region.id).where(Region.id == region.id).with_for_update(of=Region))
    present, wanted = set(db.session.scalars(ties)), set(person_ids)
    if present != set(seen):
        raise Conflict
    able = {account.person_id: account for account in able_advisors()}
    if wanted - able.keys():
        raise InputError(N_("Choose from the list."), "person_ids")
    changed = sorted(wanted ^ present)
    before = regions_of(changed)
    gone = AdvisorRegion.person_id.in_(present - wanted)
    db.session.execute(delete(AdvisorRegion).where(AdvisorRegion.region_id == region.id, gone))
    db.session.add_all(
        AdvisorRegion(person_id=one, region_id=region.id) for one in sorted(wanted - present)
    )
    # Who has the form of such a colleague open is told, instead of taking this back unseen.
    db.session.execute(
        update(Person)
        .where(Person.id.in_(changed))
        .values(version=Person.version + 1, updated_at=now())
        .execution_options(synchronize_session=False)
    )
    for account in db.session.scalars(select(Account).where(Account.person_id.in_(changed))):
        had = before[account.person_id]
        audit.record(
            actor, "account.changed", "account", account.id,
            regions_before=sorted(had), regions=sorted(had ^ {region.id}),
        )  # fmt: skip
