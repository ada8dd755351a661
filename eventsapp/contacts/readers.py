"""Finds who gets a letter: who comes, is silent or was there, or who is on a contact list.

`letters.py` sends to exactly who is found here, and the page that shows what will happen asks it
too. It only reads, in a fixed number of questions whatever the number of readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, func, select

from eventsapp.contacts.lists import list_for, members
from eventsapp.contacts.models import ContactList
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_, Labelled
from eventsapp.directory.models import Person
from eventsapp.directory.queries import addresses_of
from eventsapp.invitations import ledger, seats
from eventsapp.invitations.kinds import LeftOutReason, Presence, Reply
from eventsapp.invitations.models import Attendance, Invitation
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

LIST = "list:"


class Audience(Labelled):
    """To whom of a meeting a letter goes."""

    COMING = "coming", N_("Who comes")
    SILENT = "silent", N_("Who has not answered")
    PRESENT = "present", N_("Who was there")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a letter is written from: a meeting or a contact list."""

    meeting: Meeting | None = None
    contact_list: ContactList | None = None

    @property
    def reference(self) -> str:
        """Give the name under which the mail room knows it."""
        if self.meeting is not None:
            return ledger.meeting_reference(self.meeting)
        return f"{LIST}{self.contact_list.id}" if self.contact_list is not None else ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who gets one mail; with the invitation that it is about, if there is one.

    `substitute` is the name of who comes in this person's place and reads the mail instead.
    """

    person: Person
    email: str
    invitation: Invitation | None = None
    substitute: str = ""

    @property
    def name(self) -> str:
        """Give the name of who reads it."""
        return self.substitute or self.person.name


@dataclass(frozen=True, slots=True)
class Reach:
    """Who gets a letter, by family name, and who does not and why."""

    readers: list[Reader] = field(default_factory=list)
    left_out: list[tuple[str, LeftOutReason]] = field(default_factory=list)


def origin_for(
    actor: Actor, *, meeting_id: int | None = None, list_id: int | None = None
) -> Origin:
    """Give what to write from, to who may write to its people.

    Raises NotFound, and Forbidden where it belongs to another region.
    """
    actor.demand_address_book()
    if meeting_id is not None:
        return Origin(meeting=meeting_for(actor, meeting_id, write=True))
    return Origin(contact_list=list_for(actor, list_id or 0, write=True))


def reach(actor: Actor, origin: Origin, audience: str) -> Reach:
    """Tell who would get a letter as things stand now; InputError("audience") for no audience.

    Raises NotFound or Forbidden for a list that the actor may not write to.
    """
    if audience.startswith(LIST) and audience.removeprefix(LIST).isdigit():
        chosen = list_for(actor, int(audience.removeprefix(LIST)), write=True)
        return _admitted(_listed(chosen, actor))
    meeting = origin.meeting
    if meeting is None or audience not in set(Audience):
        raise InputError(N_("Choose to whom you write."), "audience")
    if audience == Audience.PRESENT:
        return _admitted(_present(meeting))
    return _admitted(_invited(meeting, _condition(Audience(audience))))


def counts_of(meeting: Meeting) -> dict[Audience, int]:
    """Count the people of each audience of a meeting, reached or not."""
    found = {}
    for audience in (Audience.COMING, Audience.SILENT):
        where = (Invitation.meeting_id == meeting.id, _condition(audience))
        found[audience] = db.session.scalar(select(func.count(Invitation.id)).where(*where)) or 0
    there = (Attendance.meeting_id == meeting.id, Attendance.presence == Presence.PRESENT)
    found[Audience.PRESENT] = (
        db.session.scalar(select(func.count(Attendance.id)).where(*there)) or 0
    )
    return found


def _condition(audience: Audience) -> ColumnElement[bool]:
    standing = Invitation.withdrawn_at.is_(None)
    if audience is Audience.SILENT:
        return standing & (Invitation.reply == Reply.NEEDS_ACTION)
    return standing & seats.has_seat()


def _invited(meeting: Meeting, where: ColumnElement[bool]) -> list[Reader]:
    rows = db.session.scalars(
        select(Invitation)
        .join(Invitation.person)
        .where(Invitation.meeting_id == meeting.id, where)
        .options(*ledger.with_reader())
        .order_by(Person.sort_key, Person.id)
    )
    return [_reader(one) for one in rows]


def _reader(invitation: Invitation) -> Reader:
    """Give who comes on this invitation: a substitute whose address we know, else the invitee."""
    if invitation.substitute_name and invitation.substitute_email:
        return Reader(
            invitation.person,
            invitation.substitute_email,
            invitation,
            substitute=invitation.substitute_name,
        )
    return Reader(invitation.person, invitation.email, invitation)


def _present(meeting: Meeting) -> list[Reader]:
    """Find who was there; the address of the invitation goes before the person's own."""
    rows = db.session.execute(
        select(Person, Invitation.email)
        .join(Attendance, Attendance.person_id == Person.id)
        .outerjoin(
            Invitation,
            (Invitation.person_id == Person.id) & (Invitation.meeting_id == meeting.id),
        )
        .where(Attendance.meeting_id == meeting.id, Attendance.presence == Presence.PRESENT)
        .order_by(Person.sort_key, Person.id)
    ).all()
    own = addresses_of([person.id for person, email in rows if not email])
    return [Reader(person, email or own.get(person.id) or "") for person, email in rows]


def _listed(contact_list: ContactList, actor: Actor) -> list[Reader]:
    people: Sequence[Person] = db.session.scalars(
        select(Person)
        .where(Person.id.in_(members(contact_list, actor)))
        .order_by(Person.sort_key, Person.id)
    ).all()
    own = addresses_of([person.id for person in people])
    return [Reader(person, own.get(person.id) or "") for person in people]


def _admitted(found: Iterable[Reader]) -> Reach:
    """Take out who can't be reached, or wants no mail about meetings."""
    wanted = list(found)
    withheld = suppression.withheld(
        [one.person.id for one in wanted if not one.substitute],
        [one.email for one in wanted if one.email],
        Purpose.MEETINGS,
    )
    result = Reach()
    for one in wanted:
        # What an invitee does not want to get holds for the invitee, not for who comes instead.
        if not one.substitute and one.person.id in withheld:
            reason = LeftOutReason.OPTED_OUT
        elif not one.email:
            reason = LeftOutReason.NO_ADDRESS
        elif one.email in withheld:
            reason = LeftOutReason.ADDRESS_FAILS
        else:
            result.readers.append(one)
            continue
        result.left_out.append((one.name, reason))
    return result
