"""Which readers are wanted, as conditions, and with which of them a search begins.

`subscriber_queries.py` lists them, by a page or for a file. A list of a hundred thousand is gone
along in its order until a page is full; where that would take long, because few are wanted, it
begins at those few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import prod
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from eventsapp.contacts.models import Subscription, subscription_theme
from eventsapp.contacts.reading import is_here, reads_on
from eventsapp.contacts.subscriber_places import (
    has_one,
    in_municipality,
    in_region,
    people_of_municipality,
    readers_of_region,
)
from eventsapp.core.db import db
from eventsapp.core.labels import N_, Labelled
from eventsapp.core.pager import SIZE
from eventsapp.directory.models import Person
from eventsapp.directory.person_search import has_words, people_with

MOST = 6_000  # are counted; more are soon met along the list
A_LOOK = 1.5  # steps along the list take as long as looking one up and sorting it in


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
class Beginning:
    """A few among whom all are that are wanted: a condition on Person, or on Subscription."""

    condition: ColumnElement[bool]
    is_of_people: bool


def narrowed(newsletter_id: int, wanted: Wanted, on: date) -> list[ColumnElement[bool]]:
    """Give what is wanted as conditions on Subscription joined with Person."""
    has_left = wanted.state is ReaderState.LEFT
    day = Subscription.ended_at if has_left else Subscription.started_at
    asked: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (wanted.kind, lambda kind: Subscription.reader_kind == kind),
        (wanted.language, lambda language: Person.language == language),
        (wanted.since, lambda since: day >= since),
        (wanted.region_id, lambda region: in_region(region, on)),
        (wanted.municipality_id, lambda town: in_municipality(town, on)),
        (wanted.theme_id, _reads_about),
    ]
    return [
        Subscription.newsletter_id == newsletter_id,
        *has_words(wanted.text),
        *_in_state(wanted.state, on),
        *(condition(value) for value, condition in asked if value),
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
    own = select(ties.theme_id).where(ties.subscription_id == Subscription.id)
    return or_(has_one(own.where(ties.theme_id == theme_id)), ~has_one(own))


def fewest(newsletter_id: int, wanted: Wanted, on: date) -> Beginning | None:
    """Give those to begin with; None where a page is sooner full along the whole list.

    Of everything that is wanted those are counted of whom it is true, up to `MOST`, each by an
    index of its own, in one question.
    """
    sets = [*_people(wanted, on), *_subscriptions(newsletter_id, wanted, on)]
    if not sets:
        return None
    counts = [
        select(func.count()).select_from(one.counted.limit(MOST).subquery()).scalar_subquery()
        for one in sets
    ]
    everybody = select(func.max(Person.id)).scalar_subquery()
    there_are, *counted = db.session.execute(select(everybody, *counts)).one()
    few, place = min((count, place) for place, count in enumerate(counted))
    if few >= MOST or few * A_LOOK > steps_until_full(there_are or 1, counted):
        return None
    one = sets[place]
    column = Person.id if one.is_of_people else Subscription.id
    return Beginning(column.in_(one.found), one.is_of_people)


def steps_until_full(there_are: int, counted: Sequence[int]) -> float:
    """Guess how many are passed until a page is full, of whom so many have each thing wanted."""
    share = prod(min(count / there_are, 1.0) for count in counted)
    return min(there_are, SIZE / share) if share else there_are


@dataclass(frozen=True, slots=True)
class _Set:
    """Numbers of people, or of subscriptions, and rows that are about as many."""

    found: Select[int]
    counted: Select[int]
    is_of_people: bool = False


def _people(wanted: Wanted, on: date) -> Iterator[_Set]:
    with_words = people_with(wanted.text) if wanted.text else None
    if with_words is not None:
        yield _Set(with_words, with_words, is_of_people=True)
    if wanted.municipality_id:
        people = people_of_municipality(wanted.municipality_id, on)
        yield _Set(people, people, is_of_people=True)
    if wanted.region_id:
        yield _Set(*readers_of_region(wanted.region_id, on))


def _subscriptions(newsletter_id: int, wanted: Wanted, on: date) -> Iterator[_Set]:
    those = select(Subscription.id).where(Subscription.newsletter_id == newsletter_id)
    conditions: list[list[ColumnElement[bool]]] = []
    if wanted.kind:
        conditions.append([Subscription.reader_kind == wanted.kind])
    if wanted.state is ReaderState.LEFT:
        since = [Subscription.ended_at >= wanted.since] if wanted.since else []
        conditions.append([Subscription.ended_at.is_not(None), *since])
    elif wanted.since:
        conditions.append([Subscription.started_at >= wanted.since])
    if wanted.state is ReaderState.PAUSED:
        conditions.append([Subscription.paused_until > on])
    for each in conditions:
        yield _Set(those.where(*each), those.where(*each))
