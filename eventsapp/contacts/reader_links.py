"""Mails readers the link to their own page, to the address that we know.

The visitors' pages call it. It never tells who asked whether anything was sent, and never writes
to an address that nobody confirmed.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from eventsapp.contacts.models import Subscription
from eventsapp.contacts.subscription_requests import AT_ONCE, standing_mailing
from eventsapp.contacts.subscriptions import address_of, link_for
from eventsapp.core.addresses import parse_address
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.directory.models import Person, PersonAddress
from eventsapp.invitations.facts import greeting
from eventsapp.mail import outbox

MOST = 5


def mail_links(email: str) -> int:
    """Mail the own link to each reader at this address; gives how many mails that are.

    Raises InputError for what is no address.
    """
    address = parse_address(email).lower()
    readers = db.session.scalars(
        select(Subscription)
        .join(Person, Person.id == Subscription.person_id)
        .join(PersonAddress, PersonAddress.person_id == Person.id)
        .where(PersonAddress.email == address, Person.erased_at.is_(None))
        .order_by(Subscription.ended_at.is_not(None), Subscription.id)
        .limit(MOST)
    )
    reached = [one for one in readers if address_of(one).lower() == address]
    for one in reached:
        mail_link(one, link_for(one))
    return len(reached)


def mail_link(subscription: Subscription, link: str, template: str = "reader_link") -> None:
    """Mail one reader a link; an impatient second press within the minute sends no second mail."""
    person = subscription.person
    letter = outbox.Letter(
        key=f"{template}:{subscription.id}:{now():%Y%m%d%H%M}",
        address=address_of(subscription),
        name=person.name,
        language=person.language,
        template=template,
        data={"salutation": greeting(person), "link": link},
        person_id=person.id,
        reference=f"person:{person.id}",
        priority=AT_ONCE,
        expires_at=now() + timedelta(days=1),
    )
    outbox.enqueue(standing_mailing(), [letter])
