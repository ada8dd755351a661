"""The outbox: mails that we mean to send, as rows in the transaction of whoever sends them.

Use cases open a mailing and enqueue its letters; delivery claims and settles. Nothing is rendered
here and nothing leaves here. A letter whose key is there already is left out: a double click or
two advisors at once cannot mail twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Result, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from eventsapp.core import wakeups
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.core.text import one_line
from eventsapp.mail import finding, suppression
from eventsapp.mail.kinds import MailingKind, MessageState, Purpose, Stream
from eventsapp.mail.models import PENDING, SINGLE, Mailing, Message
from eventsapp.mail.rules import Reason

SENDER, BULK_SENDER = "deliver-mail", "deliver-bulk"
"""The jobs that send, to be woken when there is mail: urgent mail has one of its own."""
FIRST_BULK, LEAST_URGENT = 7, 9
"""Priorities: from seven on a mail goes with the bulk, and never stands before a confirmation."""
PARKED = datetime(9999, 1, 1, tzinfo=UTC)
"""When a mail of a mailing that rests is due; resuming gives it a moment again."""
UNSENT = (MessageState.QUEUED.value, MessageState.DEFERRED.value)
# Rows that were loaded before keep what they say; who needs the new state loads them again.
_APART = {"synchronize_session": False}
LONGEST_DOMAIN = 70


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. `key` is unique for ever; `reference` is like "invitation:42"."""

    key: str
    address: str
    name: str
    language: str
    template: str
    data: Mapping[str, Any] = field(default_factory=dict)
    person_id: int | None = None
    reference: str = ""
    priority: int = 5
    expires_at: datetime | None = None


def open_mailing(
    *,
    kind: MailingKind,
    purpose: Purpose,
    reference: str,
    title: str,
    by: int | None,
    reply_to: str = "",
    sender_name: str = "",
    data: Mapping[str, Any] | None = None,
    undo: bool = True,
    expires_at: datetime | None = None,
) -> Mailing:
    """Begin a sending; with `undo` its letters wait until the time to take it back is over.

    Newsletters are a stream of their own, with the sender that it has.
    """
    running = settings()
    is_letter = purpose is Purpose.NEWSLETTER
    stream = Stream.NEWSLETTERS if is_letter else Stream.INVITATIONS
    wait = timedelta(seconds=running.undo_seconds if undo else 0)
    mailing = Mailing(
        kind=kind.value,
        purpose=purpose.value,
        reference=reference,
        title=one_line(title, 200),
        sender_name=one_line(sender_name or running.programme_name, 160),
        sender_address=running.sender_of(stream.value),
        stream=stream.value,
        list_id=_list_id(running.sender_of(stream.value)) if is_letter else "",
        reply_to=reply_to,
        data=dict(data or {}),
        created_at=now(),
        created_by=by,
        not_before=now() + wait,
        expires_at=expires_at,
    )
    db.session.add(mailing)
    db.session.flush()  # its letters name it by number
    return mailing


def _list_id(sender: str) -> str:
    """Name the list as RFC 2919 asks: a name within our own domain that never changes."""
    return f"newsletter.{sender.rpartition('@')[2]}"[:120]


def enqueue(mailing: Mailing, letters: Iterable[Letter]) -> list[int]:
    """Put letters in the outbox with one statement; give the numbers of the new rows.

    Who gets no mail of this purpose has a row as well, `skipped` with the reason, so that the
    truth can be seen.
    """
    wanted = list(letters)
    if not wanted:
        return []
    reasons = suppression.withheld(
        {one.person_id for one in wanted if one.person_id is not None},
        {one.address for one in wanted},
        Purpose(mailing.purpose),
    )
    domain = domain_of_message_ids(mailing)
    rows = [_row(mailing, one, reasons, domain) for one in wanted]
    added = list(db.session.scalars(_adding(db.engine.dialect.name), rows))
    if added:
        for sender in {sender_of(one.priority) for one in wanted}:
            wakeups.call(sender, mailing.not_before)
    return added


def domain_of_message_ids(mailing: Mailing) -> str:
    """Give what stands behind the @ of the Message-IDs of a mailing."""
    domain = mailing.sender_address.rpartition("@")[2]
    return domain if len(domain) <= LONGEST_DOMAIN else "mail.invalid"


def sender_of(priority: int) -> str:
    """Name the job that sends mails of this priority."""
    return SENDER if priority < FIRST_BULK else BULK_SENDER


@cache
def _adding(dialect: str) -> ReturningInsert[int]:
    insert = postgresql_insert if dialect == "postgresql" else sqlite_insert
    adding = insert(Message).on_conflict_do_nothing(
        index_elements=["key"], index_where=text(SINGLE)
    )
    return adding.returning(Message.id)


def _row(
    mailing: Mailing, letter: Letter, reasons: Mapping[int | str, str], domain: str
) -> dict[str, Any]:
    reason = reasons.get(letter.address, "")
    if letter.person_id is not None:
        reason = reasons.get(letter.person_id, reason)
    state = MessageState.SKIPPED if reason else MessageState.QUEUED
    return {
        "mailing_id": mailing.id,
        "key": letter.key,
        "reference": letter.reference,
        "person_id": letter.person_id,
        "address": letter.address,
        "name": one_line(letter.name, 200),
        "language": letter.language,
        "template": letter.template,
        "data": dict(letter.data),
        "priority": min(max(letter.priority, 0), LEAST_URGENT),
        "state": state.value,
        "reason": reason,
        "not_before": mailing.not_before,
        "expires_at": letter.expires_at or mailing.expires_at,
        "message_id": f"<{secrets.token_hex(16)}@{domain}>",
        "created_at": now(),
        "domain": domain_of(letter.address),
        "attempts": 0,
        "lease": "",
        "last_reply": "",
    }


def domain_of(address: str) -> str:
    """Give the part of an address by which sending is slowed down."""
    return address.rpartition("@")[2].lower()[:120]


def take_back(
    *,
    mailing_id: int | None = None,
    references: Collection[str] = (),
    templates: Collection[str] = (),
) -> list[str]:
    """Cancel letters that did not leave yet; give the references of those that were stopped.

    A letter that a sender holds can't be stopped any more, nor one of unknown fate: its reader
    may have it.
    """
    if mailing_id is None and not references:
        return []
    question = _stopping(mailing_id is not None, bool(references), bool(templates))
    chosen = {
        "chosen_mailing": mailing_id,
        "chosen_references": list(references),
        "chosen_templates": list(templates),
        "settled_at": now(),
    }
    return list(db.session.scalars(question, chosen, execution_options=_APART))


@cache
def _stopping(by_mailing: bool, by_reference: bool, by_template: bool) -> ReturningUpdate[str]:
    """Build once what every second answer of somebody asks."""
    statement = update(Message).where(
        text(PENDING), Message.state.in_(UNSENT), Message.started_at.is_(None)
    )
    if by_mailing:
        statement = statement.where(Message.mailing_id == bindparam("chosen_mailing"))
    if by_reference:
        statement = statement.where(finding.about(_some("chosen_references")))
    if by_template:
        statement = statement.where(Message.template.in_(_some("chosen_templates")))
    return statement.values(
        state=MessageState.CANCELLED.value,
        reason=Reason.TAKEN_BACK.value,
        settled_at=bindparam("settled_at"),
        lease="",
        lease_until=None,
    ).returning(Message.reference)


def unsent(references: Collection[str]) -> list[int]:
    """Give the numbers of the letters about these that did not leave and could be taken back."""
    waiting = select(Message.id).where(
        text(PENDING),
        Message.state.in_(UNSENT),
        Message.started_at.is_(None),
        finding.about(references),
    )
    return list(db.session.scalars(waiting.order_by(Message.id)))


def put_back(message_ids: Collection[int], references: Collection[str]) -> int:
    """Let letters about these that were taken back wait again; give how many do."""
    statement = (
        update(Message)
        .where(
            Message.id.in_(message_ids),
            finding.about(references),
            Message.state == MessageState.CANCELLED.value,
            Message.reason == Reason.TAKEN_BACK.value,
        )
        .values(state=MessageState.QUEUED.value, reason="", settled_at=None)
    )
    count = rows_of(db.session.execute(statement, execution_options=_APART))
    if count:
        wakeups.call(SENDER)
    return count


def _some(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def rows_of(result: Result[Any]) -> int:
    """Give how many rows a statement changed."""
    return int(result.rowcount)  # type: ignore[attr-defined]
