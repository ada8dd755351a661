"""What the clock does for privacy: carries requests out, and erases what is kept no longer.

`jobs.py` has a line for each. Every person is a transaction of their own: one that does not go
well holds up no other, and is tried again at the next turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from eventsapp.background.apart import apart
from eventsapp.core.db import db, read_only
from eventsapp.privacy import erasing, forgetting

MOST_AT_ONCE = 200


def carry_out() -> int:
    """Do the next step of each request whose moment has come; give how many steps."""
    with read_only():
        numbers = erasing.due()
        db.session.rollback()
    return sum(_apart(number, erasing.go_on) for number in numbers)


def forget() -> int:
    """Erase readers who left long ago and people nobody hears from; give how many."""
    with read_only():
        numbers = forgetting.overdue(MOST_AT_ONCE)
        db.session.rollback()
    gone = sum(_apart(number, forgetting.forget) for number in numbers)
    forgetting.drop_old_proof()
    return gone


def _apart(number: int, act: Callable[[int], bool]) -> bool:
    return bool(apart(number, partial(act, number), "erasing failed"))
