"""Freezing an edition: its readers become rows of the outbox with one statement of the database.

The room that writes an edition calls `freeze` in its own transaction, with a question that gives
its readers. A hundred thousand of them take a second or less, because no row passes through
Python and each enters few indexes (ADR 18); who gets no mail of this purpose has a row as well,
`skipped` with the reason.
"""

from __future__ import annotations

from typing import Any, cast

import structlog
from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Table,
    Text,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError

from eventsapp.core import wakeups
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail import counters, outbox, suppression
from eventsapp.mail.kinds import MessageState, Purpose, Scope
from eventsapp.mail.models import Mailing, Message, Suppression

log = structlog.get_logger()

READER = ("person_id", "address", "name", "language")
"""The columns that a question for readers must have; each further one is a value of the reader."""
_INSERT: dict[str, Any] = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}


def freeze(
    mailing: Mailing,
    readers: Select[Any],
    *,
    template: str,
    priority: int = outbox.FIRST_BULK,
) -> int:
    """Put a mail to each of these readers in the outbox; give how many rows there are now.

    `readers` gives the columns of `READER`, and whatever else the template prints of a reader. Who
    comes twice, or was frozen before, gets one mail.
    """
    last = counters.last_of(mailing.id)
    count = _insert(*_rows(mailing, readers.subquery("reader"), template, priority))
    counters.begin(mailing.id, count, last)
    _skip_addresses(mailing)
    wakeups.call(outbox.sender_of(priority), mailing.not_before)
    return count


def _insert(names: list[str], chosen: Select[Any]) -> int:
    """Add these rows, but none that is there already; give how many were added.

    PostgreSQL takes a third longer where it has to expect such a row, and there hardly ever is one.
    """
    into = _INSERT[db.engine.dialect.name](cast(Table, Message.__table__))
    plain = into.from_select(names, chosen)
    careful = plain.on_conflict_do_nothing(index_elements=["person_id", "mailing_id", "key"])
    counting = {"preserve_rowcount": True}
    if db.engine.dialect.name == "postgresql":
        try:
            with db.session.begin_nested():
                return outbox.rows_of(db.session.execute(plain, execution_options=counting))
        except IntegrityError:
            log.info("some were frozen before, or are named twice")
    return outbox.rows_of(db.session.execute(careful, execution_options=counting))


def _rows(
    mailing: Mailing, who: Subquery, template: str, priority: int
) -> tuple[list[str], Select[Any]]:
    """Give the columns of the rows, and the question that gives what stands in them."""
    is_postgresql = db.engine.dialect.name == "postgresql"
    domain = outbox.domain_of_message_ids(mailing)
    why = _why_not(mailing)
    values: dict[str, Any] = {
        "mailing_id": literal(mailing.id),
        "key": literal(""),
        "reference": literal(""),
        "person_id": who.c.person_id,
        "address": who.c.address,
        "name": func.substr(who.c.name, 1, 200),
        "language": who.c.language,
        "template": literal(template),
        "data": _own_values(who, is_postgresql),
        "priority": literal(priority),
        "domain": _domain(who.c.address, is_postgresql),
        "state": case(
            (why.c.reason.is_not(None), MessageState.SKIPPED.value),
            else_=MessageState.QUEUED.value,
        ),
        "reason": func.coalesce(why.c.reason, ""),
        "not_before": literal(mailing.not_before, Message.not_before.type),
        "expires_at": literal(mailing.expires_at, Message.expires_at.type),
        "attempts": literal(0),
        "lease": literal(""),
        "last_reply": literal(""),
        "message_id": _message_id(who.c.person_id, domain, is_postgresql),
        "created_at": literal(now(), Message.created_at.type),
        "bounce_kind": literal(""),
        "bounce_reason": literal(""),
    }
    together = who.outerjoin(why, why.c.person_id == who.c.person_id)
    chosen: Select[Any] = select(*values.values()).select_from(together)
    return list(values), chosen.where(who.c.address != "")


def _why_not(mailing: Mailing) -> Subquery:
    """Ask which people get no mail of this purpose, each with one reason."""
    return (
        select(Suppression.person_id, func.min(Suppression.reason).label("reason"))
        .where(
            Suppression.scope == Scope.PERSON.value,
            Suppression.released_at.is_(None),
            or_(Suppression.purpose == "", Suppression.purpose == mailing.purpose),
        )
        .group_by(Suppression.person_id)
        .subquery("withheld")
    )


def _own_values(who: Subquery, is_postgresql: bool) -> ColumnElement[Any]:
    pairs: list[Any] = []
    for column in who.c:
        if column.key not in READER:
            pairs += [literal(column.key, Text), column]  # a name that says nothing of its type
    return func.json_build_object(*pairs) if is_postgresql else func.json_object(*pairs)


def _domain(address: ColumnElement[str], is_postgresql: bool) -> ColumnElement[str]:
    if is_postgresql:
        return func.left(func.lower(func.split_part(address, "@", 2)), 120)
    return func.substr(func.lower(address), func.instr(address, "@") + 1, 120)


def _message_id(
    person_id: ColumnElement[int], domain: str, is_postgresql: bool
) -> ColumnElement[str]:
    """Make 80 random bits or more where the database is, and name the reader: see `finding.py`."""
    if is_postgresql:
        random: ColumnElement[str] = cast_to(func.gen_random_uuid(), Text)
    else:
        random = func.hex(func.randomblob(10))
    return literal("<").concat(random).concat(".").concat(person_id).concat(f"@{domain}>")


def _skip_addresses(mailing: Mailing) -> None:
    """Skip those whose address rests: only we can make the keyed hash of an address."""
    withheld = suppression.resting_hashes(Purpose(mailing.purpose))
    if not withheld:
        return
    hashed = suppression.hasher()
    asked = select(Message.id, Message.address).where(
        Message.mailing_id == mailing.id, Message.state == MessageState.QUEUED.value
    )
    rows = db.session.connection().execute(asked)
    found = [
        {"b_id": number, "why": withheld[key]}
        for number, address in rows
        if (key := hashed(address)) in withheld
    ]
    table = cast(Table, Message.__table__)
    skipping = (
        update(table)
        .where(table.c.id == bindparam("b_id"))
        .values(state=MessageState.SKIPPED.value, reason=bindparam("why"))
    )
    if found:
        db.session.connection().execute(skipping, found)
