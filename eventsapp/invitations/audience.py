"""Foresees who of a choice would be invited to a meeting, and who is left out and why.

`invite.py` acts on exactly what is foreseen here, under the lock of the meeting; the page that
shows what will happen asks it too. It only reads, in a fixed number of questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select

from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.text import fold
from eventsapp.directory.models import Organisation, Person
from eventsapp.directory.queries import Contact, addresses_of, present_contacts, roles_of
from eventsapp.directory.rules import mailbox_id
from eventsapp.invitations.kinds import LeftOutReason
from eventsapp.invitations.models import Invitation, InvitedOrganisation
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.meetings.models import Meeting

MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom an advisor chose: people by themselves, and organisations through their contact."""

    person_ids: frozenset[int] = frozenset()
    organisation_ids: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether anybody was chosen."""
        return bool(self.person_ids or self.organisation_ids)


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody who would get one mail.

    `organisations` were asked as such; `comes_for` is the one whose function the mail names. No
    `person_id` means the general mailbox of `comes_for`, where no contact is known.
    """

    person_id: int | None
    name: str
    email: str
    language: str = "nl"
    organisations: tuple[tuple[int, str], ...] = ()
    comes_for: int | None = None
    role_kind: str = ""
    is_letter_only: bool = False
    sort_key: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody who was chosen and gets nothing, with the reason."""

    name: str
    reason: LeftOutReason
    person_id: int | None = None
    organisation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Foresight:
    """What will happen when this choice is invited, in order of family name."""

    invitees: list[Invitee] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def letters_only(self) -> int:
        """Count who gets a letter without a calendar entry, because an address is shared."""
        return sum(1 for one in self.invitees if one.is_letter_only)


def foresee(actor: Actor, meeting: Meeting, choice: Choice) -> Foresight:
    """Tell who would be invited by this choice as things stand now.

    Raises Forbidden for who has no address book.
    """
    actor.demand_address_book()
    known = _known(meeting)
    found: dict[tuple[str, int], Invitee] = {}
    left_out: list[LeftOut] = []
    for one in (
        *_organisations(choice.organisation_ids, known, today()),
        *_people(choice.person_ids),
    ):
        if isinstance(one, LeftOut):
            left_out.append(one)
            continue
        key = (MAILBOX, one.comes_for or 0) if one.person_id is None else ("", one.person_id)
        found[key] = _joined(found[key], one) if key in found else one
    wanted = sorted(found.values(), key=lambda one: (one.sort_key, one.person_id or 0))
    invitees, others = _admitted(wanted, known)
    left_out += others
    return Foresight(invitees, sorted(left_out, key=lambda one: one.name.casefold()))


@dataclass(frozen=True, slots=True)
class _Known:
    """Who is invited to the meeting already, as far as it was not withdrawn."""

    people: frozenset[int]
    organisations: frozenset[int]
    mailboxes: frozenset[str]
    addresses: frozenset[str]


def _known(meeting: Meeting) -> _Known:
    rows = db.session.execute(
        select(Invitation.person_id, Invitation.email, Person.external_id)
        .join(Person, Person.id == Invitation.person_id)
        .where(Invitation.meeting_id == meeting.id, Invitation.withdrawn_at.is_(None))
    ).all()
    organisations = db.session.scalars(
        select(InvitedOrganisation.organisation_id)
        .join(InvitedOrganisation.via)
        .where(InvitedOrganisation.meeting_id == meeting.id, Invitation.withdrawn_at.is_(None))
    )
    return _Known(
        people=frozenset(row.person_id for row in rows),
        organisations=frozenset(organisations),
        mailboxes=frozenset(row.external_id for row in rows if row.external_id),
        addresses=frozenset(row.email.casefold() for row in rows),
    )


def _organisations(ids: frozenset[int], known: _Known, on: date) -> Iterator[Invitee | LeftOut]:
    rows = db.session.execute(
        select(Organisation.id, Organisation.name, Organisation.ended_on)
        .where(Organisation.id.in_(ids))
        .order_by(Organisation.search_key, Organisation.id)
    ).all()
    contacts = present_contacts([row.id for row in rows], on)
    readers = _readers(each.person_id for each in contacts.values())
    for row in rows:
        contact = contacts.get(row.id)
        reason = _organisation_fault(row.id, row.ended_on, contact, known, on)
        if reason is not None or contact is None:
            yield LeftOut(row.name, reason or LeftOutReason.NO_CONTACT, organisation_id=row.id)
            continue
        language, sort_key = readers.get(contact.person_id or 0, ("nl", fold(contact.name)))
        yield Invitee(
            person_id=contact.person_id,
            name=contact.name,
            email=contact.email or "",
            language=language,
            organisations=((row.id, row.name),),
            comes_for=row.id,
            role_kind=contact.role_kind,
            sort_key=sort_key,
        )


def _organisation_fault(
    organisation_id: int, ended_on: date | None, contact: Contact | None, known: _Known, on: date
) -> LeftOutReason | None:
    if organisation_id in known.organisations or mailbox_id(organisation_id) in known.mailboxes:
        return LeftOutReason.INVITED
    if ended_on is not None and ended_on <= on:
        return LeftOutReason.ENDED
    if contact is None:
        return LeftOutReason.NO_CONTACT
    if not contact.email:
        return LeftOutReason.NO_ADDRESS
    return LeftOutReason.CONTACT_INVITED if contact.person_id in known.people else None


def _people(ids: frozenset[int]) -> Iterator[Invitee | LeftOut]:
    day = today()
    people = db.session.scalars(
        select(Person).where(Person.id.in_(ids)).order_by(Person.sort_key, Person.id)
    ).all()
    addresses = addresses_of([person.id for person in people])
    roles = roles_of([person.id for person in people], day)
    for person in people:
        has_ended = person.ended_on is not None and person.ended_on <= day
        if has_ended or person.erased_at is not None:
            yield LeftOut(person.name, LeftOutReason.ENDED, person_id=person.id)
            continue
        role = next(iter(roles.get(person.id, ())), None)
        yield Invitee(
            person_id=person.id,
            name=person.name,
            email=addresses.get(person.id) or "",
            language=person.language,
            comes_for=role.organisation_id if role else None,
            role_kind=role.kind if role else "",
            sort_key=person.sort_key,
        )


def _readers(person_ids: Iterable[int | None]) -> dict[int, tuple[str, str]]:
    """Give language and sort key of these people."""
    wanted = {each for each in person_ids if each is not None}
    rows = db.session.execute(
        select(Person.id, Person.language, Person.sort_key).where(Person.id.in_(wanted))
    )
    return {row.id: (row.language, row.sort_key) for row in rows}


def _joined(first: Invitee, second: Invitee) -> Invitee:
    """Make one mail of two reasons to write to somebody, naming every organisation."""
    organisations = dict((*first.organisations, *second.organisations))
    return replace(first, organisations=tuple(organisations.items()))


def _admitted(wanted: list[Invitee], known: _Known) -> tuple[list[Invitee], list[LeftOut]]:
    """Take out who is invited, unreachable or wants no mail; mark shared addresses."""
    withheld = suppression.withheld(
        [one.person_id for one in wanted if one.person_id is not None],
        [one.email for one in wanted if one.email],
        Purpose.MEETINGS,
    )
    taken = set(known.addresses)
    invitees, left_out = [], []
    for one in wanted:
        reason = _person_fault(one, known, withheld)
        if reason is not None:
            organisation_id = one.organisations[0][0] if one.organisations else None
            left_out.append(LeftOut(_full_name(one), reason, one.person_id, organisation_id))
            continue
        address = one.email.casefold()
        invitees.append(replace(one, is_letter_only=address in taken))
        taken.add(address)
    return invitees, left_out


def _person_fault(
    one: Invitee, known: _Known, withheld: dict[int | str, str]
) -> LeftOutReason | None:
    if one.person_id in known.people:
        return LeftOutReason.INVITED
    if not one.email:
        return LeftOutReason.NO_ADDRESS
    if one.person_id is not None and one.person_id in withheld:
        return LeftOutReason.OPTED_OUT
    return LeftOutReason.ADDRESS_FAILS if one.email in withheld else None


def _full_name(one: Invitee) -> str:
    names = [name for _, name in one.organisations if name != one.name]
    return f"{one.name} ({', '.join(names)})" if names else one.name
