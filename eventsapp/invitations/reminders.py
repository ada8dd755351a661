"""Reminds who comes, a week and a day before, and once who has not answered near the deadline.

`background/jobs.py` asks `due` each minute: what is due is worked out anew from the meeting and the
answers, so a meeting that moves needs no clearing up. Keyed by invitation and start, nothing is
sent twice; a window that has passed is never made up for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from eventsapp.core import audit
from eventsapp.core.actor import SYSTEM, Actor
from eventsapp.core.dates import local_to_utc
from eventsapp.core.dates import now as present
from eventsapp.core.db import db
from eventsapp.invitations import ledger, seats
from eventsapp.invitations.kinds import Reply
from eventsapp.invitations.mailings import letter, open_mailing
from eventsapp.invitations.models import Invitation
from eventsapp.mail import finding, outbox, suppression
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Mailing, Message
from eventsapp.meetings.kinds import MeetingStatus, PlannedMail
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for
from eventsapp.meetings.rules import is_planned

WEEK, DAY = timedelta(days=7), timedelta(days=1)
BEFORE_DEADLINE = timedelta(days=2)
# Whoever heard of a meeting less than this ago, is left to think.
PEACE = timedelta(days=2)
MORNING = time(9)
MOST_MEETINGS = 200
_ASKED = (Reply.NEEDS_ACTION, Reply.TENTATIVE)


@dataclass(frozen=True, slots=True)
class Round:
    """One kind of reminder of one meeting, with the time within which it may go out."""

    mail: PlannedMail
    opens: datetime
    closes: datetime


def rounds(meeting: Meeting) -> list[Round]:
    """Give the reminders that the plan of this meeting has switched on, with their windows."""
    starts = meeting.starts_at
    found = [
        Round(PlannedMail.REMINDER_WEEK, starts - WEEK, starts - 3 * DAY),
        Round(PlannedMail.REMINDER_DAY, starts - DAY, starts - timedelta(hours=2)),
    ]
    if meeting.answer_by is None:
        found.append(Round(PlannedMail.REMINDER_SILENT, starts - WEEK, starts - BEFORE_DEADLINE))
    else:
        morning = datetime.combine(meeting.answer_by, MORNING)
        opens = local_to_utc(morning - BEFORE_DEADLINE, meeting.timezone)
        closes = local_to_utc(morning + DAY - timedelta(hours=9), meeting.timezone)
        found.append(Round(PlannedMail.REMINDER_SILENT, opens, min(closes, starts)))
    return [each for each in found if is_planned(meeting.mail_plan, each.mail)]


def due(now: datetime) -> int:
    """Queue every reminder that is due at this moment; gives how many were queued."""
    last_day = (now + BEFORE_DEADLINE + DAY).date()
    soon = or_(
        Meeting.starts_at <= now + WEEK,
        and_(Meeting.answer_by.is_not(None), Meeting.answer_by <= last_day),
    )
    numbers = db.session.scalars(
        select(Meeting.id)
        .where(Meeting.status == MeetingStatus.VISIBLE, Meeting.starts_at > now, soon)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(MOST_MEETINGS)
    ).all()
    meetings = db.session.scalars(select(Meeting).where(Meeting.id.in_(numbers))).all()
    queued = 0
    for meeting in sorted(meetings, key=lambda one: one.id):
        for each in rounds(meeting):
            if each.opens <= now < each.closes:
                queued += _remind_round(meeting, each, now)
    return queued


@dataclass(frozen=True, slots=True)
class Reminded:
    """Who of a choice is reminded by hand, and of what; the others get nothing.

    `unreached` would get one, but wants no mail or has no address that works.
    """

    coming: list[Invitation] = field(default_factory=list)
    asked: list[Invitation] = field(default_factory=list)
    unreached: list[Invitation] = field(default_factory=list)
    left_out: list[Invitation] = field(default_factory=list)


def foresee_remind(actor: Actor, meeting: Meeting, invitation_ids: Collection[int]) -> Reminded:
    """Tell who of a choice would be reminded as things stand now. Raises as `remind` does."""
    meeting_for(actor, meeting.id, write=True)
    wanted = _loaded(and_(Invitation.id.in_(invitation_ids), Invitation.meeting_id == meeting.id))
    withheld = suppression.withheld(
        {one.person_id for one in wanted}, {one.email for one in wanted}, Purpose.MEETINGS
    )
    found = Reminded()
    for one in wanted:
        if not (_is_seated(one) or one.reply in _ASKED):
            found.left_out.append(one)
        elif not one.email or one.person_id in withheld or one.email in withheld:
            found.unreached.append(one)
        else:
            (found.coming if _is_seated(one) else found.asked).append(one)
    return found


def remind(actor: Actor, meeting: Meeting, invitation_ids: Collection[int]) -> Mailing | None:
    """Remind these by hand: who comes of the meeting, who is silent or in doubt of answering.

    Whoever declined, waits or was withdrawn is left out; None when nobody remains. Raises Forbidden
    outside the actor's regions, Conflict where it is of no use any more.
    """
    meeting_for(actor, meeting.id, write=True)
    meeting = ledger.lock_meeting(meeting.id)
    ledger.demand_open(meeting)
    wanted = _loaded(and_(Invitation.id.in_(invitation_ids), _stands_at(meeting)))
    seated = {one.id for one in wanted if _is_seated(one)}
    chosen = [one for one in wanted if one.id in seated or one.reply in _ASKED]
    if not chosen:
        return None
    mailing = open_mailing(actor, meeting, MailingKind.REMINDER, undo=True)
    moment = present().isoformat(timespec="seconds")
    outbox.enqueue(
        mailing,
        [
            _letter(
                meeting,
                one,
                PlannedMail.REMINDER_WEEK if one.id in seated else PlannedMail.REMINDER_SILENT,
                f"remind:{one.id}:{moment}",
            )
            for one in chosen
        ],
    )
    audit.record(actor, "remind", "meeting", meeting.id, mailing=mailing.id, count=len(chosen))
    return mailing


def _remind_round(meeting: Meeting, each: Round, now: datetime) -> int:
    """Queue one kind of reminder of one meeting to whoever has not had it."""
    candidates = db.session.scalars(
        select(Invitation.id).where(_stands_at(meeting), _is_meant(each, now))
    ).all()
    keys = {_key(each.mail, number, meeting): number for number in candidates}
    had = set(db.session.scalars(select(Message.key).where(finding.with_key(keys))))
    numbers = [number for key, number in keys.items() if key not in had]
    if not numbers:
        return 0
    # Anybody may have answered, or the meeting moved, since we looked.
    meeting = ledger.lock_meeting(meeting.id)
    if meeting.status != MeetingStatus.VISIBLE or each not in rounds(meeting):
        return 0
    chosen = _loaded(and_(Invitation.id.in_(numbers), _stands_at(meeting), _is_meant(each, now)))
    mailing = open_mailing(SYSTEM, meeting, MailingKind.REMINDER)
    queued = outbox.enqueue(
        mailing,
        [_letter(meeting, one, each.mail, _key(each.mail, one.id, meeting)) for one in chosen],
    )
    return len(queued)


def _is_seated(one: Invitation) -> bool:
    return one.reply == Reply.ACCEPTED or (
        one.reply == Reply.DECLINED and bool(one.substitute_name)
    )


def _stands_at(meeting: Meeting) -> ColumnElement[bool]:
    return and_(
        Invitation.meeting_id == meeting.id,
        Invitation.withdrawn_at.is_(None),
        Invitation.email != "",
    )


def _is_meant(each: Round, now: datetime) -> ColumnElement[bool]:
    """Condition on Invitation: this reminder is for them, and other mail was not just now."""
    if each.mail is PlannedMail.REMINDER_SILENT:
        return and_(
            Invitation.reply == Reply.NEEDS_ACTION,
            Invitation.invited_at <= now - PEACE,
            Invitation.dtstamp <= now - PEACE,
        )
    answered_earlier = or_(
        Invitation.replied_at.is_(None), Invitation.replied_at < each.opens - timedelta(hours=12)
    )
    return and_(seats.has_seat(), answered_earlier)


def _key(mail: PlannedMail, invitation_id: int, meeting: Meeting) -> str:
    return f"{mail.value}:{invitation_id}:{meeting.starts_at.isoformat()}"


def _letter(meeting: Meeting, one: Invitation, mail: PlannedMail, key: str) -> outbox.Letter:
    return letter(
        one,
        mail.value,
        key,
        for_start=meeting.starts_at.isoformat(),
        reply=one.reply,
        substitute_name=one.substitute_name,
    )


def _loaded(where: ColumnElement[bool]) -> list[Invitation]:
    statement = (
        select(Invitation).where(where).options(*ledger.with_reader()).order_by(Invitation.id)
    )
    return list(db.session.scalars(statement))
