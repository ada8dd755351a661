"""Leaving a list by the link of a mail: whoever holds the link may leave, and nothing else.

The visitors' door calls this for a press on the page and for the one click of RFC 8058, the
background door for a mail that asks for it. Doing it twice is doing it once.
"""

from __future__ import annotations

from eventsapp.contacts import consent
from eventsapp.core import tokens
from eventsapp.core.actor import Actor, Level
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.labels import N_
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.lists import TRIAL
from eventsapp.mail.models import Message


def message_number(token: str) -> int:
    """Read from a link which mail of ours it stood in. Raises NotFound for what we did not make."""
    values = tokens.read("unsubscribe", token)
    if len(values) != 1 or not isinstance(values[0], int):
        raise NotFound(N_("This link is not complete or not ours."))
    return values[0]


def letter_of(number: int) -> Message | None:
    """Give the mail in which the link stood, None for a trial. Raises NotFound for no letter."""
    if number == TRIAL:
        return None
    message = db.session.get(Message, number)
    if message is None or message.mailing.purpose != Purpose.NEWSLETTER:
        raise NotFound(N_("This link is not complete or not ours."))
    return message


def has_left(message: Message) -> bool:
    """Tell whether the reader of a mail gets no newsletter any more."""
    people = [message.person_id] if message.person_id is not None else []
    return bool(suppression.withheld(people, [message.address], Purpose.NEWSLETTER))


def leave(number: int, *, how: str, words: str = "") -> None:
    """Send the reader of this mail no newsletter any more, with a line in the consent log.

    Suppression and log are of one transaction. Raises NotFound for a link that is not ours.
    """
    message = letter_of(number)
    if message is None:
        return
    # Two clicks at once wait for each other here, so that the log holds one line.
    db.session.refresh(message, with_for_update=True)
    if has_left(message):
        return
    if message.person_id is None:
        suppression.withhold_address(
            message.address, Purpose.NEWSLETTER, consent.OPTED_OUT, evidence=how
        )
        return
    holder = Actor(level=Level.LINK, person_id=message.person_id, language=message.language)
    consent.record(
        holder, message.person_id, Purpose.NEWSLETTER, is_given=False, how=how, words=words
    )
