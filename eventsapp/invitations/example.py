"""Shows what an invitation would look like to one of a choice, before anything is made.

The page that tells what will happen asks it. Its rows are never added to the session.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from eventsapp.core.db import db
from eventsapp.core.links import ANSWER, absolute
from eventsapp.directory.models import Organisation, Person
from eventsapp.directory.rules import mailbox_id, mailbox_salutation
from eventsapp.invitations.audience import Invitee
from eventsapp.invitations.facts import mail_facts, personal_facts
from eventsapp.invitations.models import Invitation, InvitedOrganisation
from eventsapp.meetings.models import Meeting


def example_facts(meeting: Meeting, invitee: Invitee) -> dict[str, Any]:
    """Give all that the template of an invitation says to this reader; its link leads nowhere."""
    own = personal_facts(_as_if_invited(meeting, invitee))
    return {**mail_facts(meeting), **own, "link": absolute(ANSWER, token="…")}


def _as_if_invited(meeting: Meeting, invitee: Invitee) -> Invitation:
    asked = [number for number, _ in invitee.organisations]
    wanted = {*asked, *([invitee.comes_for] if invitee.comes_for else [])}
    rows = db.session.scalars(select(Organisation).where(Organisation.id.in_(wanted)))
    organisations = {row.id: row for row in rows}
    return Invitation(
        id=0,
        generation=0,
        source="invited",
        meeting_id=meeting.id,
        person=_reader(invitee),
        organisation=organisations.get(invitee.comes_for or 0),
        organisations=[InvitedOrganisation(organisation=organisations[one]) for one in asked],
        role_kind=invitee.role_kind,
        email=invitee.email,
        is_letter_only=invitee.is_letter_only,
    )


def _reader(invitee: Invitee) -> Person:
    person = db.session.get(Person, invitee.person_id) if invitee.person_id else None
    if person is not None:
        return person
    return Person(
        family_name=invitee.name,
        language=invitee.language,
        salutation=mailbox_salutation(invitee.name),
        external_id=mailbox_id(invitee.comes_for or 0),
    )
