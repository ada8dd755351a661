"""Mails to colleagues about an edition: what is due, what is asked of them, what became of it.

The use cases of this room call `tell`; doors hand in whom, since accounts are theirs to know.
Never to readers of the newsletter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select

from eventsapp.core.actor import Actor
from eventsapp.core.dates import long_date, time_of_day
from eventsapp.core.db import db
from eventsapp.core.language import LANGUAGES
from eventsapp.core.links import (
    MANAGE_CONTRIBUTION,
    MANAGE_CONTRIBUTIONS,
    MANAGE_EDITION,
    MANAGE_SIGN_OFF,
    absolute,
)
from eventsapp.directory.models import Person
from eventsapp.directory.queries import addresses_of
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.newsletters.models import Contribution, Edition

REFERENCE = "edition_work"
"""Never "edition": what counts the mails of an edition must not see these."""


def reference(edition: Edition) -> str:
    """Give the name under which the mails to colleagues stand in the outbox."""
    return f"{REFERENCE}:{edition.id}"


def about(piece: Contribution) -> str:
    """Give the name under which the mails to the author of a piece stand there."""
    return f"contribution:{piece.id}"


def edition_link(edition: Edition) -> str:
    """Give the address at which an edition is made."""
    return absolute(MANAGE_EDITION, edition_id=edition.id)


def contributions_link(edition: Edition) -> str:
    """Give the address at which the editors see the pieces of an edition."""
    return absolute(MANAGE_CONTRIBUTIONS, edition_id=edition.id)


def name_of(person_id: int | None) -> str:
    """Give the name of a colleague, "" for nobody; erased people have none."""
    found = db.session.get(Person, person_id) if person_id is not None else None
    return found.name if found is not None else ""


def in_words(day: date) -> dict[str, str]:
    """Write a day in each language that a colleague may read."""
    return {language: long_date(day, language) for language in LANGUAGES}


def moment_in_words(day: date, at: time) -> dict[str, str]:
    """Write a wall time in each language that a colleague may read."""
    wall = datetime.combine(day, at)
    return {one: f"{long_date(day, one)}, {time_of_day(wall, one)}" for one in LANGUAGES}


def tell(
    edition: Edition,
    template: str,
    mark: str,
    person_ids: Iterable[int | None],
    *,
    by: Actor | None = None,
    link: str = "",
    piece: Contribution | None = None,
    **facts: Any,
) -> int:
    """Mail some colleagues, each once for each `mark`; give how many mails were put in the outbox.

    The link leads to the sign-off, or where a `piece` is given to the page of its author.
    Who has no address, or was erased, is passed over: the home page tells them as well.
    """
    wanted = {number for number in person_ids if number is not None}
    statement = select(Person).where(Person.id.in_(wanted), Person.erased_at.is_(None))
    people = list(db.session.scalars(statement.order_by(Person.id))) if wanted else []
    addresses = addresses_of([person.id for person in people])
    if not any(addresses.values()):
        return 0
    mailing = outbox.open_mailing(
        kind=MailingKind.WORK,
        purpose=Purpose.ACCOUNT,
        reference=reference(edition),
        title=edition.title,
        by=by.person_id if by is not None else None,
        undo=False,
        data={
            "edition_title": edition.title,
            "newsletter_name": edition.newsletter.name,
            "region": edition.region.name if edition.region is not None else "",
            "link": link or _link(edition, piece),
            **facts,
        },
    )
    letters = [
        outbox.Letter(
            key=f"{template}:{edition.id}:{mark}:{person.id}",
            address=address,
            name=person.name,
            language=person.language,
            template=template,
            data={"given_name": person.given_name or person.name},
            person_id=person.id,
            reference=about(piece) if piece is not None else reference(edition),
        )
        for person in people
        if (address := addresses[person.id])
    ]
    return len(outbox.enqueue(mailing, letters))


def _link(edition: Edition, piece: Contribution | None) -> str:
    if piece is not None:
        return absolute(MANAGE_CONTRIBUTION, contribution_id=piece.id)
    return absolute(MANAGE_SIGN_OFF, edition_id=edition.id)
