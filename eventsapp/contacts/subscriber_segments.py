"""Which readers of a newsletter answer to conditions, in the grammar of contact lists.

What a reader chose counts as well: who chose a region or a theme belongs to it, whatever the
functions say. Freezing an edition and the page that sets the conditions ask it; nothing is kept.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, or_, select, true

from eventsapp.contacts.models import Subscription, subscription_region, subscription_theme
from eventsapp.contacts.rules import Condition, Criteria
from eventsapp.contacts.segments import Asker
from eventsapp.contacts.subscriber_places import is_reader
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.directory.models import Person


def matches(criteria: Criteria, newsletter_id: int, actor: Actor) -> ColumnElement[bool]:
    """Give the criteria as a condition on the Person of a reader; nothing asked means all."""
    if criteria.is_empty:
        return true()
    asker = _ReaderAsker(newsletter_id, actor)
    return and_(*(or_(*(asker.clause(leaf) for leaf in group)) for group in criteria.groups))


def count(criteria: Criteria, newsletter_id: int, actor: Actor, on: date) -> int:
    """Tell how many who read a newsletter on a day answer to the criteria."""
    found = (
        select(func.count())
        .select_from(Subscription)
        .join(Person, Person.id == Subscription.person_id)
        .where(is_reader(newsletter_id, on), matches(criteria, newsletter_id, actor))
    )
    return db.session.scalar(found) or 0


class _ReaderAsker(Asker):
    """Asks of readers what a contact list asks of people, their own choices included."""

    def __init__(self, newsletter_id: int, actor: Actor) -> None:
        self.newsletter_id = newsletter_id
        super().__init__(actor)

    def in_region(self, leaf: Condition) -> ColumnElement[bool]:
        """Ask for who chose a region, works in it or lives there."""
        ties = subscription_region
        return or_(super().in_region(leaf), self._chose(ties, ties.c.region_id == leaf.region))

    def theme(self, leaf: Condition) -> ColumnElement[bool]:
        """Ask for who chose a theme or belongs to an organisation with it."""
        ties = subscription_theme
        return or_(super().theme(leaf), self._chose(ties, ties.c.theme_id == leaf.theme))

    def _chose(self, ties: Table, what: ColumnElement[Any]) -> ColumnElement[bool]:
        readers = (
            select(Subscription.person_id)
            .join(ties, ties.c.subscription_id == Subscription.id)
            .where(Subscription.newsletter_id == self.newsletter_id, what)
        )
        return Person.id.in_(readers)
