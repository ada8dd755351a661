"""What the clock does for newsletters: opens drafts, tells what is due, sends what was signed off.

`jobs.py` has a line for each. Every newsletter and every edition is a transaction of its own: one
that does not go well holds up no other, and is tried again at the next turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from eventsapp.accounts.colleagues import people_at
from eventsapp.background.apart import apart
from eventsapp.core.actor import Level
from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only, reading_first
from eventsapp.core.errors import EventsError
from eventsapp.newsletters import departing, duties, opening, scheduling
from eventsapp.newsletters.duties import Desk

T = TypeVar("T")


def open_editions() -> int:
    """Open the drafts of the editions whose time has come; give how many."""
    moment = now()
    numbers, desk = _look(lambda: opening.due(moment))
    opened = [
        _apart(number, partial(opening.open_next, number, moment, desk.makers))
        for number in numbers
    ]
    return sum(one is not None for one in opened)


def tell_what_is_due() -> int:
    """Mail what is due soon or late for the editions that are being made; give how many mails."""
    moment = now()
    numbers, desk = _look(lambda: [one.id for one in duties.being_made()])
    told = [_apart(number, partial(duties.remind, number, moment, desk)) for number in numbers]
    return sum(one or 0 for one in told)


def send_editions() -> int:
    """Send what was signed off and whose planned moment has come; give how many editions."""
    moment = now()
    numbers, desk = _look(lambda: departing.due(moment))
    begun = [_apart(number, partial(_begin, number, desk)) for number in numbers]
    return begun.count(departing.Begun.SENT)


def keep_planned_times() -> int:
    """Work out planned moments anew, in case the rules of a time zone changed with an update."""
    return scheduling.derive_again()


def _begin(number: int, desk: Desk) -> departing.Begun:
    """Let one edition leave; where it can't, it is taken off the clock and its makers are told."""
    try:
        with reading_first():
            prepared = departing.prepared_for(number)
        return departing.begin(number, now(), desk.makers, prepared)
    except EventsError as fault:
        db.session.rollback()
        departing.give_up(number, fault, desk.makers)
        return departing.Begun.REFUSED


def _look(question: Callable[[], T]) -> tuple[T, Desk]:
    """Ask what there is to do, and who works on newsletters, without holding up who writes."""
    with read_only():
        found, desk = question(), _desk()
        db.session.rollback()
    return found, desk


def _desk() -> Desk:
    """Editors make the newsletter; where there is none, the coordinators do."""
    editors, coordinators = people_at(Level.EDITOR), people_at(Level.COORDINATOR)
    return Desk(editors or coordinators, (*editors, *coordinators))


def _apart(number: int, act: Callable[[], T]) -> T | None:
    return apart(number, act, "newsletter work failed")
