"""What became of mails, written into their rows in batches.

`mail/delivery.py` settles what the mail server answered, `mail/repair.py` what a journal tells.
A row is settled only by the lane that leased it; one that the sweep called *unknown* meanwhile
still takes the truth, as long as no copy was queued. The callers commit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Table,
    Text,
    Update,
    bindparam,
    column,
    func,
    text,
    update,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import ARRAY

from eventsapp.core.dates import now
from eventsapp.core.db import UTCDateTime, db
from eventsapp.core.text import one_line
from eventsapp.mail import rules
from eventsapp.mail.claims import Claimed
from eventsapp.mail.kinds import MailingKind, MessageState
from eventsapp.mail.models import Message
from eventsapp.mail.rules import Reason
from eventsapp.mail.wire import Fate, Outcome

_number = attrgetter("id")
_TEXTS = ARRAY(Text())
# Asked of the rows that are found by number. As plain columns they would lead PostgreSQL to the
# indexes of lanes and states, and so to comparing each row of the lane with each result.
_IS_OURS = text("message.lease || '' = :worker AND message.state || '' IN ('leased', 'unknown')")


class Result(NamedTuple):
    """The end of one try, as it is kept."""

    id: int
    state: MessageState
    reason: str = ""
    reply: str = ""
    next_try_at: datetime | None = None
    is_tried: bool = True
    code: int = 0
    mailing_id: int = 0


def result_of(row: Claimed, kind: str, outcome: Outcome) -> Result:
    """Tell what an outcome at the mail server means for a row."""
    if outcome.fate is Fate.SENT:
        again = Reason.SENT_AGAIN.value if row.is_copy else ""
        return Result(row.id, MessageState.SENT, again, outcome.reply)
    if outcome.fate is Fate.UNKNOWN:
        return Result(row.id, MessageState.UNKNOWN, Reason.CUT_OFF.value, outcome.reply)
    if outcome.fate is Fate.UNTRIED:
        return Result(row.id, MessageState.QUEUED, is_tried=False)
    if outcome.is_about_sender:
        # Ours to mend or to wait for: it says nothing about this receiver, and is no try.
        when = now() + rules.AWAY
        return Result(
            row.id, MessageState.DEFERRED, Reason.SERVER_AWAY.value, outcome.reply, when, False
        )
    if outcome.fate is Fate.REFUSED:
        why = Reason.REFUSED.value
        return Result(
            row.id,
            MessageState.FAILED,
            why,
            outcome.reply,
            code=outcome.code,
            mailing_id=row.mailing_id,
        )
    return _later(row, kind, outcome)


def _later(row: Claimed, kind: str, outcome: Outcome) -> Result:
    moment = now()
    when = rules.next_try(
        row.attempts + 1,
        row.settled_at or moment,
        moment,
        row.expires_at,
        kind=MailingKind(kind),
        hint=rules.hint_in(outcome.reply),
    )
    if when is None:
        why = Reason.GIVEN_UP.value
        return Result(row.id, MessageState.FAILED, why, outcome.reply, code=outcome.code)
    return Result(row.id, MessageState.DEFERRED, Reason.LATER.value, outcome.reply, when)


def settle(worker: str, results: Sequence[Result]) -> None:
    """Keep these results: what was simply sent with one statement, the rest with another."""
    plain: list[Result] = []
    others: list[Result] = []
    for one in results:
        (plain if one.state is MessageState.SENT and not one.reason else others).append(one)
    moment = now()
    if plain:
        _settle_sent(worker, plain, moment)
    if not others:
        return
    rows = [_values(one, worker, moment) for one in sorted(others, key=_number)]
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        lists = {name: [row[name] for row in rows] for name in _KINDS}
        connection.execute(_at_once(), lists | {"worker": worker})
    else:
        connection.execute(_each(), [row | {"worker": worker} for row in rows])


def _settle_sent(worker: str, results: Sequence[Result], moment: datetime) -> None:
    """Keep what nearly all results are: sent at the first copy, with the reply of the server."""
    connection = db.session.connection()
    replies = {one.id: one_line(one.reply, 500) for one in sorted(results, key=_number)}
    if connection.dialect.name == "postgresql":
        given: dict[str, Any] = {"numbers": list(replies), "replies": list(replies.values())}
    else:
        given = {"replies": json.dumps(replies)}
    values = {**given, "worker": worker, "moment": moment}
    connection.execute(_sending(connection.dialect.name), values)


@cache
def _sending(dialect: str) -> Update:
    table = cast(Table, Message.__table__)
    if dialect == "postgresql":
        lists = [bindparam("numbers", type_=ARRAY(Integer())), bindparam("replies", type_=_TEXTS)]
        given = func.unnest(*lists).table_valued("number", "reply", name="given").render_derived()
        number: ColumnElement[int] = given.c.number
        reply = given.c.reply
    else:
        pairs = func.json_each(bindparam("replies")).table_valued("key", "value", name="given")
        number, reply = cast_to(pairs.c.key, Integer), pairs.c.value
    return (
        update(table)
        .where(table.c.id == number, _IS_OURS)
        .values(
            state=MessageState.SENT.value,
            reason="",
            last_reply=reply,
            attempts=table.c.attempts + 1,
            settled_at=bindparam("moment", type_=UTCDateTime()),
            lease="",
            lease_until=None,
        )
    )


def _values(one: Result, worker: str, moment: datetime) -> dict[str, Any]:
    is_open = one.state in (MessageState.DEFERRED, MessageState.QUEUED)
    is_doubted = one.state is MessageState.UNKNOWN
    return {
        "row": one.id,
        "new_state": one.state.value,
        "new_reason": one.reason,
        "reply": one_line(one.reply, 500),
        "tries": int(one.is_tried),
        "next_try_at": one.next_try_at,
        "ended_at": None if is_open else moment,
        "put_off_at": moment if is_open and one.is_tried else None,
        # The lane's name stays on a mail in doubt, so that its journal can still tell the truth.
        "kept_lease": worker if is_doubted else "",
        "doubted_at": moment if is_doubted else None,
    }


_KINDS: dict[str, Any] = {
    "row": Integer(),
    "new_state": Text(),
    "new_reason": Text(),
    "reply": Text(),
    "tries": Integer(),
    "next_try_at": UTCDateTime(),
    "ended_at": UTCDateTime(),
    "put_off_at": UTCDateTime(),
    "kept_lease": Text(),
    "doubted_at": UTCDateTime(),
}


@cache
def _each() -> Update:
    """Build the statement that SQLite runs for each row."""
    return _settling({name: bindparam(name, type_=kind) for name, kind in _KINDS.items()})


@cache
def _at_once() -> Update:
    """Build the statement that PostgreSQL runs for all rows: a list for each column."""
    lists = [bindparam(name, type_=ARRAY(kind)) for name, kind in _KINDS.items()]
    given = (
        func.unnest(*lists)
        .table_valued(*(column(name, kind) for name, kind in _KINDS.items()), name="given")
        .render_derived()
    )
    return _settling({name: given.c[name] for name in _KINDS})


def _settling(given: dict[str, Any]) -> Update:
    table = cast(Table, Message.__table__)
    return (
        update(table)
        .where(table.c.id == given["row"], _IS_OURS)
        .values(
            state=given["new_state"],
            reason=given["new_reason"],
            last_reply=given["reply"],
            attempts=table.c.attempts + given["tries"],
            not_before=func.coalesce(given["next_try_at"], table.c.not_before),
            # As long as it waits, the first "later" stays: the two days of tries count from there.
            settled_at=func.coalesce(given["ended_at"], table.c.settled_at, given["put_off_at"]),
            started_at=func.coalesce(given["doubted_at"], table.c.started_at),
            lease=given["kept_lease"],
            lease_until=None,
        )
    )
