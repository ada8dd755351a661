"""Asking to be erased (GDPR article 17): mail stops at once, and the request waits with the post.

The visitors' door calls it for the holder of a fresh link. The erasing itself is done by people:
they see what must stay, such as that somebody wants no mail. Asking twice is asking once.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from eventsapp.contacts import consent
from eventsapp.core import audit
from eventsapp.core.actor import Actor, Level
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.directory.models import Person
from eventsapp.mail.kinds import InboundKind, InboundState, Purpose
from eventsapp.mail.models import InboundMail

SOURCE = "page"


def has_asked(person: Person) -> bool:
    """Tell whether somebody's request waits."""
    waiting = select(InboundMail.id).where(
        InboundMail.reference == _reference(person),
        InboundMail.source == SOURCE,
        InboundMail.state == InboundState.WAITING.value,
    )
    return db.session.scalar(waiting.limit(1)) is not None


def ask(person: Person) -> None:
    """Put the request with the post of the coordinator, and send no newsletter from now on."""
    # Two presses at once wait for each other here, so that one request waits.
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    if has_asked(person):
        return
    holder = Actor(level=Level.LINK, person_id=person.id, name=person.name)
    email = next((one.email for one in person.addresses if one.ended_on is None), "")
    with speaking("nl"):  # of those who work with it
        subject = translate(N_("Please erase what you hold about me"))
        body = translate(
            N_(
                "%(name)s asks, by the own page, that all that we hold is erased. Do so within a "
                "month, and tell it: %(email)s."
            ),
            name=person.name,
            email=email,
        )
    earlier = select(InboundMail.id).where(
        InboundMail.reference == _reference(person), InboundMail.source == SOURCE
    )
    number = len(db.session.scalars(earlier).all())
    db.session.add(
        InboundMail(
            fingerprint=hashlib.sha256(f"erase {person.id} {number}".encode()).hexdigest(),
            source=SOURCE,
            sender=email,
            sender_name=person.name[:200],
            subject=subject,
            body=body,
            kind=InboundKind.LETTER.value,
            person_id=person.id,
            reference=_reference(person),
            detail={"attachments": [], "is_known": True},
        )
    )
    consent.record(holder, person.id, Purpose.NEWSLETTER, is_given=False, how="erasure")
    audit.record(holder, "erasure.asked", "person", person.id)


def _reference(person: Person) -> str:
    return f"person:{person.id}"
