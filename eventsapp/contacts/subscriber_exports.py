"""The readers of a newsletter as a file, with what they chose. Each export is in the audit log.

Called by a POST of the page that lists them. Coordinators take out all, advisors those of a
region of their own; editors nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from sqlalchemy import ColumnElement, Select, select

from eventsapp.contacts.models import Subscription
from eventsapp.contacts.sheets import File, sheet
from eventsapp.contacts.subscriber_choice import Wanted
from eventsapp.contacts.subscriber_queries import ReaderLine, reader_lines, sought_by_name
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.directory.models import Region, Theme

AT_ONCE = 2000
Say = Callable[[ReaderLine], list[str]]


def file_of(
    actor: Actor,
    newsletter_id: int,
    wanted: Wanted,
    on: date,
    *,
    kind: str,
    name: str,
    headers: list[str],
    say: Say,
) -> File:
    """Make a file of the readers that are wanted; `note` writes down that it was taken out.

    `say` writes the cells of a reader in the words of the page; behind them come the chosen
    regions and themes, so `headers` has two more. Raises Forbidden outside the own regions.
    """
    actor.demand_address_book()
    # Without a region it is the whole country, which is nobody's own but the coordinator's.
    actor.demand_write([wanted.region_id if wanted.region_id is not None else -1])
    return sheet(kind, name, headers, _rows(newsletter_id, wanted, on, say))


def note(actor: Actor, newsletter_id: int, file: File, kind: str) -> None:
    """Write down who took how many readers out."""
    audit.record(
        actor, "subscribers.export", "newsletter", newsletter_id, kind=kind, count=file.rows
    )


def _rows(newsletter_id: int, wanted: Wanted, on: date, say: Say) -> Iterator[list[str]]:
    """Give the rows, some at a time: however many they are, a process holds few of them."""
    found = db.session.scalars(sought_by_name(newsletter_id, wanted, on)).all()
    for start in range(0, len(found), AT_ONCE):
        numbers = found[start : start + AT_ONCE]
        of = Subscription.id.in_(numbers)
        regions = _names(select(Subscription.person_id, Region.name).join(Subscription.regions), of)
        themes = _names(select(Subscription.person_id, Theme.name_nl).join(Subscription.themes), of)
        for line in reader_lines(numbers, on):
            person = line.person_id
            yield [*say(line), regions.get(person, ""), themes.get(person, "")]


def _names(chosen: Select[int, str], of: ColumnElement[bool]) -> dict[int, str]:
    """Give the names of what each person chose, by the number of the person."""
    found: dict[int, list[str]] = {}
    for person_id, name in db.session.execute(chosen.where(of)):
        found.setdefault(person_id, []).append(name)
    return {person_id: ", ".join(sorted(names)) for person_id, names in found.items()}
