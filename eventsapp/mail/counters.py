"""What a frozen mailing has in each state, counted by the database itself as rows change.

A page about a million mails must not count them (ADR 20). Freezing says how many rows there are to
begin with; triggers keep up with what becomes of them (`count_triggers.py`), so whoever changes a
state need not know of it. A row that a sender holds still counts as queued: there are few of
these, an index tells them, and taking mails in hand costs no counting.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    Table,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from eventsapp.core.db import db
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import MailingCount, Message

_INSERT: dict[str, Any] = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}


def last_of(mailing_id: int) -> int:
    """Give the number of the last mail of a mailing, 0 before the first."""
    last = select(func.max(Message.id)).where(Message.mailing_id == mailing_id)
    return db.session.scalar(last) or 0


def begin(mailing_id: int, added: int, after: int) -> None:
    """Count the mails that were frozen behind one with this number, queued or skipped at once.

    The skipped ones are few, so only these are counted; the others are the rest of all `added`.
    """
    skipped = MessageState.SKIPPED.value
    asked = (
        select(Message.reason, func.count())
        .where(Message.mailing_id == mailing_id, Message.state == skipped, Message.id > after)
        .group_by(Message.reason)
    )
    counts = {(skipped, reason): count for reason, count in db.session.execute(asked)}
    counts[MessageState.QUEUED.value, ""] = added - sum(counts.values())
    connection = db.session.connection()
    dialect = connection.dialect.name
    part = func.pg_backend_pid() if dialect == "postgresql" else literal(0)
    table = cast(Table, MailingCount.__table__)
    adding = _INSERT[dialect](table).values(
        [
            {"mailing_id": mailing_id, "state": state, "reason": why, "part": part, "count": count}
            for (state, why), count in counts.items()
        ]
    )
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={"count": table.c.count + adding.excluded.count},
        )
    )


def frozen_among(mailing_ids: Collection[int]) -> set[int]:
    """Tell which of these mailings were frozen, so that their counts are kept."""
    kept = select(MailingCount.mailing_id).where(MailingCount.mailing_id.in_(mailing_ids))
    return set(db.session.scalars(kept.distinct()))


def counts_of(mailing_ids: Collection[int]) -> Select[int, str, str, int]:
    """Ask how many mails of these frozen mailings are in each state for each reason.

    One statement, so that a mail which a sender takes in hand meanwhile is counted once.
    """
    held = (
        select(Message.mailing_id, Message.reason, func.count().label("count"))
        .where(Message.mailing_id.in_(mailing_ids), Message.state == MessageState.LEASED.value)
        .group_by(Message.mailing_id, Message.reason)
        .cte("held")
    )
    together: CompoundSelect[Any] = union_all(
        select(
            MailingCount.mailing_id, MailingCount.state, MailingCount.reason, MailingCount.count
        ).where(MailingCount.mailing_id.in_(mailing_ids)),
        select(held.c.mailing_id, literal(MessageState.LEASED.value), held.c.reason, held.c.count),
        select(held.c.mailing_id, literal(MessageState.QUEUED.value), held.c.reason, -held.c.count),
    )
    every = together.subquery("counted")
    # PostgreSQL would give a decimal number.
    count = cast_to(func.sum(every.c.count), Integer)
    return (
        select(every.c.mailing_id, every.c.state, every.c.reason, count)
        .group_by(every.c.mailing_id, every.c.state, every.c.reason)
        .having(count != 0)
    )
