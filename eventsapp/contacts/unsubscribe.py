"""Leaving a newsletter by the link of a mail: whoever holds the link may leave, and nothing else.

The visitors' door calls this for a press on the page and for the one click of RFC 8058, the
background door for a mail that asks for it. Doing it twice is doing it once. Other newsletters of
the same reader stay; a mail that does not say of which newsletter it is leaves all of them.
"""

from __future__ import annotations

from sqlalchemy import select

from eventsapp.contacts import consent, subscriptions
from eventsapp.contacts.models import Subscription
from eventsapp.core import tokens
from eventsapp.core.actor import Actor, Level
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.labels import N_
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.lists import TRIAL
from eventsapp.mail.models import Message
from eventsapp.mail.withdrawing import NEWSLETTER_ID


def message_number(token: str) -> int:
    """Read from a link which mail of ours it stood in. Raises NotFound for what we did not make."""
    number = tokens.number_in(tokens.LEAVING, token)
    if number is None:
        raise NotFound(N_("This link is not complete or not ours."))
    return number


def letter_of(number: int) -> Message | None:
    """Give the mail in which the link stood, None for a trial. Raises NotFound for no letter."""
    if number == TRIAL:
        return None
    message = db.session.get(Message, number)
    if message is None or message.mailing.purpose != Purpose.NEWSLETTER:
        raise NotFound(N_("This link is not complete or not ours."))
    return message


def subscription_behind(message: Message) -> Subscription | None:
    """Give by which subscription somebody got this mail; None where that can't be told.

    After retention a mail no longer says of which newsletter it was: then it is the only one.
    """
    if message.person_id is None:
        return None
    number = message.mailing.data.get(NEWSLETTER_ID)
    if number is not None:
        return subscriptions.subscription_of(number, message.person_id)
    own = select(Subscription).where(Subscription.person_id == message.person_id).limit(2)
    found = list(db.session.scalars(own))
    return found[0] if len(found) == 1 else None


def has_left(message: Message) -> bool:
    """Tell whether the reader of a mail gets this newsletter no more."""
    subscription = subscription_behind(message)
    if subscription is not None and subscription.ended_at is not None:
        return True
    people = [message.person_id] if message.person_id is not None else []
    return bool(suppression.withheld(people, [message.address], Purpose.NEWSLETTER))


def leave(number: int, *, how: str, words: str = "") -> None:
    """Send the reader of this mail the newsletter no more, with a line in the consent log.

    Subscription, suppression, log and the mails that wait are of one transaction. Raises NotFound
    for a link that is not ours.
    """
    message = letter_of(number)
    if message is None:
        return
    # Two clicks at once wait for each other here, so that the log holds one line.
    db.session.refresh(message, with_for_update=True)
    subscription = subscription_behind(message)
    if subscription is not None and subscription.ended_at is None:
        subscriptions.leave(holder_of(message), subscription, how=how, words=words)
        return
    if has_left(message):
        return
    if message.person_id is None:
        suppression.withhold_address(
            message.address, Purpose.NEWSLETTER, consent.OPTED_OUT, evidence=how
        )
        return
    consent.record(
        holder_of(message),
        message.person_id,
        Purpose.NEWSLETTER,
        is_given=False,
        how=how,
        words=words,
    )


def holder_of(message: Message) -> Actor:
    """Give who acts by the link of a mail: its reader."""
    return Actor(level=Level.LINK, person_id=message.person_id, language=message.language)
