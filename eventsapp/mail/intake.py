"""Whether the doors work through which mail comes in, for the administrator and the coordinator.

The job that reads the mailbox writes it, and who has the receiver or wants it; the page of today
and `flask doctor` read it.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.labels import N_, Labelled
from eventsapp.core.settings import settings
from eventsapp.core.text import one_line
from eventsapp.mail.models import Intake

log = structlog.get_logger()

RECEIVER = "receiver"
NOTED_EVERY = timedelta(minutes=5)
"""So often at most a door that works is written down."""
PATIENCE = timedelta(minutes=15)
"""So long we wait after a refused password: a server that is asked each minute locks us out."""


class IntakeFault(Labelled):
    """What is wrong with a door, in words for who mends it."""

    PASSWORD = "password", N_("The mailbox refuses our name or password.")
    CERTIFICATE = "certificate", N_("The certificate of the mailbox is not right.")
    FOLDER = "folder", N_("The folder that the setting names is not there.")
    AWAY = "away", N_("The mailbox cannot be reached.")
    TAKEN = "taken", N_("Another program has the port of the receiver.")
    CLOSED = "closed", N_("The receiver cannot be opened.")


def is_due(name: str) -> bool:
    """Tell whether to try a door now."""
    row = db.session.get(Intake, name)
    if row is None or row.fault != IntakeFault.PASSWORD.value:
        return True
    return now() - row.tried_at >= PATIENCE


def note_success(name: str) -> None:
    """Write down that a door works; a door that works as before is written down now and then."""
    row = db.session.get(Intake, name)
    moment = now()
    if row is None:
        db.session.add(Intake(name=name, worked_at=moment, tried_at=moment))
    elif row.fault or row.worked_at is None or moment - row.worked_at >= NOTED_EVERY:
        if row.fault:
            log.warning("mail comes in again", door=name, failed_since=str(row.failing_since))
        row.fault, row.detail, row.failing_since = "", "", None
        row.worked_at = row.tried_at = moment


def note_fault(name: str, fault: IntakeFault, detail: str) -> None:
    """Write down what is wrong with a door; the log tells the administrator when it begins."""
    row = db.session.get(Intake, name) or Intake(name=name)
    db.session.add(row)
    moment = now()
    if row.fault != fault.value:
        log.error("mail cannot come in", door=name, fault=fault.label, detail=detail)
        row.failing_since = row.failing_since or moment
    row.fault, row.detail, row.tried_at = fault.value, one_line(detail, 300), moment


def in_trouble() -> list[Intake]:
    """Give the doors that do not work; a receiver that nobody wants any more is none."""
    rows = db.session.scalars(select(Intake).where(Intake.fault != "").order_by(Intake.name))
    return [one for one in rows if one.name != RECEIVER or settings().receiver_port]
