"""Contact lists: made, changed and asked. A list is its criteria plus added minus left-out people.

The doors call these; whoever writes to a list takes `members` and never keeps a copy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select

from eventsapp.contacts import rules
from eventsapp.contacts.models import ContactList, Membership
from eventsapp.contacts.segments import is_present, matches
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.core.text import fold, one_line
from eventsapp.directory.models import Person


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What an advisor fills in about a list."""

    name: str
    note: str = ""
    region_id: int | None = None
    criteria: Mapping[str, Any] | None = None


def list_for(actor: Actor, list_id: int, *, write: bool = False) -> ContactList:
    """Give a list; raise `NotFound`, or `Forbidden` when it is to be changed and is not theirs."""
    actor.demand_address_book()
    found = db.session.get(ContactList, list_id)
    if found is None:
        raise NotFound(N_("This contact list does not exist any more."))
    if write:
        demand_write(actor, found)
    return found


def demand_write(actor: Actor, contact_list: ContactList) -> None:
    """Raise `Forbidden` unless the list is the actor's own or of one of their regions."""
    if contact_list.owner_person_id == actor.person_id:
        return
    region = contact_list.region_id
    # Without a region a list belongs to its owner and the coordinator alone.
    actor.demand_write([region if region is not None else -1])


def lists_page(actor: Actor, cursor: str | None = None, *, mine: bool = False) -> Page[Row[Any]]:
    """Give the lists by name, fifty at a time."""
    actor.demand_address_book()
    statement = select(ContactList)
    if mine:
        statement = statement.where(ContactList.owner_person_id == actor.person_id)
    return paginate(statement, [Key(ContactList.name), Key(ContactList.id)], cursor)


def add_list(actor: Actor, plan: ListPlan) -> ContactList:
    """Keep a new list; raise `InputError` for what does not make sense."""
    actor.demand_address_book()
    if plan.region_id is not None:
        actor.demand_write([plan.region_id])
    contact_list = ContactList(owner_person_id=actor.person_id)
    _fill(contact_list, plan)
    db.session.add(contact_list)
    db.session.flush()  # the audit line names the list by its number
    audit.record(actor, "list.add", "contact_list", contact_list.id)
    return contact_list


def change_list(actor: Actor, contact_list: ContactList, plan: ListPlan, version: int) -> None:
    """Change a list; raise `Conflict` when somebody changed it since `version` was read."""
    demand_write(actor, contact_list)
    if contact_list.version != version:
        raise Conflict(N_("Somebody else changed this list meanwhile. Look at it and try again."))
    if plan.region_id is not None:
        actor.demand_write([plan.region_id])
    _fill(contact_list, plan)
    audit.record(actor, "list.change", "contact_list", contact_list.id)


def drop_list(actor: Actor, contact_list: ContactList) -> None:
    """Throw a list away; the people stay."""
    demand_write(actor, contact_list)
    audit.record(actor, "list.drop", "contact_list", contact_list.id)
    db.session.delete(contact_list)


def _fill(contact_list: ContactList, plan: ListPlan) -> None:
    name = one_line(plan.name, 160)
    if not name:
        raise InputError(N_("Give the list a name."), "name")
    contact_list.name = name
    contact_list.note = plan.note[:2000]
    contact_list.region_id = plan.region_id
    contact_list.criteria = rules.stored(rules.parse(plan.criteria))


def choose_by_hand(
    actor: Actor, contact_list: ContactList, person_ids: Collection[int], *, is_added: bool
) -> None:
    """Add people to a list whatever the criteria say, or leave them out whatever they say."""
    demand_write(actor, contact_list)
    known = {member.person_id: member for member in contact_list.members}
    present = db.session.scalars(select(Person.id).where(Person.id.in_(person_ids), is_present()))
    for person_id in present:
        member = known.get(person_id)
        if member is None:
            member = Membership(person_id=person_id)
            contact_list.members.append(member)
        member.is_added, member.at, member.by_person_id = is_added, now(), actor.person_id
    audit.record(
        actor,
        "list.add_people" if is_added else "list.leave_out_people",
        "contact_list",
        contact_list.id,
        count=len(person_ids),
    )


def undo_by_hand(actor: Actor, contact_list: ContactList, person_id: int) -> None:
    """Let the criteria decide about somebody again."""
    demand_write(actor, contact_list)
    db.session.execute(
        delete(Membership).where(
            Membership.list_id == contact_list.id, Membership.person_id == person_id
        )
    )
    db.session.expire(contact_list, ["members"])


def is_member(contact_list: ContactList, actor: Actor) -> ColumnElement[bool]:
    """Give membership as a condition on `Person`."""
    by_hand = select(Membership.person_id).where(Membership.list_id == contact_list.id)
    added = by_hand.where(Membership.is_added)
    left_out = by_hand.where(~Membership.is_added)
    criteria = rules.parse(contact_list.criteria)
    return and_(
        is_present(),
        or_(matches(criteria, actor), Person.id.in_(added)),
        Person.id.not_in(left_out),
    )


def members(contact_list: ContactList, actor: Actor) -> Select[int]:
    """Select the ids of the people who are on the list now."""
    return select(Person.id).where(is_member(contact_list, actor))


def count(contact_list: ContactList, actor: Actor) -> int:
    """Tell how many people are on the list now."""
    found = select(func.count()).select_from(members(contact_list, actor).subquery())
    return db.session.scalar(found) or 0


def count_matching(criteria: rules.Criteria, actor: Actor) -> int:
    """Tell how many people answer to criteria that are still being edited."""
    found = select(func.count(Person.id)).where(is_present(), matches(criteria, actor))
    return db.session.scalar(found) or 0


def members_page(
    contact_list: ContactList, actor: Actor, cursor: str | None = None
) -> Page[Row[Any]]:
    """Give the people on the list by family name, fifty at a time."""
    statement = select(Person).where(is_member(contact_list, actor))
    return paginate(statement, [Key(Person.sort_key), Key(Person.id)], cursor)


def people_to_add(contact_list: ContactList, text: str) -> list[Person]:
    """Find up to twenty people by a part of their name who are not on the list by hand yet."""
    words = fold(text).split()[:6]
    if not words:
        return []
    by_hand = select(Membership.person_id).where(
        Membership.list_id == contact_list.id, Membership.is_added
    )
    statement = (
        select(Person)
        .where(is_present(), Person.id.not_in(by_hand))
        .where(*(Person.search_key.contains(word, autoescape=True) for word in words))
        .order_by(Person.sort_key, Person.id)
        .limit(20)
    )
    return list(db.session.scalars(statement))
