"""What the clock does for privacy: carries requests out, and erases what is kept no longer.

`jobs.py` has a line for each. Every person is a transaction of their own: one that does not go
well holds up no other, and is tried again at the next turn.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from eventsapp.core.db import db, read_only
from eventsapp.privacy import erasing, forgetting

log = structlog.get_logger()

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
    """Do one thing in a transaction of its own; a fault is logged and holds up no other."""
    try:
        done = act(number)
        db.session.commit()
    except Exception:
        db.session.rollback()
        log.exception("erasing failed", number=number)
        return False
    return done
