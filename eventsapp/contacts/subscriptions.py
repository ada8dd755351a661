"""Subscriptions: who reads a newsletter, what they chose, and their pausing, leaving, coming back.

The doors call it for readers who confirmed or hold their own link, imports for lists with proof.
Each word is a line in the log of consent, in the same transaction as what follows from it: the
subscription, the suppression, the mails that wait. Of a newsletter it knows only the number.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from sqlalchemy import select

from eventsapp.contacts import consent
from eventsapp.contacts.models import Subscription
from eventsapp.contacts.reader_kinds import LeaveReason, Pause, ReaderKind
from eventsapp.contacts.reading import reading, reads_on
from eventsapp.core import tokens
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Expired, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.links import reader_link
from eventsapp.directory.models import Municipality, Person, Region, RegionScheme, Theme
from eventsapp.mail import suppression, withdrawing
from eventsapp.mail.kinds import Purpose

__all__ = ["reading", "reads_on"]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a reader chose. `municipality_id` and `language` are kept with the person."""

    reader_kind: str = ""
    municipality_id: int | None = None
    region_ids: frozenset[int] = frozenset()
    theme_ids: frozenset[int] = frozenset()
    language: str = "nl"
    wants_text: bool = False


def link_for(subscription: Subscription) -> str:
    """Give the address of the reader's own page; raising the generation makes it worthless."""
    return reader_link(subscription.id, subscription.generation)


def subscription_by_token(token: str) -> Subscription:
    """Give the subscription of a personal link.

    Raises NotFound for one that is not ours or whose reader is gone, Expired for a revoked one.
    """
    number, generation = numbers_of(token)
    found = db.session.get(Subscription, number)
    if found is None or found.person.erased_at is not None:
        raise NotFound(N_("This link is not complete or not ours."))
    if found.generation != generation:
        raise Expired(N_("This link no longer works. Use the link of a newer mail."))
    return found


def numbers_of(token: str) -> tuple[int, int]:
    """Read the number of the subscription and its generation; NotFound for a link not of ours.

    Earlier mails hold the longer tokens of `tokens.sign`, which go on working.
    """
    if (short := tokens.pair_in(tokens.READING, token)) is not None:
        return short
    values = tokens.read(tokens.READING, token)
    if len(values) != 2:  # noqa: PLR2004 - number and generation
        raise NotFound(N_("This link is not complete or not ours."))
    return int(values[0]), int(values[1])


def holder_of(subscription: Subscription) -> Actor:
    """Give who acts by a personal link: the reader, who may change nothing but the own things."""
    person = subscription.person
    return Actor(level=Level.LINK, person_id=person.id, name=person.name, language=person.language)


def address_of(subscription: Subscription) -> str:
    """Give the address to which somebody's newsletter goes, "" when none is known."""
    own = subscription.address
    if own is not None and own.ended_on is None:
        return own.email
    known = [each.email for each in subscription.person.addresses if each.ended_on is None]
    return known[0] if known else ""


def subscription_of(newsletter_id: int, person_id: int) -> Subscription | None:
    """Give somebody's subscription, running or ended; None for who never was a reader."""
    return db.session.scalar(
        select(Subscription).where(
            Subscription.newsletter_id == newsletter_id, Subscription.person_id == person_id
        )
    )


def subscribe(
    actor: Actor,
    newsletter_id: int,
    person: Person,
    *,
    how: str,
    words: str,
    choices: Choices | None = None,
    address_id: int | None = None,
    proof: str = "",
) -> Subscription:
    """Let somebody read a newsletter, or read it again; twice is once.

    Writes the consent with its words and lifts an own earlier opt-out: call it only for who said
    so. Choices replace those of before; without them those stay. InputError for a choice that does
    not exist.
    """
    found = admit(newsletter_id, person, how=how)
    found.paused_until = None
    if address_id is not None:
        found.address_id = address_id
    if choices is not None:
        _keep(found, choices)
    consent.write_down(
        actor, person.id, Purpose.NEWSLETTER, is_given=True, how=how, words=words, proof=proof,
        newsletter_id=newsletter_id,
    )  # fmt: skip
    suppression.release_person(actor, person.id, Purpose.NEWSLETTER, reason=consent.OPTED_OUT)
    db.session.flush()  # links name it by number
    return found


def admit(newsletter_id: int, person: Person, *, how: str) -> Subscription:
    """Make the row by which somebody reads, or let an ended one run again; writes no consent.

    For whose consent stands in the log already.
    """
    # Two confirmations at once wait for each other here, so that there is one row.
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    found = subscription_of(newsletter_id, person.id)
    if found is None:
        found = Subscription(newsletter_id=newsletter_id, person=person, how=how[:40])
        db.session.add(found)
        return found
    _lock(found)
    if found.ended_at is not None:
        found.started_at, found.how = now(), how[:40]
        found.ended_at, found.end_reason, found.paused_until = None, "", None
    return found


def change(actor: Actor, subscription: Subscription, choices: Choices, version: int) -> None:
    """Keep what a reader chose.

    InputError for a choice that does not exist; Conflict when it was changed on another page
    meanwhile.
    """
    _lock(subscription)
    if subscription.version != version:
        raise Conflict(N_("You changed this on another page meanwhile. Look at it once more."))
    _keep(subscription, choices)
    subscription.updated_at = now()  # regions and themes are rows of their own


def pause(actor: Actor, subscription: Subscription, months: str) -> date:
    """Send no newsletter for some months, and give the day from which it comes again.

    InputError unless `months` is one of `Pause`; Conflict for who has left.
    """
    _lock(subscription)
    if months not in set(Pause):
        raise InputError(N_("Choose how long you want to pause."), "months")
    if subscription.ended_at is not None:
        raise Conflict(N_("You have left this newsletter already."))
    until = today() + relativedelta(months=int(months))
    subscription.paused_until = until
    withdrawing.withdraw(subscription.person_id, Purpose.NEWSLETTER, subscription.newsletter_id)
    return until


def resume(actor: Actor, subscription: Subscription) -> None:
    """End a pause before its day; without one nothing happens."""
    _lock(subscription)
    subscription.paused_until = None


def leave(actor: Actor, subscription: Subscription, *, how: str, words: str = "") -> None:
    """Send somebody this newsletter no more, nor what waits of it; twice is once.

    Who reads no other newsletter has taken back the consent for all of them.
    """
    _lock(subscription)
    if subscription.ended_at is not None:
        return
    if not _reads_another(subscription):
        consent.record(
            actor, subscription.person_id, Purpose.NEWSLETTER,
            is_given=False, how=how, words=words,
        )  # fmt: skip
        return
    subscription.ended_at, subscription.paused_until = now(), None
    number = subscription.newsletter_id
    consent.write_down(
        actor, subscription.person_id, Purpose.NEWSLETTER,
        is_given=False, how=how, words=words, newsletter_id=number,
    )  # fmt: skip
    withdrawing.withdraw(subscription.person_id, Purpose.NEWSLETTER, number)


def say_why(subscription: Subscription, reason: str) -> None:
    """Keep why somebody left, told afterwards. InputError unless it is one of `LeaveReason`."""
    if reason not in set(LeaveReason):
        raise InputError(N_("Choose a reason, or close this page."), "reason")
    _lock(subscription)
    if subscription.ended_at is not None:
        subscription.end_reason = reason


def come_back(actor: Actor, subscription: Subscription, *, how: str, words: str) -> None:
    """Let who left read again, with the choices of before; for who still reads nothing happens."""
    _lock(subscription)
    if subscription.ended_at is not None:
        subscribe(
            actor, subscription.newsletter_id, subscription.person, how=how, words=words
        )  # fmt: skip


def revoke_links(subscription: Subscription) -> None:
    """Make every link to the reader's page worthless that was given out until now.

    For who passed a newsletter on and does not want others to change the choices.
    """
    _lock(subscription)
    subscription.generation += 1


def _lock(subscription: Subscription) -> None:
    """Read the row again under its lock: two presses at once come one after the other."""
    db.session.refresh(subscription, with_for_update=True)


def _reads_another(subscription: Subscription) -> bool:
    other = select(Subscription.id).where(
        Subscription.person_id == subscription.person_id,
        Subscription.id != subscription.id,
        Subscription.ended_at.is_(None),
    )
    return db.session.scalar(other.limit(1)) is not None


def demand_known(choices: Choices) -> None:
    """Raise InputError with its field for a kind or a municipality that does not exist."""
    if choices.reader_kind and choices.reader_kind not in set(ReaderKind):
        raise InputError(N_("Choose something from the list."), "reader_kind")
    home = choices.municipality_id
    if home is not None and db.session.get(Municipality, home) is None:
        raise InputError(N_("Choose something from the list."), "municipality_id")


def _keep(subscription: Subscription, choices: Choices) -> None:
    """Write the choices into the row and its person; InputError for what does not exist."""
    demand_known(choices)
    person, home = subscription.person, choices.municipality_id
    subscription.regions = _regions(choices.region_ids)
    subscription.themes = _themes(choices.theme_ids)
    subscription.reader_kind = choices.reader_kind
    subscription.wants_text = choices.wants_text
    if person.municipality_id != home:
        person.municipality_id = home
    if choices.language in ("nl", "en") and person.language != choices.language:
        person.language = choices.language


def _regions(numbers: Collection[int]) -> list[Region]:
    """Give these working regions; one that was dissolved since the page was opened falls away."""
    if not numbers:
        return []
    statement = (
        select(Region)
        .join(RegionScheme)
        .where(
            Region.id.in_(numbers),
            Region.ended_on.is_(None),
            RegionScheme.is_working.is_(True),
        )
        .order_by(Region.id)
    )
    return list(db.session.scalars(statement))


def _themes(numbers: Collection[int]) -> list[Theme]:
    if not numbers:
        return []
    return list(db.session.scalars(select(Theme).where(Theme.id.in_(numbers)).order_by(Theme.id)))
