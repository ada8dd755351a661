"""One thing in a transaction of its own, so that one that does not go well holds up no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from eventsapp.core.db import db

log = structlog.get_logger()

T = TypeVar("T")


def apart(number: int, act: Callable[[], T], failed: str) -> T | None:
    """Do it and commit; a fault is logged as `failed`, rolled back, and tried at the next turn."""
    try:
        done = act()
        db.session.commit()
    except Exception:
        db.session.rollback()
        log.exception(failed, number=number)
        return None
    return done
