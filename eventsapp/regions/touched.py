"""Tells beforehand what dissolving a region touches, for the page that asks whether to do so.

Counts, and names of what has one and is no closed group. It only reads; `dissolving.py` goes by
the same questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from eventsapp.contacts.models import ContactList, SubscriptionRequest, subscription_region
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.directory.gazetteer import advisors_of
from eventsapp.directory.models import (
    Municipality,
    Network,
    Organisation,
    Region,
    region_municipality,
)
from eventsapp.meetings.models import Meeting, meeting_region
from eventsapp.newsletters.editions import LEFT
from eventsapp.newsletters.models import Block, Edition, Newsletter
from eventsapp.regions.rules import conditions_naming, limits_naming


@dataclass(frozen=True, slots=True)
class Touched:
    """What a region holds, and what names it."""

    municipalities: list[str]
    advisors: list[str]
    organisations: int
    networks: int
    meetings_to_come: int
    meetings_before: int
    lists: list[str]
    readers: int
    requests: int
    newsletters: list[str]
    editions: list[str]

    @property
    def needs_successor(self) -> bool:
        """Tell whether something would be left that must be somewhere."""
        return bool(
            self.municipalities
            or self.organisations
            or self.networks
            or self.meetings_to_come
            or self.lists
            or self.newsletters
            or self.editions
        )


def touched_by(region: Region) -> Touched:
    """Look up what dissolving this region touches."""
    to_come, before = is_to_come(), ~is_to_come()
    return Touched(
        municipalities=list(db.session.scalars(_towns(region.id))),
        advisors=[person.name for person in advisors_of(region.id)],
        organisations=_count(Organisation, Organisation.region_id == region.id),
        networks=_count(Network, Network.region_id == region.id),
        meetings_to_come=_count(Meeting, held_in(region.id), to_come),
        meetings_before=_count(Meeting, held_in(region.id), before),
        lists=[one.name for one in lists_of(region.id)],
        readers=_number(
            select(func.count())
            .select_from(subscription_region)
            .where(subscription_region.c.region_id == region.id)
        ),
        requests=len(requests_naming(region.id)),
        newsletters=[one.name for one in newsletters_naming(region.id)],
        editions=[one.title for one in editions_of(region.id)],
    )


def held_in(region_id: int) -> ColumnElement[bool]:
    """Condition on Meeting: this is one of its regions."""
    ties = meeting_region.c
    return or_(
        Meeting.lead_region_id == region_id,
        exists().where(ties.meeting_id == Meeting.id, ties.region_id == region_id),
    )


def is_to_come() -> ColumnElement[bool]:
    """Condition on Meeting: it is not over, and not cancelled."""
    return and_(Meeting.ends_at > now(), Meeting.cancelled_at.is_(None))


def lists_of(region_id: int) -> list[ContactList]:
    """Give the contact lists that belong to a region or name it in their conditions, by name."""
    lists = db.session.scalars(select(ContactList).order_by(ContactList.name, ContactList.id))
    return [
        one
        for one in lists
        if one.region_id == region_id or conditions_naming(one.criteria, region_id)
    ]


def requests_naming(region_id: int) -> list[SubscriptionRequest]:
    """Give who subscribed for this region and did not yet press the link in the mail."""
    waiting = db.session.scalars(select(SubscriptionRequest).order_by(SubscriptionRequest.id))
    return [one for one in waiting if region_id in one.region_ids]


def newsletters_naming(region_id: int) -> list[Newsletter]:
    """Give the newsletters that go only to who answers to conditions with this region."""
    found = db.session.scalars(select(Newsletter).order_by(Newsletter.id))
    return [one for one in found if conditions_naming(one.criteria, region_id)]


def editions_of(region_id: int) -> list[Edition]:
    """Give the editions that have not left and that name the region anywhere, by number."""
    waiting = Edition.status.not_in([status.value for status in LEFT])
    found = db.session.scalars(select(Edition).where(waiting).order_by(Edition.id)).all()
    with_blocks = {block.edition_id for block in blocks_naming(region_id)}
    return [
        one
        for one in found
        if one.region_id == region_id
        or one.id in with_blocks
        or conditions_naming(one.criteria, region_id)
    ]


def blocks_naming(region_id: int) -> list[Block]:
    """Give the blocks of such editions that are for readers of the region, or tell of it."""
    waiting = Edition.status.not_in([status.value for status in LEFT])
    found = db.session.scalars(
        select(Block)
        .join(Edition, Edition.id == Block.edition_id)
        .where(waiting)
        .order_by(Block.id)
    )
    return [
        one
        for one in found
        if limits_naming(one.limits, region_id) or one.data.get("region_id") == region_id
    ]


def _towns(region_id: int) -> Select[Any]:
    return (
        select(Municipality.name)
        .join(region_municipality, region_municipality.c.municipality_id == Municipality.id)
        .where(region_municipality.c.region_id == region_id)
        .order_by(Municipality.name)
    )


def _count(model: Any, *conditions: ColumnElement[bool]) -> int:
    return _number(select(func.count(model.id)).where(*conditions))


def _number(statement: Select[Any]) -> int:
    return db.session.scalar(statement) or 0
