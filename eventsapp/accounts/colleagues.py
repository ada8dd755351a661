"""Finds accounts: the list of colleagues with their regions, and one of them by its number."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from eventsapp.accounts.models import Account
from eventsapp.core.actor import Actor, Level
from eventsapp.core.db import db
from eventsapp.core.errors import N_, NotFound
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import AdvisorRegion, Person, Region


@dataclass(frozen=True, slots=True)
class Colleague:
    """One line of the list: an account with the regions of its person."""

    account: Account
    regions: list[Region]


def colleagues_page(cursor: str | None = None, *, with_closed: bool = False) -> Page[Colleague]:
    """Give colleagues by family name; closed accounts only when asked for."""
    statement = (
        select(Account, Person.sort_key, Person.id.label("id"))
        .join(Account.person)
        .options(contains_eager(Account.person))
    )
    if not with_closed:
        statement = statement.where(Account.is_active)
    page = paginate(statement, [Key(Person.sort_key), Key(Person.id)], cursor)
    accounts = [row.Account for row in page.items]
    regions = regions_by_person([account.person_id for account in accounts])
    lines = [Colleague(account, regions[account.person_id]) for account in accounts]
    return Page(lines, page.before, page.after)


def regions_by_person(person_ids: list[int]) -> dict[int, list[Region]]:
    """Give the regions of colleagues by name, an empty list where there is none."""
    found: dict[int, list[Region]] = {person_id: [] for person_id in person_ids}
    statement = (
        select(AdvisorRegion.person_id, Region)
        .join(Region, Region.id == AdvisorRegion.region_id)
        .where(AdvisorRegion.person_id.in_(person_ids))
        .order_by(Region.name)
    )
    for person_id, region in db.session.execute(statement):
        found[person_id].append(region)
    return found


def all_colleagues() -> list[Account]:
    """Give all who have or had an account, by family name, for a list to choose from."""
    statement = (
        select(Account)
        .join(Account.person)
        .options(contains_eager(Account.person))
        .order_by(Person.sort_key, Person.id)
    )
    return list(db.session.scalars(statement))


def active_colleagues() -> list[Account]:
    """Give all who can sign in, by family name, for a list to choose from."""
    return [account for account in all_colleagues() if account.is_active]


def people_at(*levels: Level) -> tuple[int, ...]:
    """Give the people who can sign in at one of these levels, to mail them about work."""
    statement = select(Account.person_id).where(
        Account.is_active, Account.level.in_([level.value for level in levels])
    )
    return tuple(db.session.scalars(statement.order_by(Account.person_id)))


def account_for(actor: Actor, account_id: int) -> Account:
    """Give an account to a coordinator, or one's own; for others it does not exist."""
    account = db.session.get(Account, account_id)
    is_own = account_id == actor.account_id
    if account is None or not (actor.is_coordinator or is_own):
        raise NotFound(N_("This colleague does not exist, or the page is not open to you."))
    return account


def account_named(email: str) -> Account:
    """Give the account that signs in with this address; raises `NotFound`."""
    account = db.session.scalar(select(Account).where(Account.email == email.strip().lower()))
    if account is None:
        raise NotFound(N_("Nobody signs in with the address %(email)s."), email=email)
    return account
