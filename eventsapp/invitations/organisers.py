"""Hands the coming meetings and the networks of one advisor to another.

For an advisor who leaves or is ill. Nobody is mailed about it; mails that still wait name the
new organiser. A closed group is handed over by its own organiser only.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.directory.models import Network
from eventsapp.invitations import ledger
from eventsapp.invitations.facts import mail_facts
from eventsapp.mail import renewing
from eventsapp.meetings import organiser
from eventsapp.meetings.models import Meeting


@dataclass(frozen=True, slots=True)
class Handover:
    """What somebody organises and could hand over."""

    meetings: list[Meeting]
    networks: list[Network]

    def __bool__(self) -> bool:
        return bool(self.meetings or self.networks)


def foresee_handover(actor: Actor, person_id: int) -> Handover:
    """Give what would be handed over; Forbidden unless a coordinator or the organiser asks."""
    organiser.demand_hand_over(actor, person_id)
    return Handover(organiser.coming_of(actor, person_id), _networks_of(actor, person_id))


def hand_over(actor: Actor, person_id: int, to_person_id: int) -> Handover:
    """Give all of it to somebody else; give what was handed over."""
    foreseen = foresee_handover(actor, person_id)
    for one in foreseen.meetings:
        meeting = ledger.lock_meeting(one.id)
        organiser.hand_over(actor, meeting, to_person_id)
        renewing.refresh(ledger.meeting_reference(meeting), mail_facts(meeting))
    for network in foreseen.networks:
        network.organiser_person_id = to_person_id
        audit.record(actor, "network.changed", "network", network.id, handed_over=True)
    return foreseen


def _networks_of(actor: Actor, person_id: int) -> list[Network]:
    statement = select(Network).where(
        Network.organiser_person_id == person_id, Network.ended_on.is_(None)
    )
    if actor.person_id != person_id:
        statement = statement.where(Network.is_confidential.is_(False))
    return list(db.session.scalars(statement.order_by(Network.name, Network.id)))
