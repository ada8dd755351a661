"""Remembers whom we asked, what they answered and who came.

Answers are a log that only grows; the invitation holds the latest. What somebody needs to take
part stands in a table of its own, because it is erased by its own rule.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model
from eventsapp.directory.models import Organisation, Person
from eventsapp.meetings.models import Meeting, Question


def new_uid() -> str:
    """Make the UID of one person's calendar entry: 128 random bits."""
    return f"{secrets.token_hex(16)}@eventsapp"


class Invitation(Model):
    """One person asked to one meeting, with the ledger of that person's calendar entry.

    `sequence` and `dtstamp` belong to the next or latest calendar mail; `last_method` is what was
    last really sent: whoever has REQUEST there holds an entry and is owed a CANCEL.
    `replied_sequence` and `replied_dtstamp` order the answers, however they came (RFC 5546 2.1.5);
    `time_sequence` is the SEQUENCE since which the time is as it is, and `reply_alias` another
    address from which this person's calendar answered.
    `is_letter_only`: somebody else at the same address has the entry of this meeting.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id"),
        Index("ix_invitation_meeting_reply", "meeting_id", "reply"),
        CheckConstraint("guests >= 0 AND guests <= 20", name="guests"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    role_kind: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    source: Mapped[str] = mapped_column(String(20), default="invited")
    generation: Mapped[int] = mapped_column(default=0)
    invited_at: Mapped[datetime] = mapped_column(default=now)
    invited_by: Mapped[int | None]
    mailing_id: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None]

    reply: Mapped[str] = mapped_column(String(20), default="needs_action")
    replied_at: Mapped[datetime | None]
    replied_via: Mapped[str] = mapped_column(String(20), default="")
    waiting_since: Mapped[datetime | None]
    guests: Mapped[int] = mapped_column(default=0)
    guest_names: Mapped[str] = mapped_column(String(500), default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    substitute_name: Mapped[str] = mapped_column(String(160), default="")
    substitute_email: Mapped[str] = mapped_column(String(254), default="")

    uid: Mapped[str] = mapped_column(String(80), unique=True, default=new_uid)
    organizer: Mapped[str] = mapped_column(String(254), default="")
    sequence: Mapped[int] = mapped_column(default=0)
    dtstamp: Mapped[datetime] = mapped_column(default=now)
    last_method: Mapped[str] = mapped_column(String(10), default="")
    is_letter_only: Mapped[bool] = mapped_column(default=False)
    replied_sequence: Mapped[int] = mapped_column(default=0)
    replied_dtstamp: Mapped[datetime | None]
    reply_alias: Mapped[str] = mapped_column(String(254), default="")
    time_sequence: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    meeting: Mapped[Meeting] = relationship()
    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    answers: Mapped[list[Answer]] = relationship(order_by="Answer.id")
    organisations: Mapped[list[InvitedOrganisation]] = relationship(
        back_populates="via", order_by="InvitedOrganisation.id"
    )

    @property
    def replied_at_order(self) -> tuple[int, datetime] | None:
        """Tell where the latest answer stands in the order of answers; None before the first."""
        if self.replied_dtstamp is None:
            return None
        return self.replied_sequence, self.replied_dtstamp


class InvitedOrganisation(Model):
    """An organisation that was asked, through the person who got the mail."""

    __tablename__ = "invited_organisation"
    __table_args__ = (UniqueConstraint("meeting_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    via_invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), index=True
    )

    organisation: Mapped[Organisation] = relationship()
    via: Mapped[Invitation] = relationship(back_populates="organisations")


class Answer(Model):
    """One answer as it came in; never changed, so that "who said what, when and how" stays."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(default=now)
    via: Mapped[str] = mapped_column(String(20))
    asked: Mapped[str] = mapped_column(String(20))
    reply: Mapped[str] = mapped_column(String(20))
    guests: Mapped[int] = mapped_column(default=0)
    substitute_name: Mapped[str] = mapped_column(String(160), default="")
    by_person_id: Mapped[int | None]


class QuestionAnswer(Model):
    """What an invitee answered to an own question of the meeting."""

    __tablename__ = "question_answer"
    __table_args__ = (UniqueConstraint("invitation_id", "question_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id", ondelete="CASCADE"))
    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), index=True
    )
    value: Mapped[str] = mapped_column(String(500))

    question: Mapped[Question] = relationship()


class AccessNeed(Model):
    """What an invitee needs to take part; erased 14 days after the meeting."""

    __tablename__ = "access_need"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), unique=True
    )
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    remark: Mapped[str] = mapped_column(Text, default="")


class RememberedNeed(Model):
    """What a participant asked us to remember for the meetings of one network."""

    __tablename__ = "remembered_need"
    __table_args__ = (UniqueConstraint("person_id", "network_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    network_id: Mapped[int] = mapped_column(ForeignKey("network.id", ondelete="CASCADE"))
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    remark: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)


class CallNote(Model):
    """The outcome of one telephone call about an invitation."""

    __tablename__ = "call_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(default=now)
    by_person_id: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(String(20))


class Notice(Model):
    """Something an invitee told us by the link that an advisor should settle.

    `kind` is `successor` ("I no longer do this, ask …") or `not_me` ("this is not me").
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None]

    invitation: Mapped[Invitation] = relationship()


class Attendance(Model):
    """Who was there. `represented_by_id` names the present attendee who spoke for this one.

    The two permissions of a walk-in are None until they were asked.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id"),
        Index("ix_attendance_person_presence", "person_id", "presence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    presence: Mapped[str] = mapped_column(String(20))
    represented_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("attendance.id", ondelete="SET NULL")
    )
    is_walk_in: Mapped[bool] = mapped_column(default=False)
    guests: Mapped[int] = mapped_column(default=0)
    may_invite: Mapped[bool | None]
    may_send_newsletter: Mapped[bool | None]
    marked_at: Mapped[datetime] = mapped_column(default=now)
    marked_by: Mapped[int | None]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class SignUp(Model):
    """Somebody who wants to come to a public meeting and has not confirmed by mail yet."""

    __tablename__ = "sign_up"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    name: Mapped[str] = mapped_column(String(160))
    email: Mapped[str] = mapped_column(String(254))
    organisation: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    confirmed_at: Mapped[datetime | None]
    invitation_id: Mapped[int | None] = mapped_column(
        ForeignKey("invitation.id", ondelete="SET NULL")
    )


class MeetingBefore(Model):
    """How a meeting and its answers stood before a change or a cancellation that can be undone.

    It stands as long as the mails of `mailing_id` wait, and goes after. `version` is that of the
    meeting since; `answers` hold what was answered, by invitation; `taken_back` names the mails
    that the change took back; `last_answer_id` parts earlier answers from later ones.
    """

    __tablename__ = "meeting_before"

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True
    )
    meeting_id: Mapped[int] = mapped_column(
        ForeignKey("meeting.id", ondelete="CASCADE"), index=True
    )
    version: Mapped[int]
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    taken_back: Mapped[list[int]] = mapped_column(JSON)
    last_answer_id: Mapped[int]
    until: Mapped[datetime] = mapped_column(index=True)
