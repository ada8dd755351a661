"""Who reads a newsletter: the list of readers, narrowed down, searched, sorted, page by page.

For whoever may read the address book; editors see the counts of `subscriber_figures.py` only. A
page costs the same with a hundred readers as with a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.sql.base import ColumnCollection

from eventsapp.contacts.models import Subscription
from eventsapp.contacts.subscriber_choice import ReaderState, Wanted, fewest, narrowed
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Municipality, Person, PersonAddress
from eventsapp.directory.reach import addresses_of


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """One reader in a list; of somebody whose name was erased only the days remain."""

    person_id: int
    name: str
    email: str
    kind: str
    place: str
    language: str
    wants_text: bool
    how: str
    state: ReaderState
    started_at: datetime
    paused_until: date | None
    ended_at: datetime | None
    is_erased: bool


_SOUGHT = (
    Person.id,
    Person.sort_key,
    Subscription.id.label("subscription_id"),
    Subscription.started_at,
)


def _seeking(is_theirs: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(*_SOUGHT).select_from(Subscription).join(Person, is_theirs)


# SQLite keeps no statistics. A sum, of which it has no index, tells it where not to begin: it goes
# along the names, or along the subscriptions, and stops after a page.
_FROM_NAMES = _seeking(Subscription.person_id == Person.id + 0)
_FROM_SUBSCRIPTIONS = _seeking(Person.id == Subscription.person_id + 0)
_AS_PLANNED = _seeking(Subscription.person_id == Person.id)
# Columns, not objects, as for the other long lists; asked of the rows of a page only.
_LINES = (
    select(
        Person.id,
        Person.given_name,
        Person.prefix,
        Person.family_name,
        Person.language,
        Person.erased_at,
        Subscription.id.label("subscription_id"),
        Subscription.reader_kind,
        Subscription.wants_text,
        Subscription.how,
        Subscription.started_at,
        Subscription.paused_until,
        Subscription.ended_at,
        PersonAddress.email,
        Municipality.name.label("place"),
    )
    .select_from(Subscription)
    .join(Person, Person.id == Subscription.person_id)
    .outerjoin(PersonAddress, PersonAddress.id == Subscription.address_id)
    .outerjoin(Municipality, Municipality.id == Person.municipality_id)
    .where(Subscription.id.in_(bindparam("ids", expanding=True)))
)


def readers_page(
    actor: Actor,
    newsletter_id: int,
    wanted: Wanted,
    on: date,
    *,
    sort: str = "name",
    cursor: str | None = None,
) -> Page[ReaderLine]:
    """Give a page of readers by name, or with sort "since" who came last first.

    Forbidden without the address book.
    """
    actor.demand_address_book()
    begin = fewest(newsletter_id, wanted, on)
    by_day = sort == "since"
    along_names = begin.is_of_people if begin else not by_day
    sought = _sought(along_names=along_names).where(*narrowed(newsletter_id, wanted, on))
    if begin is not None:
        # Made first, so that no index of the order tempts the database to go along all of them.
        found = sought.where(begin.condition).cte("found").prefix_with("MATERIALIZED")
        sought = select(found)
    page = paginate(sought, _keys(sought.selected_columns, by_day=by_day), cursor)
    numbers = [row.subscription_id for row in page.items]
    return Page(reader_lines(numbers, on), page.before, page.after)


def sought_by_name(newsletter_id: int, wanted: Wanted, on: date) -> Select[*tuple[Any, ...]]:
    """Select the numbers of all readers that are wanted, by name, for `reader_lines`."""
    found = _sought(along_names=True).where(*narrowed(newsletter_id, wanted, on))
    return found.with_only_columns(Subscription.id).order_by(Person.sort_key, Person.id)


def _keys(columns: ColumnCollection[str, Any], *, by_day: bool) -> list[Key]:
    if by_day:
        return [Key(columns.started_at, True), Key(columns.subscription_id, True)]
    return [Key(columns.sort_key), Key(columns.id)]


def _sought(*, along_names: bool) -> Select[*tuple[Any, ...]]:
    if db.engine.dialect.name != "sqlite":
        return _AS_PLANNED
    return _FROM_NAMES if along_names else _FROM_SUBSCRIPTIONS


def reader_lines(subscription_ids: Sequence[int], on: date) -> list[ReaderLine]:
    """Give these readers as lines, in this order; without an own address the person's first."""
    found = {
        row.subscription_id: row
        for row in db.session.execute(_LINES, {"ids": list(subscription_ids)})
    }
    rows = [found[number] for number in subscription_ids]
    without = [row.id for row in rows if row.email is None and row.erased_at is None]
    emails = addresses_of(without, on) if without else {}
    return [
        ReaderLine(
            person_id=row.id,
            name=" ".join(filter(None, (row.given_name, row.prefix, row.family_name))),
            email=row.email or emails.get(row.id) or "",
            kind=row.reader_kind,
            place=row.place or "",
            language=row.language,
            wants_text=row.wants_text,
            how=row.how,
            state=state_of(row.ended_at, row.paused_until, on),
            started_at=row.started_at,
            paused_until=row.paused_until,
            ended_at=row.ended_at,
            is_erased=row.erased_at is not None,
        )
        for row in rows
    ]


def state_of(ended_at: datetime | None, paused_until: date | None, on: date) -> ReaderState:
    """Tell whether a reader with these days gets the newsletter on a day."""
    if ended_at is not None:
        return ReaderState.LEFT
    is_paused = paused_until is not None and paused_until > on
    return ReaderState.PAUSED if is_paused else ReaderState.READS
