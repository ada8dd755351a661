"""What all mails of a mailing say together, and what those said that left before it changed.

A meeting may be edited while some of its mails have left and others still wait. Who edits it renews
the facts here; `judging.py` has a mail read them when it leaves, `reading.py` asks what it said.
One statement marks the mails that left: none of them passes through Python, and no clock decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import JSON, ColumnElement, Table, Update, bindparam, func, select, update
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import JSONB

from eventsapp.core.db import db
from eventsapp.mail.claims import Claimed
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import PENDING_STATES, Mailing, Message
from eventsapp.mail.outbox import UNSENT, rows_of

EARLIER = "_earlier"
"""In the data of a mailing: for each time that it was renewed, what had another value before."""
SAID = "_said"
"""In the data of a mail: which of these times was the first one after it was read."""
# Who did not get a mail, or perhaps did not, may get it once more when somebody says so.
_MAY_LEAVE = (*PENDING_STATES, MessageState.FAILED.value, MessageState.UNKNOWN.value)
_MAY_HAVE_LEFT = (
    MessageState.LEASED.value,
    MessageState.SENT.value,
    MessageState.FAILED.value,
    MessageState.UNKNOWN.value,
)


def refresh(reference: str, data: Mapping[str, Any]) -> None:
    """Give the mailings of a meeting new facts, as far as a mail of theirs may yet leave.

    What a mailing says beside these facts stays: the words of a letter, for instance.
    """
    may_leave = select(Message.id).where(
        Message.mailing_id == Mailing.id, Message.state.in_(_MAY_LEAVE)
    )
    waiting = select(Mailing).where(
        Mailing.reference == reference, Mailing.purged_at.is_(None), may_leave.exists()
    )
    for mailing in db.session.scalars(waiting.order_by(Mailing.id)).all():
        renew(mailing, data)


def renew(mailing: Mailing, data: Mapping[str, Any], **sender: str) -> None:
    """Give a mailing new facts, and a new `sender_name` or `reply_to`, for what did not leave yet.

    What has left, or is leaving, keeps what it said; sent once more it says the new facts.
    """
    db.session.refresh(mailing, with_for_update=True)  # of two at once the second adds to it
    before = {
        "facts": _differing(mailing.data, data),
        "sender": _differing({name: getattr(mailing, name) for name in sender}, sender),
    }
    if not any(before.values()):
        return
    earlier = list(mailing.data.get(EARLIER, ()))
    if _mark(mailing.id, len(earlier)):
        earlier.append(before)
    elif earlier:  # nothing has left since the last time, so that time takes this one along
        earlier[-1] = {part: {**before[part], **earlier[-1][part]} for part in before}
    history = {EARLIER: earlier} if earlier else {}
    mailing.data = {**mailing.data, **data, **history}
    for name, value in sender.items():
        setattr(mailing, name, value)


def as_said(message: Message) -> dict[str, Any]:
    """Give the `data`, `sender_name` and `reply_to` of its mailing that hold for this mail."""
    mailing = message.mailing
    shared = {"sender_name": mailing.sender_name, "reply_to": mailing.reply_to}
    data = dict(mailing.data)
    times: list[dict[str, Any]] = data.pop(EARLIER, [])
    number = message.data.get(SAID)
    if number is not None and message.state not in UNSENT:
        for before in reversed(times[number:]):
            data |= before["facts"]
            shared |= before["sender"]
    return {**shared, "data": data}


def read_anew(rows: Sequence[Claimed]) -> list[Claimed]:
    """Give locked rows that are about to leave, free of what an earlier try of them said."""
    marked = {
        row.id: {name: value for name, value in row.data.items() if name != SAID}
        for row in rows
        if SAID in row.data
    }
    if marked:
        values = [{"row": number, "own": data} for number, data in marked.items()]
        db.session.connection().execute(_writing(), values)
    return [row._replace(data=marked.get(row.id, row.data)) for row in rows]


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {name: old.get(name) for name, value in new.items() if old.get(name) != value}


def _mark(mailing_id: int, number: int) -> int:
    """Note on each mail that may have left what time it was; give how many there are."""
    marking = (
        update(Message)
        .where(
            Message.mailing_id == mailing_id,
            Message.state.in_(_MAY_HAVE_LEFT),
            Message.data[SAID].as_integer().is_(None),
        )
        .values(data=_with_mark(number))
    )
    return rows_of(db.session.execute(marking, execution_options={"synchronize_session": False}))


def _with_mark(number: int) -> ColumnElement[Any]:
    if db.engine.dialect.name == "postgresql":
        both = cast_to(Message.data, JSONB).concat(cast_to({SAID: number}, JSONB))
        return cast_to(both, JSON)
    return func.json_set(Message.data, f"$.{SAID}", number)


@cache
def _writing() -> Update:
    table = cast(Table, Message.__table__)
    own = bindparam("own", type_=table.c.data.type)
    return update(table).where(table.c.id == bindparam("row")).values(data=own)
