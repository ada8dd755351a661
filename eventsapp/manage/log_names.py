"""Looks up what the rows of the log are about, by name: they themselves hold numbers only.

One question for each sort of thing, whatever the number of rows. What belongs to a closed group
has no name here for who does not organise it, coordinators included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.contacts.models import ContactList
from eventsapp.core.actor import Actor
from eventsapp.core.audit import AuditEntry
from eventsapp.core.db import db
from eventsapp.directory.models import (
    AddressImport,
    Network,
    Organisation,
    Person,
    Region,
    network_deputy,
)
from eventsapp.invitations.models import Invitation
from eventsapp.mail.models import Mailing, Message, Suppression
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import visible_to
from eventsapp.newsletters.models import Edition, Newsletter
from eventsapp.surveys.models import Survey


@dataclass(frozen=True, slots=True)
class Named:
    """A thing by name, with the address of its page; `is_hidden`: it is of a closed group."""

    text: str
    href: str = ""
    is_hidden: bool = False


Names = dict[int, Named]
Subjects = dict[tuple[str, int], Named]


def subjects_of(actor: Actor, entries: Iterable[AuditEntry]) -> Subjects:
    """Give the names of all that these rows are about; what is gone is not there."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.object_id is not None:
            wanted[entry.object_type].add(entry.object_id)
    return {
        (sort, number): named
        for sort, numbers in wanted.items()
        if sort in LOOK_UP
        for number, named in LOOK_UP[sort](actor, numbers).items()
    }


def people_named(numbers: set[int]) -> dict[int, str]:
    """Give the names of people; an erased one says so."""
    rows = db.session.scalars(select(Person).where(Person.id.in_(numbers)))
    return {row.id: row.name or gettext("name erased") for row in rows}


def _hidden() -> Named:
    return Named(gettext("a closed group"), is_hidden=True)


def _meetings(actor: Actor, numbers: set[int]) -> Names:
    statement = select(Meeting.id, Meeting.title, visible_to(actor)).where(Meeting.id.in_(numbers))
    return {
        number: Named(title, url_for("manage_meetings.show", meeting_id=number))
        if is_visible
        else _hidden()
        for number, title, is_visible in db.session.execute(statement)
    }


def _invitations(actor: Actor, numbers: set[int]) -> Names:
    statement = (
        select(Invitation.id, Meeting.id, Meeting.title, Person, visible_to(actor))
        .join(Meeting, Meeting.id == Invitation.meeting_id)
        .join(Person, Person.id == Invitation.person_id)
        .where(Invitation.id.in_(numbers))
    )
    return {
        number: Named(
            f"{person.name or gettext('name erased')}, {title}",
            url_for("manage_answers.index", meeting_id=meeting_id),
        )
        if is_visible
        else _hidden()
        for number, meeting_id, title, person, is_visible in db.session.execute(statement)
    }


def _mailings(actor: Actor, numbers: set[int]) -> Names:
    rows = db.session.scalars(select(Mailing).where(Mailing.id.in_(numbers))).all()
    return _shown_mailings(actor, {row.id: row for row in rows})


def _messages(actor: Actor, numbers: set[int]) -> Names:
    statement = (
        select(Message.id, Mailing)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(Message.id.in_(numbers))
    )
    return _shown_mailings(actor, dict(db.session.execute(statement).tuples().all()))


def _shown_mailings(actor: Actor, mailings: dict[int, Mailing]) -> Names:
    about = {number: _meeting_of(mailing) for number, mailing in mailings.items()}
    meetings = _meetings(actor, {meeting for meeting in about.values() if meeting is not None})
    return {
        number: _hidden()
        if (named := meetings.get(about[number] or 0)) and named.is_hidden
        else Named(mailing.title, url_for("manage_mail.mailing", mailing_id=mailing.id))
        for number, mailing in mailings.items()
    }


def _meeting_of(mailing: Mailing) -> int | None:
    sort, _, number = mailing.reference.partition(":")
    return int(number) if sort == "meeting" and number.isdigit() else None


def _people(_actor: Actor, numbers: set[int]) -> Names:
    return {
        number: Named(name, url_for("manage_people.show", person_id=number))
        for number, name in people_named(numbers).items()
    }


def _organisations(_actor: Actor, numbers: set[int]) -> Names:
    statement = select(Organisation.id, Organisation.name).where(Organisation.id.in_(numbers))
    return {
        number: Named(name, url_for("manage_organisations.show", organisation_id=number))
        for number, name in db.session.execute(statement)
    }


def _networks(actor: Actor, numbers: set[int]) -> Names:
    deputies = select(network_deputy.c.network_id).where(
        network_deputy.c.person_id == actor.person_id
    )
    own = (Network.organiser_person_id == actor.person_id) | Network.id.in_(deputies)
    is_open = Network.is_confidential.is_(False) | own
    statement = select(Network.id, Network.name, is_open).where(Network.id.in_(numbers))
    return {
        number: Named(name, url_for("manage_networks.show", network_id=number))
        if is_visible
        else _hidden()
        for number, name, is_visible in db.session.execute(statement)
    }


def _lists(_actor: Actor, numbers: set[int]) -> Names:
    statement = select(ContactList.id, ContactList.name).where(ContactList.id.in_(numbers))
    return {
        number: Named(name, url_for("manage_lists.show", list_id=number))
        for number, name in db.session.execute(statement)
    }


def _accounts(_actor: Actor, numbers: set[int]) -> Names:
    rows = db.session.scalars(select(Account).where(Account.id.in_(numbers)))
    return {
        row.id: Named(row.person.name, url_for("manage_accounts.show", account_id=row.id))
        for row in rows
    }


def _suppressions(_actor: Actor, numbers: set[int]) -> Names:
    statement = (
        select(Suppression.id, Person)
        .join(Person, Person.id == Suppression.person_id)
        .where(Suppression.id.in_(numbers))
    )
    return {number: Named(person.name) for number, person in db.session.execute(statement)}


def _imports(_actor: Actor, numbers: set[int]) -> Names:
    statement = select(AddressImport.id, AddressImport.file_name).where(
        AddressImport.id.in_(numbers)
    )
    return {number: Named(name) for number, name in db.session.execute(statement)}


def _surveys(_actor: Actor, numbers: set[int]) -> Names:
    statement = select(Survey.id, Survey.title).where(Survey.id.in_(numbers))
    return {
        number: Named(title, url_for("manage_surveys.show", survey_id=number))
        for number, title in db.session.execute(statement)
    }


def _regions(_actor: Actor, numbers: set[int]) -> Names:
    statement = select(Region.id, Region.name).where(Region.id.in_(numbers))
    return {
        number: Named(name, url_for("manage_regions.show", region_id=number))
        for number, name in db.session.execute(statement)
    }


def _newsletters(_actor: Actor, numbers: set[int]) -> Names:
    statement = select(Newsletter.id, Newsletter.name).where(Newsletter.id.in_(numbers))
    return {
        number: Named(name, url_for("manage_newsletters.settings", newsletter_id=number))
        for number, name in db.session.execute(statement)
    }


def _editions(_actor: Actor, numbers: set[int]) -> Names:
    statement = select(Edition.id, Edition.title).where(Edition.id.in_(numbers))
    return {
        number: Named(title, url_for("manage_editions.show", edition_id=number))
        for number, title in db.session.execute(statement)
    }


LOOK_UP: dict[str, Callable[[Actor, set[int]], Names]] = {
    "meeting": _meetings,
    "invitation": _invitations,
    "mailing": _mailings,
    "message": _messages,
    "person": _people,
    "organisation": _organisations,
    "network": _networks,
    "region": _regions,
    "contact_list": _lists,
    "account": _accounts,
    "suppression": _suppressions,
    "address_import": _imports,
    "newsletter": _newsletters,
    "edition": _editions,
    "survey": _surveys,
}
