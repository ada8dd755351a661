"""The call list: who has not answered, how to ring them, and what the last call gave.

The advisors' door calls it. Who says on the telephone whether they come, is answered for by
`answer.py`; here stand only the calls that gave no answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Organisation, Person
from eventsapp.directory.queries import contains_words
from eventsapp.invitations import ledger
from eventsapp.invitations.kinds import CallOutcome, Reply
from eventsapp.invitations.models import CallNote, Invitation
from eventsapp.invitations.queries import invitation_for
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

# A second press within this time is the same call.
SAME_CALL = timedelta(minutes=2)
# Each line carries six buttons: more of them make a page too heavy for a telephone.
ON_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class LastCall:
    """What the latest call to an invitee gave, and who rang."""

    note: CallNote
    caller: str


@dataclass(frozen=True, slots=True)
class CallLine:
    """Somebody to ring; `phone` is the person's own number, else that of the organisation."""

    invitation: Invitation
    phone: str
    last: LastCall | None


def call_page(
    actor: Actor, meeting: Meeting, *, text: str = "", cursor: str | None = None
) -> Page[CallLine]:
    """Give a page of who has not answered, by family name."""
    actor.demand_address_book()
    meeting_for(actor, meeting.id)
    statement = (
        select(Invitation, Person.sort_key)
        .join(Invitation.person)
        .options(
            contains_eager(Invitation.person),
            joinedload(Invitation.organisation).load_only(Organisation.name, Organisation.phone),
        )
        .where(
            Invitation.meeting_id == meeting.id,
            Invitation.withdrawn_at.is_(None),
            Invitation.reply == Reply.NEEDS_ACTION,
            *contains_words(Person.search_key, text),
        )
    )
    page = paginate(statement, (Key(Person.sort_key), Key(Invitation.id)), cursor, ON_A_PAGE)
    lines = call_lines([row[0] for row in page.items])
    return Page(lines, page.before, page.after)


def call_lines(invitations: Collection[Invitation]) -> list[CallLine]:
    """Give these invitees with number and latest call, in one question."""
    calls = last_calls([one.id for one in invitations])
    return [CallLine(one, phone_of(one), calls.get(one.id)) for one in invitations]


def phone_of(invitation: Invitation) -> str:
    """Give the number to ring, empty where none is known."""
    organisation = invitation.organisation
    return invitation.person.phone or (organisation.phone if organisation is not None else "")


def last_calls(invitation_ids: Collection[int]) -> dict[int, LastCall]:
    """Give the latest call about each of these invitations."""
    latest = (
        select(func.max(CallNote.id))
        .where(CallNote.invitation_id.in_(invitation_ids))
        .group_by(CallNote.invitation_id)
    )
    rows = db.session.execute(
        select(CallNote, Person)
        .outerjoin(Person, Person.id == CallNote.by_person_id)
        .where(CallNote.id.in_(latest))
    )
    return {note.invitation_id: LastCall(note, by.name if by else "") for note, by in rows}


def note_call(actor: Actor, invitation: Invitation, outcome: CallOutcome) -> CallNote:
    """Keep what a call gave; the same outcome pressed twice is one call.

    Raises Forbidden for an advisor of another region.
    """
    invitation_for(actor, invitation.id, write=True)
    ledger.lock_invitation(invitation.id)
    last = db.session.scalar(
        select(CallNote)
        .where(CallNote.invitation_id == invitation.id)
        .order_by(CallNote.id.desc())
        .limit(1)
    )
    if last is not None and last.outcome == outcome and now() - last.at < SAME_CALL:
        return last
    note = CallNote(
        invitation_id=invitation.id, by_person_id=actor.person_id, outcome=outcome.value
    )
    db.session.add(note)
    db.session.flush()  # the line that is shown next asks for the latest call
    return note
