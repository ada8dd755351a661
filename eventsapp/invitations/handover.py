"""Settles "I no longer do this, ask …": the functions end, and begin for the successor.

The advisors' door calls it with what the advisor confirmed. Nothing follows from a notice by
itself, because a link can be passed on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.directory import people
from eventsapp.directory.facts import AddressFacts, PersonFacts
from eventsapp.directory.models import Person, Role
from eventsapp.directory.queries import person_for, roles_of
from eventsapp.directory.rules import split_name
from eventsapp.invitations.kinds import NoticeKind
from eventsapp.invitations.models import Notice
from eventsapp.invitations.notices import settle_notice
from eventsapp.meetings.queries import meeting_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """Who does it now: somebody of the address book, or a name to add."""

    person_id: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""


def notice_for(actor: Actor, notice_id: int) -> Notice:
    """Give a notice to whoever may settle it; NotFound when there is none."""
    notice = db.session.get(Notice, notice_id)
    if notice is None:
        raise NotFound
    meeting_for(actor, notice.invitation.meeting_id, write=True)
    return notice


def held_roles(notice: Notice) -> list[Role]:
    """Give the functions that the sender of a notice holds today."""
    person_id = notice.invitation.person_id
    return roles_of([person_id], today()).get(person_id, [])


def hand_over(
    actor: Actor,
    notice_id: int,
    role_ids: Collection[int],
    successor: Successor | None,
    on: date,
) -> Person | None:
    """End these functions on a day and let them begin for the successor, if there is one.

    `on` is the first day on which the sender does it no longer. Raises Conflict when somebody
    settled the notice meanwhile, InputError for what does not fit, Forbidden for an organisation
    of another region.
    """
    notice = notice_for(actor, notice_id)
    if notice.kind != NoticeKind.SUCCESSOR:
        raise NotFound
    if notice.settled_at is not None:
        raise Conflict(N_("Somebody else settled this already."))
    roles = [role for role in held_roles(notice) if role.id in role_ids]
    if not roles:
        raise InputError(N_("Choose at least one function."), "roles")
    person = _person(actor, successor) if successor is not None else None
    for role in roles:
        if person is None:
            people.end_role(actor, role, on)
        else:
            people.succeed(actor, role, person, on)
    settle_notice(actor, notice_id)
    audit.record(
        actor,
        "hand_over",
        "person",
        notice.invitation.person_id,
        roles=[role.id for role in roles],
        successor=person.id if person else None,
    )
    return person


def _person(actor: Actor, successor: Successor) -> Person:
    if successor.person_id is not None:
        return person_for(actor, successor.person_id)
    known = people.find_same(successor.email, successor.name) if successor.email else None
    if known is not None:
        return known
    given, prefix, family = split_name(successor.name)
    addresses = (AddressFacts(successor.email),) if successor.email else ()
    return people.add_person(
        actor,
        PersonFacts(
            given_name=given,
            prefix=prefix,
            family_name=family,
            phone=successor.phone,
            addresses=addresses,
        ),
    )
