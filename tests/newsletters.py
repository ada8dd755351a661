"""Readers of newsletters for tests, as `tests/factories.py` makes the rest."""

from __future__ import annotations

from typing import Any

from eventsapp.contacts.models import Subscription
from eventsapp.core.db import db
from eventsapp.directory.models import Person
from eventsapp.newsletters.models import Newsletter


def make_newsletter(name: str = "Nieuwsbrief", **values: Any) -> Newsletter:
    """Make a newsletter."""
    values.setdefault("slug", name.lower().replace(" ", "-"))
    newsletter = Newsletter(name=name, **values)
    db.session.add(newsletter)
    db.session.flush()
    return newsletter


def make_reader(person: Person, newsletter_id: int, **values: Any) -> Subscription:
    """Let somebody read a newsletter at the first address."""
    values.setdefault("address", person.addresses[0] if person.addresses else None)
    subscription = Subscription(newsletter_id=newsletter_id, person_id=person.id, **values)
    db.session.add(subscription)
    db.session.flush()
    return subscription
