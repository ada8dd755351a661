"""Subscribing oneself: an address is typed, a mail asks whether it is right, a press makes it so.

The visitors' page calls it. Whatever is typed the answer is the same, so nobody learns from it who
is known to us; limits per visitor are the door's, here stands the limit per address. What nobody
confirmed within a week is forgotten.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import String, cast, delete, func, literal, or_, select

from eventsapp.contacts import consent, subscriptions
from eventsapp.contacts.models import Subscription, SubscriptionRequest
from eventsapp.contacts.subscriptions import Choices
from eventsapp.core import tokens
from eventsapp.core.actor import SYSTEM
from eventsapp.core.addresses import parse_address
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Expired, InputError
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.core.links import CONFIRM_SUBSCRIPTION, absolute
from eventsapp.core.text import fold, one_line
from eventsapp.directory.facts import AddressFacts, PersonFacts
from eventsapp.directory.models import Organisation, Person, PersonAddress
from eventsapp.directory.people import add_person, find_same, refresh_keys
from eventsapp.directory.rules import MAILBOX, may_be_same_name, split_name
from eventsapp.mail import finding, outbox, suppression
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import PENDING_STATES, Mailing, Message

LIFETIME = timedelta(days=7)
MOST_PER_HOUR = 3
AT_ONCE = 1
REFERENCE = "subscription_request:"
_OVER = N_("This link is older than a week, so it no longer works.")


def ask(
    newsletter_id: int, *, name: str, email: str, choices: Choices, title: str, words: str
) -> str:
    """Note that somebody wants to read a newsletter, and mail the link that makes it so.

    Gives the address as we keep it. After a few mails within an hour none follows: those are there
    already. `title` names the newsletter, `words` are what is agreed to. InputError with its field.
    """
    tidy = _tidy_name(name)
    address = parse_address(email).lower()
    subscriptions.demand_known(choices)
    if _asked_lately(address) >= MOST_PER_HOUR:
        return address
    row = SubscriptionRequest(
        newsletter_id=newsletter_id,
        email=address,
        name=tidy,
        reader_kind=choices.reader_kind,
        municipality_id=choices.municipality_id,
        region_ids=sorted(choices.region_ids),
        theme_ids=sorted(choices.theme_ids),
        language=choices.language if choices.language in ("nl", "en") else "nl",
        wants_text=choices.wants_text,
        words=words[:2000],
    )
    db.session.add(row)
    db.session.flush()  # the link names it by number
    _mail_link(row, title)
    return address


def request_by_token(token: str) -> SubscriptionRequest:
    """Give what a mailed link confirms; NotFound, or Expired after a week. Changes nothing."""
    try:
        values = tokens.read_timed("subscribe", token, LIFETIME)
    except Expired as fault:
        raise Expired(_OVER) from fault
    row = db.session.get(SubscriptionRequest, values[0]) if len(values) == 1 else None
    if row is None:
        raise Expired(_OVER)
    return row


def subscription_made(row: SubscriptionRequest) -> Subscription | None:
    """Give what became of a request that was confirmed; None before that."""
    if row.confirmed_at is None or row.subscription_id is None:
        return None
    return db.session.get(Subscription, row.subscription_id)


def confirm(token: str) -> Subscription:
    """Make a reader of whoever holds the link; twice is once. NotFound, or Expired after a week."""
    row = request_by_token(token)
    # A second press at the same time waits here, and finds what the first one made.
    db.session.refresh(row, with_for_update=True)
    made = subscription_made(row)
    if made is not None:
        return made
    person = _person(row)
    made = subscriptions.subscribe(
        SYSTEM,
        row.newsletter_id,
        person,
        how="page",
        words=row.words,
        choices=_choices(row, person),
        address_id=_address(person, row.email).id,
    )
    suppression.release_address(SYSTEM, row.email, Purpose.NEWSLETTER, reason=consent.OPTED_OUT)
    row.confirmed_at, row.subscription_id = now(), made.id
    return made


def forget_old() -> int:
    """Forget requests of more than a week ago, and the mail of those that nobody confirmed.

    Gives how many requests went; the links in those mails no longer work by then.
    """
    old = SubscriptionRequest.created_at < now() - LIFETIME
    names = select(literal(REFERENCE) + cast(SubscriptionRequest.id, String)).where(
        old, SubscriptionRequest.confirmed_at.is_(None)
    )
    for statement in (
        delete(Message).where(finding.about(names), Message.state.not_in(PENDING_STATES)),
        delete(SubscriptionRequest).where(old),
    ):
        done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return outbox.rows_of(done)


def _tidy_name(name: str) -> str:
    """Bring a name on one line; InputError for one that would not fit once it is confirmed."""
    tidy = one_line(name, 161)
    given, prefix, family = split_name(tidy)
    if len(tidy) > 160 or len(given) > 100 or len(prefix) > 40 or len(family) > 120:
        raise InputError(N_("This is too long: at most %(most)s characters."), "name", most=120)
    return tidy


def _asked_lately(address: str) -> int:
    """Count what was asked for an address within the hour; at most so many mails go there."""
    recent = select(func.count()).where(
        SubscriptionRequest.email == address,
        SubscriptionRequest.created_at > now() - timedelta(hours=1),
    )
    return db.session.scalar(recent) or 0


def _mail_link(row: SubscriptionRequest, title: str) -> None:
    token = tokens.sign_timed("subscribe", row.id)
    with speaking(row.language):
        hello = translate(N_("Hello %(name)s"), name=row.name) if row.name else ""
        salutation = hello or translate(N_("Hello"))
    letter = outbox.Letter(
        key=f"{REFERENCE}{row.id}",
        address=row.email,
        name=row.name,
        language=row.language,
        template="confirm_subscription",
        data={
            "salutation": salutation,
            "newsletter": title,
            "link": absolute(CONFIRM_SUBSCRIPTION, token=token),
        },
        reference=f"{REFERENCE}{row.id}",
        priority=AT_ONCE,
        expires_at=now() + LIFETIME,
    )
    outbox.enqueue(standing_mailing(), [letter])


def standing_mailing() -> Mailing:
    """Give the one sending that this month's mails about subscribing belong to.

    They are no newsletter themselves: who left one may confirm that they come back.
    """
    reference = f"subscriptions:{now():%Y-%m}"
    found = db.session.scalar(
        select(Mailing).where(Mailing.reference == reference).order_by(Mailing.id).limit(1)
    )
    if found is not None:
        return found
    with speaking("nl"):
        title = translate(N_("Subscribing to the newsletter"))
    return outbox.open_mailing(
        kind=MailingKind.CONFIRMATION,
        purpose=Purpose.ACCOUNT,
        reference=reference,
        title=title,
        by=None,
        undo=False,
    )


def _person(row: SubscriptionRequest) -> Person:
    """Find who confirms, else add a person. Only now: the press proved whose mailbox it is.

    Of one name at the address it is that person. Without a name it is who reads at the address
    already, else the only one whose own address it is; where several share it nobody can tell, so
    there is a reader of its own. What the page shows then, who reads that mailbox may know.
    """
    known = find_same(row.email, row.name or row.email)
    if known is not None:
        return known
    readers = [one for one in _readers_at(row) if not row.name or _is_nameless(one, row.email)]
    if readers:
        return _named(readers[0], row.name)
    holder = _only_holder(row.email)
    if holder is not None and (not row.name or may_be_same_name(row.name, holder.name)):
        return holder
    given, prefix, family = split_name(row.name) if row.name else ("", "", row.email[:120])
    return add_person(
        SYSTEM,
        PersonFacts(
            given_name=given,
            prefix=prefix,
            family_name=family,
            salutation="" if row.name else _to_a_reader(row.language),
            language=row.language,
            addresses=(AddressFacts(row.email),),
        ),
    )


def _only_holder(email: str) -> Person | None:
    """Give the one person whose own address this is; None where others use it as well.

    The mailbox of an organisation is nobody's own, nor is the address of a secretary or a
    supporter through whom somebody is reached.
    """
    of_council = select(Organisation.id).where(func.lower(Organisation.email) == email).limit(1)
    if db.session.scalar(of_council) is not None:
        return None
    rows = db.session.execute(
        select(Person, PersonAddress.via)
        .join(PersonAddress, PersonAddress.person_id == Person.id)
        .where(
            PersonAddress.email.in_({email, email.lower()}),
            PersonAddress.ended_on.is_(None),
            Person.erased_at.is_(None),
            or_(Person.external_id.is_(None), Person.external_id.not_like(f"{MAILBOX}%")),
        )
        .limit(2)
    ).all()
    if len(rows) != 1 or rows[0].via:
        return None
    holder: Person = rows[0].Person
    return holder if holder.ended_on is None else None


def _readers_at(row: SubscriptionRequest) -> list[Person]:
    """Give who has or had this newsletter at this address, running ones first."""
    statement = (
        select(Person)
        .join(Subscription, Subscription.person_id == Person.id)
        .join(PersonAddress, PersonAddress.id == Subscription.address_id)
        .where(
            Subscription.newsletter_id == row.newsletter_id,
            PersonAddress.email == row.email,
            Person.erased_at.is_(None),
        )
        .order_by(Subscription.ended_at.is_not(None), Subscription.id)
    )
    return list(db.session.scalars(statement))


def _is_nameless(person: Person, email: str) -> bool:
    """Tell whether the address stands in for a name that we were not told."""
    return fold(person.name) == fold(email[:120])


def _named(person: Person, name: str) -> Person:
    """Give a reader the name that is told now for the first time."""
    if name:
        person.given_name, person.prefix, person.family_name = split_name(name)
        person.salutation = ""
        refresh_keys(person)
    return person


def _to_a_reader(language: str) -> str:
    with speaking(language):
        return translate(N_("Dear reader"))


def _address(person: Person, email: str) -> PersonAddress:
    """Give the row of the address that was confirmed; it may be in other capitals, or new."""
    for one in person.addresses:
        if one.email.lower() == email:
            one.ended_on = None
            return one
    made = PersonAddress(email=email, position=len(person.addresses))
    person.addresses.append(made)
    db.session.flush()  # the subscription names it by number
    return made


def _choices(row: SubscriptionRequest, person: Person) -> Choices:
    """Give what was chosen on the page; what was left open there stays as we know it."""
    before = subscriptions.subscription_of(row.newsletter_id, person.id)
    chosen = Choices(
        reader_kind=row.reader_kind,
        municipality_id=row.municipality_id,
        region_ids=frozenset(row.region_ids),
        theme_ids=frozenset(row.theme_ids),
        language=row.language,
        wants_text=row.wants_text,
    )
    return replace(
        chosen,
        reader_kind=chosen.reader_kind or (before.reader_kind if before else ""),
        municipality_id=chosen.municipality_id or person.municipality_id,
    )
