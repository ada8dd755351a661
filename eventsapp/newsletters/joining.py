"""Lets people become readers of the newsletter who said yes elsewhere: at a meeting, by telephone.

The log of consent knows no newsletters, so this room looks at it from above: the doors after they
wrote a yes down, the clock every few minutes. Asking it twice is asking it once.
"""

from __future__ import annotations

from sqlalchemy import Select, and_, func, or_, select

from eventsapp.contacts import subscriptions
from eventsapp.contacts.models import Consent, Subscription
from eventsapp.contacts.reading import is_here
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.directory.models import Person
from eventsapp.mail.kinds import Purpose, Scope
from eventsapp.mail.models import Suppression
from eventsapp.newsletters.models import Newsletter

MOST_AT_ONCE = 200


def active_newsletters() -> list[Newsletter]:
    """Give the newsletters that anybody may subscribe to, the first one made first."""
    statement = select(Newsletter).where(Newsletter.is_active.is_(True)).order_by(Newsletter.id)
    return list(db.session.scalars(statement))


def main_newsletter() -> Newsletter | None:
    """Give the newsletter that is meant where somebody says only "the newsletter"."""
    return next(iter(active_newsletters()), None)


def take_in(person_id: int | None = None) -> int:
    """Make readers of those whose last word is yes; of everybody, or of one. Gives how many.

    Who left one newsletter since then stays away; who said yes after leaving reads again.
    """
    newsletter = main_newsletter()
    if newsletter is None:
        return 0
    asked = _willing(newsletter.id)
    if person_id is not None:
        asked = asked.where(Person.id == person_id)
    found = db.session.execute(asked.limit(MOST_AT_ONCE)).all()
    for person, how in found:
        subscriptions.admit(newsletter.id, person, how=how)
    return len(found)


def _willing(newsletter_id: int) -> Select[Person, str]:
    """Select whose last word is yes, with how it was said, and who does not read this one."""
    last = (
        select(Consent.person_id, func.max(Consent.id).label("id"))
        .where(Consent.purpose == Purpose.NEWSLETTER.value, Consent.newsletter_id.is_(None))
        .group_by(Consent.person_id)
        .subquery()
    )
    opted_out = select(Suppression.person_id).where(
        Suppression.scope == Scope.PERSON.value,
        Suppression.purpose.in_(("", Purpose.NEWSLETTER.value)),
        Suppression.released_at.is_(None),
        Suppression.person_id.is_not(None),
    )
    return (
        select(Person, Consent.how)
        .join(last, last.c.person_id == Person.id)
        .join(Consent, Consent.id == last.c.id)
        .outerjoin(
            Subscription,
            and_(Subscription.person_id == Person.id, Subscription.newsletter_id == newsletter_id),
        )
        .where(
            Consent.is_given.is_(True),
            or_(Subscription.id.is_(None), Subscription.ended_at <= Consent.at),
            Person.id.not_in(opted_out),
            is_here(today()),
        )
        .order_by(Person.id)
    )
