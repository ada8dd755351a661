"""The link to what we hold on somebody: mailed to the address that we know, for one day.

The visitors' door calls it. A newsletter is passed on to others, so its own link is not enough to
see this: who asks must be able to read the mailbox.
"""

from __future__ import annotations

from datetime import timedelta

from eventsapp.contacts.models import Subscription
from eventsapp.contacts.reader_links import mail_link
from eventsapp.core import tokens
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.labels import N_
from eventsapp.core.links import DOSSIER, absolute
from eventsapp.directory.models import Person

LIFETIME = timedelta(days=1)


def mail_dossier_link(subscription: Subscription) -> None:
    """Mail a reader the link to what we hold; it works for a day."""
    token = tokens.sign_timed("dossier", subscription.person_id)
    mail_link(subscription, absolute(DOSSIER, token=token), "dossier_link")


def person_by_token(token: str) -> Person:
    """Give whom a mailed link is about. NotFound for what is not ours or erased; Expired later."""
    values = tokens.read_timed("dossier", token, LIFETIME)
    person = db.session.get(Person, values[0]) if len(values) == 1 else None
    if person is None or person.erased_at is not None:
        raise NotFound(N_("This link is not complete or not ours."))
    return person
