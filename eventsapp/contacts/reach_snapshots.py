"""Keeps each day how many read a newsletter and how many municipalities that reaches.

A job calls `look` and `keep`, as often as it likes: the last look of a day counts. Nothing here
names a person, so the figures of long ago stay when people are erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import extract, func, select

from eventsapp.contacts import subscriber_figures
from eventsapp.contacts.models import ReachSnapshot, ReaderCount, Subscription
from eventsapp.contacts.subscriber_count import Counts
from eventsapp.contacts.subscriber_figures import Reach
from eventsapp.core.dates import now
from eventsapp.core.db import db


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at one newsletter saw."""

    newsletter_id: int
    on: date
    reach: Reach
    by_kind: dict[str, int]
    counts: Counts | None = None


def look(on: date) -> list[Look]:
    """Count for this day what every newsletter reaches that ever had a reader; only reads."""
    newsletters = db.session.scalars(select(Subscription.newsletter_id).distinct())
    return [_look(newsletter_id, on) for newsletter_id in list(newsletters)]


def _look(newsletter_id: int, on: date) -> Look:
    counts, figures = subscriber_figures.count_all(newsletter_id, on)
    return Look(newsletter_id, on, figures.reach, figures.by_kind, counts)


def keep(looks: Iterable[Look]) -> None:
    """Keep what was counted, in place of an earlier count of the same day."""
    for one in looks:
        kept = db.session.scalar(
            select(ReachSnapshot).where(
                ReachSnapshot.newsletter_id == one.newsletter_id, ReachSnapshot.on == one.on
            )
        )
        if kept is None:
            kept = ReachSnapshot(newsletter_id=one.newsletter_id, on=one.on)
            db.session.add(kept)
        kept.readers, kept.by_kind = one.reach.readers, one.by_kind
        kept.municipalities = one.reach.municipalities
        kept.of_municipalities = one.reach.of_municipalities
        if one.counts is not None:
            _keep_counts(one, one.counts)


def _keep_counts(look: Look, counts: Counts) -> None:
    kept = db.session.get(ReaderCount, look.newsletter_id)
    if kept is None:
        kept = ReaderCount(newsletter_id=look.newsletter_id)
        db.session.add(kept)
    kept.counted_at, kept.on = now(), look.on
    kept.readers, kept.figures = counts.readers, counts.as_json()


def months(newsletter_id: int, until: date, most: int = 24) -> list[ReachSnapshot]:
    """Give the last snapshot of each month up to a day, the oldest first."""
    kept = ReachSnapshot
    last = (
        select(func.max(kept.on))
        .where(kept.newsletter_id == newsletter_id, kept.on <= until)
        .group_by(extract("year", kept.on), extract("month", kept.on))
    )
    found = (
        select(kept)
        .where(kept.newsletter_id == newsletter_id, kept.on.in_(last))
        .order_by(kept.on.desc())
        .limit(most)
    )
    return list(reversed(list(db.session.scalars(found))))
