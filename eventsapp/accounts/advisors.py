"""Colleagues: who has an account, at which level, in which regions; added, changed and closed.

Called by the doors. Only a coordinator (or the administrator in the terminal) acts here on
others; there is always one left who can. Passwords are not set here, see `new_password.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from eventsapp.accounts import new_password
from eventsapp.accounts.models import Account
from eventsapp.accounts.sessions import end_all
from eventsapp.core import audit
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import N_, Conflict, Forbidden, InputError
from eventsapp.directory import people
from eventsapp.directory.facts import AddressFacts, PersonFacts, address
from eventsapp.directory.models import AdvisorRegion, Person
from eventsapp.directory.places import working_regions

LEVELS = (Level.ADVISOR, Level.COORDINATOR, Level.EDITOR)
WITH_REGIONS = frozenset({Level.ADVISOR, Level.COORDINATOR})


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """What colleagues tell of themselves; the telephone number stands in their invitations."""

    given_name: str
    prefix: str
    family_name: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class ColleagueFacts:
    """All that a coordinator fills in; `email` is the name to sign in with."""

    own: OwnFacts
    email: str
    level: Level
    region_ids: frozenset[int] = frozenset()

    def tidied(self) -> ColleagueFacts:
        """Bring the address into the form in which it is kept; judge level and regions."""
        if self.level not in LEVELS:
            raise InputError(N_("Choose from the list."), "level")
        wanted = self.region_ids if self.level in WITH_REGIONS else frozenset()
        if wanted - {region.id for region in working_regions()}:
            raise InputError(N_("Choose regions from the list."), "region_ids")
        return replace(self, email=address(self.email), region_ids=wanted)


def add_advisor(actor: Actor, facts: ColleagueFacts) -> Account:
    """Give somebody an account, and mail a link to choose a password.

    Somebody whom the address book knows by this name and address stays one person. Raises
    `Forbidden` unless a coordinator asks, `InputError` with its field.
    """
    demand_coordinator(actor)
    facts = facts.tidied()
    _demand_free(facts.email)
    own = facts.own
    name = " ".join(part for part in (own.given_name, own.prefix, own.family_name) if part)
    person = people.find_same(facts.email, name) or Person()
    if person.id and db.session.scalar(select(Account.id).where(Account.person_id == person.id)):
        raise InputError(N_("%(name)s has an account already."), "family_name", name=person.name)
    _keep_person(person, replace(own, phone=own.phone or person.phone or ""), facts.email)
    account = Account(person=person, email=facts.email, level=facts.level.value)
    _save_new(account)
    _tie(person.id, facts.region_ids)
    audit.record(
        actor, "account.added", "account", account.id,
        level=account.level, regions=sorted(facts.region_ids),
    )  # fmt: skip
    new_password.mail_link(actor, account)
    return account


def change_advisor(actor: Actor, account: Account, facts: ColleagueFacts, version: int) -> None:
    """Change name, address, level and regions of a colleague.

    Raises `Forbidden` unless a coordinator asks, `Conflict` when the colleague is no longer at
    `version` or would leave nobody to coordinate, `InputError` with its field.
    """
    demand_coordinator(actor)
    _demand_version(account, version)
    facts = facts.tidied()
    if account.email != facts.email:
        _demand_free(facts.email)
    if facts.level is not Level.COORDINATOR:
        _demand_another_coordinator(account)
    level, regions = account.level, regions_of([account.person_id])[account.person_id]
    _keep_person(account.person, facts.own, facts.email, instead_of=account.email)
    account.email, account.level = facts.email, facts.level.value
    _tie(account.person_id, facts.region_ids)
    audit.record(
        actor, "account.changed", "account", account.id,
        level_before=level, level=account.level,
        regions_before=sorted(regions), regions=sorted(facts.region_ids),
    )  # fmt: skip


def change_own(actor: Actor, account: Account, own: OwnFacts, version: int) -> None:
    """Let colleagues change their own name, telephone number and language."""
    if account.id != actor.account_id:
        raise Forbidden
    _demand_version(account, version)
    _keep_person(account.person, own, account.email)
    audit.record(actor, "account.changed", "account", account.id)


def choose_copies(actor: Actor, account: Account, wants: bool) -> None:
    """Let colleagues choose whether letters of participants go to their own mailbox as well."""
    if account.id != actor.account_id:
        raise Forbidden
    account.copies_letters = wants


def wants_copies(person_id: int) -> bool:
    """Tell whether somebody wants copies of letters; who can't sign in needs them most."""
    wants = db.session.scalar(
        select(Account.copies_letters).where(Account.person_id == person_id, Account.is_active)
    )
    return wants is not False


def close_account(actor: Actor, account: Account) -> int:
    """Let somebody sign in no more: sessions end at once, regions are free for a successor.

    Gives how many sessions were ended. Raises `Forbidden` unless a coordinator asks, `Conflict`
    for one's own account and for the last coordinator.
    """
    demand_coordinator(actor)
    if account.id == actor.account_id:
        raise Conflict(N_("You cannot close your own account. Ask another coordinator."))
    _demand_another_coordinator(account)
    regions = regions_of([account.person_id])[account.person_id]
    account.is_active = False
    _tie(account.person_id, frozenset())
    ended = end_all(account.id)
    audit.record(
        actor, "account.closed", "account", account.id, regions=sorted(regions), sessions=ended
    )
    return ended


def open_account(actor: Actor, account: Account) -> None:
    """Let somebody sign in again whose account was closed; regions are given anew."""
    demand_coordinator(actor)
    account.is_active = True
    audit.record(actor, "account.opened", "account", account.id)


def mail_link(actor: Actor, account: Account) -> None:
    """Mail a colleague a fresh link to choose a password."""
    demand_coordinator(actor)
    if not account.is_active:
        raise Conflict(N_("This account is closed. Open it first."))
    new_password.mail_link(actor, account)
    audit.record(actor, "account.link_mailed", "account", account.id)


def regions_of(person_ids: list[int]) -> dict[int, set[int]]:
    """Give the working regions of colleagues, an empty set where there is none."""
    found: dict[int, set[int]] = {person_id: set() for person_id in person_ids}
    ties = select(AdvisorRegion).where(AdvisorRegion.person_id.in_(person_ids))
    for tie in db.session.scalars(ties):
        found[tie.person_id].add(tie.region_id)
    return found


def demand_coordinator(actor: Actor) -> None:
    """Raise `Forbidden` unless a coordinator or the administrator acts."""
    if not actor.is_coordinator:
        raise Forbidden(N_("Only a coordinator can do this."))


def _tie(person_id: int, region_ids: frozenset[int]) -> None:
    db.session.execute(delete(AdvisorRegion).where(AdvisorRegion.person_id == person_id))
    db.session.add_all(
        AdvisorRegion(person_id=person_id, region_id=region_id) for region_id in region_ids
    )


def _keep_person(person: Person, own: OwnFacts, email: str, instead_of: str = "") -> None:
    """Write what was told into the person; all else that the address book knows stays."""
    kept = [AddressFacts(row.email, row.via) for row in person.addresses]
    kept = [row for row in kept if row.email not in (email, instead_of)]
    facts = PersonFacts(
        given_name=own.given_name,
        prefix=own.prefix,
        family_name=own.family_name,
        salutation=person.salutation or "",
        language=own.language,
        phone=own.phone,
        municipality_id=person.municipality_id,
        note=person.note or "",
        external_id=person.external_id,
        addresses=(AddressFacts(email), *kept),
    )
    db.session.add(person)
    people.keep_person(person, facts.tidied())
    # Also where only level or regions change: the second of two coordinators is told.
    person.updated_at = now()
    try:
        db.session.flush()  # somebody faster shows here, while it can still be told
    except StaleDataError as fault:
        raise Conflict from fault


def _save_new(account: Account) -> None:
    """Insert an account; somebody faster with the same address makes it an `InputError`."""
    try:
        with db.session.begin_nested():
            db.session.add(account)
            db.session.flush()  # regions, audit and mail hold its number
    except IntegrityError as fault:
        raise InputError(_TAKEN, "email") from fault


_TAKEN = N_("Somebody signs in with this address already.")


def _demand_free(email: str) -> None:
    if db.session.scalar(select(Account.id).where(Account.email == email)):
        raise InputError(_TAKEN, "email")


def _demand_version(account: Account, version: int) -> None:
    if account.person.version != version:
        raise Conflict


def _demand_another_coordinator(account: Account) -> None:
    """Refuse what would leave nobody who can add colleagues; two at once wait for each other."""
    statement = (
        select(Account.id)
        .where(Account.level == Level.COORDINATOR.value, Account.is_active)
        .with_for_update(of=Account)
    )
    if set(db.session.scalars(statement)) == {account.id}:
        raise Conflict(N_("Somebody must be coordinator. Make a colleague coordinator first."))
