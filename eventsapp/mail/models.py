"""Remembers every mail we mean to send and what became of it.

A row is the truth, a job only a wake-up. Persons, meetings and invitations are named by number or
by a text such as "meeting:12", because this room knows none of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, Index, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model
from eventsapp.mail.count_triggers import keep_counts_of

# It stands in queries word for word: SQLite uses a partial index only for what it can read.
HELD = "course <> 'open'"
_TOGETHER = "Mailing.id == foreign(Message.mailing_id)"


class Mailing(Model):
    """What the messages of one sending share: the sender, the purpose, the common facts.

    `course` says whether its messages may leave: `open`, `paused` (by somebody, or by the breaker)
    or `stopped`; `stream` names the sender settings that it uses. After `purged_at` the values of
    its mails are gone, and only what became of them is kept.
    """

    __tablename__ = "mailing"
    __table_args__ = (
        Index("ix_mailing_reference_id", "reference", "id"),
        Index("ix_mailing_held", "id", sqlite_where=text(HELD), postgresql_where=text(HELD)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(60), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    sender_name: Mapped[str] = mapped_column(String(160))
    sender_address: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[int | None]
    not_before: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    stream: Mapped[str] = mapped_column(String(20), default="invitations")
    list_id: Mapped[str] = mapped_column(String(120), default="")
    course: Mapped[str] = mapped_column(String(12), default="open")
    course_reason: Mapped[str] = mapped_column(String(40), default="")
    course_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]

    messages: Mapped[list[Message]] = relationship(back_populates="mailing", primaryjoin=_TOGETHER)


# These stand in queries word for word as well.
PENDING_STATES = ("queued", "leased", "deferred")
PENDING = "state IN ('queued', 'leased', 'deferred')"
UNKNOWN = "state = 'unknown'"
LEASED = "state = 'leased'"
BOUNCED = "bounced_at IS NOT NULL"
# A letter by itself; the rows of a frozen edition have no key. See `finding.py`.
SINGLE = "key <> ''"


# Values in the data of a message that become headers of this one mail: its own sender (From and
# Reply-To in one, instead of the mailing's), its own Reply-To, and the mail that it answers.
FROM, REPLY_TO, IN_REPLY_TO = "from_address", "reply_to", "in_reply_to"


def _of_single(name: str, column: str, *, unique: bool = False) -> Index:
    return Index(
        name, column, unique=unique, sqlite_where=text(SINGLE), postgresql_where=text(SINGLE)
    )


class Message(Model):
    """One mail to one person. Message-ID and Date are fixed here, so a retry is the same mail.

    `data` holds this person's own values; `template` names a folder under templates/email. `lease`
    names the lane that holds it, or held it when its fate became unknown; `started_at` is set where
    a copy may have arrived, so that nobody takes the next one back. `settled_at` is when it ended;
    as long as it is put off, when a server first said so, from which its tries count. A bounce is
    noted beside the state: the mail was sent, and came back. `domain` is the part of the address
    after the @, by which sending is slowed down.

    A hundred thousand readers of an edition become rows at once, so such a row enters three indexes
    and no more (ADR 18): it has no `key` and no `reference`, since there is one for each person and
    mailing; and the mailing, which is made with it and never deleted, is no foreign key.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "ix_message_due",
            "priority",
            "not_before",
            "id",
            sqlite_where=text(PENDING),
            postgresql_where=text(PENDING),
        ),
        Index(
            "ix_message_unknown",
            "settled_at",
            sqlite_where=text(UNKNOWN),
            postgresql_where=text(UNKNOWN),
        ),
        Index(
            "ix_message_leased",
            "lease",
            sqlite_where=text(LEASED),
            postgresql_where=text(LEASED),
        ),
        # Counts a mailing and pages through it by state and reason without a look at its rows.
        Index("ix_message_mailing_state", "mailing_id", "state", "reason", "id"),
        Index(
            "ix_message_bounced",
            "mailing_id",
            sqlite_where=text(BOUNCED),
            postgresql_where=text(BOUNCED),
        ),
        # What was mailed to somebody; and of one mailing that was frozen one row at most.
        Index("ix_message_person", "person_id", "mailing_id", "key", unique=True),
        _of_single("ix_message_key", "key", unique=True),
        _of_single("ix_message_message_id", "message_id", unique=True),
        _of_single("ix_message_reference", "reference"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(120))
    reference: Mapped[str] = mapped_column(String(60), default="")
    person_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    template: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    priority: Mapped[int] = mapped_column(default=5)
    domain: Mapped[str] = mapped_column(String(120), default="")

    state: Mapped[str] = mapped_column(String(20), default="queued")
    reason: Mapped[str] = mapped_column(Text, default="")
    not_before: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str] = mapped_column(String(40), default="")
    lease_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    last_reply: Mapped[str] = mapped_column(Text, default="")
    message_id: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(default=now)
    bounced_at: Mapped[datetime | None]
    bounce_kind: Mapped[str] = mapped_column(String(10), default="")
    bounce_reason: Mapped[str] = mapped_column(String(40), default="")

    mailing: Mapped[Mailing] = relationship(back_populates="messages", primaryjoin=_TOGETHER)


keep_counts_of(cast(Table, Message.__table__))


class MailingCount(Model):
    """How many mails of a frozen mailing are in a state for a reason; the database counts them.

    The sum over all parts is the count: on PostgreSQL each connection adds to a part of its own.
    What a sender holds counts as queued (`counters.py`). The mailing is no foreign key, like that
    of a message.
    """

    __tablename__ = "mailing_count"
    __table_args__ = ({"sqlite_with_rowid": False},)

    mailing_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20), primary_key=True)
    reason: Mapped[str] = mapped_column(Text, primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]


class Suppression(Model):
    """Why a person or an address gets no mail of some purpose ("" is every purpose).

    A released row stays as history. `address_hash` is keyed, and outlives an erasure.
    """

    __tablename__ = "suppression"
    __table_args__ = (
        Index("ix_suppression_person", "person_id", "purpose"),
        Index("ix_suppression_address_hash", "address_hash", "purpose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[str] = mapped_column(String(20), default="")
    person_id: Mapped[int | None]
    address_hash: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(String(60))
    evidence: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None]


class Throttle(Model):
    """A bucket that all senders share: how fast mail may go from a sender or to a domain.

    `name` is like `sender:invitations` or `domain:example.org`; `rate` is mails a second (0: as
    fast as it goes), `level` what is in the bucket at `filled_at`. An answer 421 or 45x halves the
    rate, success restores it step by step. `blocked_until` is when it began to let mail through,
    after a time of days in which nothing came up. `away:newsletters` is no bucket: it keeps since
    when (`filled_at`) our mail server takes no mail of that stream, and its last words.
    """

    __tablename__ = "throttle"

    name: Mapped[str] = mapped_column(String(160), primary_key=True)
    rate: Mapped[float] = mapped_column(default=0.0)
    level: Mapped[float] = mapped_column(default=0.0)
    filled_at: Mapped[datetime] = mapped_column(default=now)
    slowed_at: Mapped[datetime | None]
    blocked_until: Mapped[datetime | None]
    last_reply: Mapped[str] = mapped_column(Text, default="")


class Bounce(Model):
    """One report that a mail did not arrive, with the reason as it was judged.

    `address_hash` is keyed like that of a suppression: five soft ones in a row over two weeks make
    the address rest.
    """

    __tablename__ = "bounce"
    __table_args__ = (Index("ix_bounce_address_hash_at", "address_hash", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="SET NULL"), index=True
    )
    inbound_mail_id: Mapped[int | None] = mapped_column(
        ForeignKey("inbound_mail.id", ondelete="SET NULL"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(index=True)
    address_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), default="")
    diagnostic: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(default=now)


# What waits for a person stands in a partial index: the list is short, the table is not.
WAITING = "state = 'waiting'"


class InboundMail(Model):
    """One mail that came back to us, once, whichever way it came in.

    `fingerprint` (of its Message-ID and its calendar part) makes the same mail twice one row.
    `reference` names what it is about ("invitation:42"), `message_id` the mail of ours that it
    answers. `state` is `waiting` for a person, `applied` by itself, `settled` by somebody, or
    `ignored`. `octets` is the mail as it came, until retention takes it.
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (
        Index(
            "ix_inbound_mail_waiting",
            "id",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
        Index("ix_inbound_mail_reference", "reference"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    source: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(default=now)
    recipient: Mapped[str] = mapped_column(String(254), default="")
    sender: Mapped[str] = mapped_column(String(254), default="")
    sender_name: Mapped[str] = mapped_column(String(200), default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    reason: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    body: Mapped[str] = mapped_column(Text, default="")
    octets: Mapped[bytes | None]
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="SET NULL"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(index=True)
    reference: Mapped[str] = mapped_column(String(60), default="")
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None]


class Intake(Model):
    """Whether a door through which mail comes in works, and what is wrong since when.

    `name` is `mailbox` or `receiver`; `fault` a word of `IntakeFault`, empty while all is well.
    """

    __tablename__ = "intake"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    worked_at: Mapped[datetime | None]
    tried_at: Mapped[datetime] = mapped_column(default=now)
    fault: Mapped[str] = mapped_column(String(20), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    failing_since: Mapped[datetime | None]
