"""Judging a claimed batch just before it leaves: may each mail still go, and with which calendar.

`mail/delivery.py` calls this. Locks are taken in the order that everybody keeps: first whatever
the hook locks (invitations, by number), then the messages by number. What a mail says is read
under these locks, so that a change comes either before it, or has an update of its own to send.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

import structlog
from jinja2 import TemplateError
from sqlalchemy import Select, Table, select
from sqlalchemy.exc import DataError, IntegrityError, InvalidRequestError
from sqlalchemy.orm import joinedload

from eventsapp.core.dates import now
from eventsapp.core.db import db, in_one, is_one_of
from eventsapp.mail import claims, renewing, results, rules, suppression, throttle
from eventsapp.mail.claims import Claimed
from eventsapp.mail.due import LEVELS, URGENT
from eventsapp.mail.kinds import MessageState, Purpose
from eventsapp.mail.mime import CalendarPart
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.results import Result
from eventsapp.mail.rules import Reason

log = structlog.get_logger()

CalendarHook = Callable[[Message], CalendarPart | None]
# What a template or a meeting that does not fit can bring about: it stops one mail, not the rest.
OUR_FAULTS = (ValueError, TypeError, LookupError, AttributeError, TemplateError)
_FAULTS_OF_ONE = (*OUR_FAULTS, DataError, IntegrityError, InvalidRequestError)


class Obsolete(Exception):  # noqa: N818 - a state of the world, not a fault
    """Raised by the calendar hook for a mail that no longer holds: it must not leave."""


def no_calendar(_message: Message) -> CalendarPart | None:
    """Give no calendar part: for mails that are about no meeting."""
    return None


class Cover(NamedTuple):
    """What a mail shares with the others of its mailing, as it was when they were judged."""

    id: int
    kind: str
    purpose: str
    reference: str
    title: str
    sender_name: str
    sender_address: str
    reply_to: str
    stream: str
    list_id: str
    data: dict[str, Any]
    not_before: datetime


class Ready(NamedTuple):
    """A mail that may leave."""

    row: Claimed
    cover: Cover
    calendar: CalendarPart | None = None


def judge(claimed: Sequence[Claimed]) -> tuple[list[Ready], list[Result]]:
    """Part those that may leave from those that must not: too late, too long, or unwanted.

    Reads only; the caller keeps how the others end.
    """
    covers = _covers(claimed)
    ready, ends = [], []
    reasons = _withheld(claimed, covers)
    moment = now()
    overdue = _overdue(claimed, covers, moment)
    for row in claimed:
        cover = covers[row.mailing_id]
        verdict = _verdict(row, cover, moment, reasons, is_overdue=row.id in overdue)
        if verdict is not None:
            ends.append(Result(row.id, *verdict, is_tried=False))
        else:
            ready.append(Ready(row, cover))
    return ready, ends


def _covers(claimed: Iterable[Claimed]) -> dict[int, Cover]:
    numbers = {row.mailing_id for row in claimed}
    connection = db.session.connection()
    dialect = connection.dialect.name
    rows = connection.execute(_sharing(dialect), {"asked": in_one(dialect, numbers)})
    return {row.id: Cover._make(row) for row in rows}


@cache
def _sharing(dialect: str) -> Select[Any]:
    table = cast(Table, Mailing.__table__)
    columns = [table.c[name] for name in Cover._fields]
    return select(*columns).where(is_one_of(dialect, table.c.id, "asked"))


def _withheld(
    claimed: Sequence[Claimed], covers: dict[int, Cover]
) -> dict[str, dict[int | str, str]]:
    """Ask once for each purpose of the batch, which as a rule is one."""
    by_purpose: dict[str, list[Claimed]] = defaultdict(list)
    for row in claimed:
        by_purpose[covers[row.mailing_id].purpose].append(row)
    return {
        purpose: suppression.withheld(
            {row.person_id for row in rows if row.person_id is not None},
            {row.address for row in rows},
            Purpose(purpose),
        )
        for purpose, rows in by_purpose.items()
    }


def _overdue(
    claimed: Iterable[Claimed], covers: dict[int, Cover], moment: datetime
) -> frozenset[int]:
    """Number the mails that lay so long that somebody should look first.

    What waits for a limit that lets mail through is as old as it was when that began: a slow rate
    holds nothing, and what lay over a standstill of days is held however much leaves since.
    """
    long = [row for row in claimed if _lay_long(row, covers, moment)]
    if not long:
        return frozenset()
    limits = {row.id: _limits_of(row) for row in long}
    moving = throttle.moving_since({name for names in limits.values() for name in names})
    return frozenset(
        row.id
        for row in long
        if _lay_long(
            row, covers, min([moment, *(moving[one] for one in limits[row.id] if one in moving)])
        )
    )


def _lay_long(row: Claimed, covers: dict[int, Cover], moment: datetime) -> bool:
    due_at = max(covers[row.mailing_id].not_before, row.created_at)
    return rules.is_overdue(due_at, row.not_before, moment, row.attempts)


def _limits_of(row: Claimed) -> tuple[str, str]:
    stream = claims.stream_of(row.priority)
    return throttle.of_sender(stream), throttle.of_domain(row.domain)


def _verdict(
    row: Claimed,
    cover: Cover,
    moment: datetime,
    reasons: dict[str, dict[int | str, str]],
    *,
    is_overdue: bool,
) -> tuple[MessageState, str] | None:
    """Tell what becomes of a mail that must not leave, None for one that may."""
    if row.expires_at is not None and moment >= row.expires_at:
        return MessageState.SKIPPED, Reason.TOO_LATE.value
    if is_overdue:
        return MessageState.FAILED, Reason.OVERDUE.value
    known = reasons[cover.purpose]
    why = known.get(row.address, "")
    if row.person_id is not None:
        why = known.get(row.person_id, why)
    return (MessageState.SKIPPED, why) if why else None


def attach(
    worker: str, ready: Sequence[Ready], calendar_part: CalendarHook
) -> tuple[list[Ready], list[Result]]:
    """Ask for each mail's calendar entry, and read again what it says under these locks.

    Bulk mails are about no meeting. A mail that no longer holds, or whose entry cannot be made,
    ends alone. Begin this in a transaction of its own: no message may be locked before.
    """
    asked = [one for one in ready if one.row.priority in LEVELS[URGENT]]
    if calendar_part is no_calendar or not asked:
        return list(ready), []
    entries: dict[int, CalendarPart | None] = {}
    ends = []
    for message in _messages(asked):
        verdict = _ask(message, calendar_part, entries)
        if verdict is not None:
            ends.append(Result(message.id, *verdict, is_tried=False))
    db.session.flush()
    rows = renewing.read_anew(claims.read_again(worker, list(entries)))
    covers = _covers(rows)
    results.settle(worker, ends)
    plain = [one for one in ready if one.row.priority not in LEVELS[URGENT]]
    with_entry = [Ready(row, covers[row.mailing_id], entries[row.id]) for row in rows]
    return sorted(with_entry, key=_turn) + plain, ends


def _turn(ready: Ready) -> tuple[int, datetime, int]:
    return ready.row.priority, ready.row.not_before, ready.row.id


def _messages(ready: Iterable[Ready]) -> list[Message]:
    """Load the rows for the hook, in the order of what they are about."""
    rows = db.session.scalars(
        select(Message)
        .where(Message.id.in_([one.row.id for one in ready]))
        .options(joinedload(Message.mailing, innerjoin=True))
        .execution_options(populate_existing=True)
    )
    return sorted(rows, key=lambda message: (*_about(message.reference), message.id))


def _about(reference: str) -> tuple[str, int]:
    kind, _, number = reference.partition(":")
    return kind, int(number) if number.isdigit() else 0


def _ask(
    message: Message, calendar_part: CalendarHook, entries: dict[int, CalendarPart | None]
) -> tuple[MessageState, str] | None:
    """Ask the hook for one mail; what it wrote is undone when it comes to nothing."""
    number = message.id
    try:
        with db.session.begin_nested():
            entries[number] = calendar_part(message)
    except Obsolete as fault:
        log.info("mail no longer needed", message=number, why=str(fault))
        return MessageState.CANCELLED, Reason.OBSOLETE.value
    except _FAULTS_OF_ONE as fault:
        entries.pop(number, None)
        log.error("calendar entry could not be made", message=number, fault=repr(fault))
        return MessageState.FAILED, Reason.TEMPLATE.value
    return None


def unwanted(ready: Sequence[Ready]) -> list[Result]:
    """Look once more at mails in hand: who opted out since they were claimed, or came too late.

    What was not overdue then is not now: it is on its way.
    """
    covers = {one.cover.id: one.cover for one in ready}
    rows = [one.row for one in ready]
    reasons, moment = _withheld(rows, covers), now()
    verdicts = (
        (row.id, _verdict(row, covers[row.mailing_id], moment, reasons, is_overdue=False))
        for row in rows
    )
    return [
        Result(number, *verdict, is_tried=False)
        for number, verdict in verdicts
        if verdict is not None
    ]
