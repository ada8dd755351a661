"""Who reads a newsletter: the list of readers, narrowed down, searched, sorted, page by page.

For whoever may read the address book; editors see the counts of `subscriber_figures.py` only. A
page costs the same with a hundred readers as with a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select

from eventsapp.contacts.models import Subscription, subscription_theme
from eventsapp.contacts.reading import is_here, reads_on
from eventsapp.contacts.subscriber_places import in_municipality, in_region
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.labels import N_, Labelled
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Municipality, Person, PersonAddress
from eventsapp.directory.queries import contains_words
from eventsapp.directory.reach import addresses_of


class ReaderState(Labelled):
    """Whether somebody gets the newsletter."""

    READS = "reads", N_("Reads it")
    PAUSED = "paused", N_("Pauses")
    LEFT = "left", N_("Has left")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readers a list shows; what stays empty narrows nothing down.

    `state` None shows all of them. `since` is when they came, or with state LEFT when they left.
    """

    text: str = ""
    state: ReaderState | None = ReaderState.READS
    kind: str = ""
    region_id: int | None = None
    municipality_id: int | None = None
    theme_id: int | None = None
    language: str = ""
    since: datetime | None = None


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


def _reading_list(is_theirs: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Select what a line shows; columns, not objects, as for the other long lists."""
    return (
        select(
            Person.id,
            Person.given_name,
            Person.prefix,
            Person.family_name,
            Person.sort_key,
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
        .select_from(Person)
        .join(Subscription, is_theirs)
        .outerjoin(PersonAddress, PersonAddress.id == Subscription.address_id)
        .outerjoin(Municipality, Municipality.id == Person.municipality_id)
    )


# Built once.
_LISTED = _reading_list(Subscription.person_id == Person.id)
# SQLite keeps no statistics and would gather all readers first, to sort them. The sum, of which it
# has no index, makes it begin at the names and stop after a page.
_FROM_THE_NAMES = _reading_list(Subscription.person_id == Person.id + 0)
_BY_NAME = (Key(Person.sort_key), Key(Person.id))
_BY_DAY = (
    Key(Subscription.started_at, descending=True),
    Key(_LISTED.selected_columns.subscription_id, descending=True),
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
    from_names = sort != "since" and _finds_many(wanted) and db.engine.dialect.name == "sqlite"
    statement = listed(newsletter_id, wanted, on, _FROM_THE_NAMES if from_names else _LISTED)
    page = paginate(statement, _BY_DAY if sort == "since" else _BY_NAME, cursor)
    return Page(reader_lines(page.items, on), page.before, page.after)


def listed(
    newsletter_id: int,
    wanted: Wanted,
    on: date,
    lines: Select[*tuple[Any, ...]] = _LISTED,
) -> Select[*tuple[Any, ...]]:
    """Select the readers that are wanted, without their order, as `reader_lines` reads them."""
    of = Subscription.newsletter_id == newsletter_id
    return lines.where(of, *_narrowed(wanted, on))


def _finds_many(wanted: Wanted) -> bool:
    """Tell whether so many answer that fifty are soon found by going through the names."""
    is_common = wanted.state in (ReaderState.READS, None)
    return is_common and not (wanted.text or wanted.municipality_id or wanted.since)


def _narrowed(wanted: Wanted, on: date) -> list[ColumnElement[bool]]:
    has_left = wanted.state is ReaderState.LEFT
    day = Subscription.ended_at if has_left else Subscription.started_at
    narrowed: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (wanted.kind, lambda kind: Subscription.reader_kind == kind),
        (wanted.language, lambda language: Person.language == language),
        (wanted.since, lambda since: day >= since),
        (wanted.region_id, lambda region: in_region(region, on)),
        (wanted.municipality_id, lambda town: in_municipality(town, on)),
        (wanted.theme_id, _reads_about),
    ]
    return [
        *contains_words(Person.search_key, wanted.text),
        *_in_state(wanted.state, on),
        *(condition(value) for value, condition in narrowed if value),
    ]


def _in_state(state: ReaderState | None, on: date) -> list[ColumnElement[bool]]:
    match state:
        case ReaderState.READS:
            return [reads_on(on), is_here(on)]
        case ReaderState.PAUSED:
            is_paused = Subscription.paused_until > on
            return [Subscription.ended_at.is_(None), is_paused, is_here(on)]
        case ReaderState.LEFT:
            return [Subscription.ended_at.is_not(None)]
    return []


def _reads_about(theme_id: int) -> ColumnElement[bool]:
    """Condition on Subscription: chose this theme, or chose none, which means all."""
    ties = subscription_theme.c
    chose_it = select(ties.subscription_id).where(ties.theme_id == theme_id)
    chose_any = exists().where(ties.subscription_id == Subscription.id).correlate(Subscription)
    return or_(Subscription.id.in_(chose_it), ~chose_any)


def reader_lines(rows: Sequence[Row[Any]], on: date) -> list[ReaderLine]:
    """Give these rows of `listed` as lines; who named no address is written at the first one."""
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


def count(newsletter_id: int, wanted: Wanted, on: date) -> int:
    """Tell how many readers answer to what is wanted, for a page that asks before it acts."""
    found = listed(newsletter_id, wanted, on).with_only_columns(Person.id).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0
