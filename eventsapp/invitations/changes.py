"""Changes, moves and cancels a meeting to which people were invited, and tells them.

The advisors' door calls it, after showing with `foresee_change` or `foresee_cancel` who will be
told what. `meetings/planning.py` changes the rows; here the ledgers of the calendar entries follow,
and the mails. All in one transaction, under the lock of the meeting.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.invitations import ledger, seats, substitutes, undoing
from eventsapp.invitations.facts import mail_facts
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.mailings import letter, open_mailing, tell_cancelled
from eventsapp.invitations.models import Answer, Invitation
from eventsapp.invitations.substitutes import News
from eventsapp.mail import finding, outbox, renewing
from eventsapp.mail.kinds import MailingKind, MessageState
from eventsapp.mail.models import Mailing, Message
from eventsapp.meetings import planning
from eventsapp.meetings.kinds import MeetingStatus, PlannedMail
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.plan import MeetingPlan
from eventsapp.meetings.queries import meeting_for
from eventsapp.meetings.rules import Change, asks_for_a_new_answer, is_planned

UPDATE = "update"
# Mails that speak of a time; what still waits of them no longer holds when the meeting moves.
_OF_A_TIME = (
    "confirmation",
    "seat_offered",
    "reminder_week",
    "reminder_day",
    "reminder_silent",
)
_WAITING = (MessageState.QUEUED, MessageState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Told:
    """Who will be told what by a change or a cancel, in numbers of people.

    `updates` get a mail now; of these `asked_again` are asked for a new answer, and `entries` have
    an entry in their calendar that changes or goes. `refreshed` have a mail waiting, which takes
    along what is new. `substitutes` get a mail at the address that was given for them.
    `is_optional`: the advisor chooses whether to tell.
    """

    updates: int = 0
    asked_again: int = 0
    entries: int = 0
    refreshed: int = 0
    substitutes: int = 0
    is_optional: bool = False

    @property
    def mails(self) -> int:
        """Tell how many mails leave."""
        return self.updates + self.substitutes


def foresee_change(meeting: Meeting, changed: Collection[Change | str]) -> Told:
    """Tell what a change of these kinds would lead to; reads only."""
    kinds = {Change(each) for each in changed}
    if not kinds or not _is_told_of(meeting):
        return Told()
    invitations = _standing(meeting)
    waiting = _awaiting_invitation(invitations)
    told = [one for one in invitations if one.id not in waiting]
    return Told(
        updates=len(told),
        asked_again=sum(1 for one in told if _is_answered(one))
        if asks_for_a_new_answer(kinds)
        else 0,
        entries=len(ledger.holders(told)),
        refreshed=len(waiting),
        substitutes=len(substitutes.of(told)),
        is_optional=kinds == {Change.TEXT},
    )


def foresee_cancel(meeting: Meeting) -> Told:
    """Tell what cancelling would lead to; reads only."""
    if not _is_told_of(meeting):
        return Told()
    invitations = _standing(meeting)
    told = _to_tell_of_cancel(meeting, invitations)
    return Told(
        updates=len(told),
        entries=len(ledger.holders(told)),
        substitutes=len(substitutes.of(told)),
    )


def change(
    actor: Actor, meeting: Meeting, plan: MeetingPlan, version: int, tell: bool = True
) -> Mailing | None:
    """Change a meeting and tell the invited.

    Another time, place or online link is always told; a new text only with `tell`. When the time
    changed everybody is asked again: earlier answers stay in the log and no seat is kept, whoever
    answers first has it. `undoing.py` puts all back as long as no mail has left. Raises what
    `planning.change` raises.
    """
    meeting_for(actor, meeting.id, write=True)
    meeting = ledger.lock_meeting(meeting.id)
    before, earlier = mail_facts(meeting), planning.whole_plan_of(meeting)
    changed = planning.change(actor, meeting, plan, version)
    mailing = None
    if _is_told_of(meeting):
        mailing = _tell(actor, meeting, changed, before, tell, earlier)
    seats.move_up(meeting)  # there may be more seats now
    return mailing


def cancel(actor: Actor, meeting: Meeting, reason: str) -> Mailing | None:
    """Cancel a meeting: whoever holds a calendar entry gets one cancel, decliners too.

    What still waits to be sent is taken back; who was never told hears nothing. `undoing.py` puts
    all back as long as no mail has left. Raises what `planning.cancel_meeting` raises.
    """
    meeting_for(actor, meeting.id, write=True)
    meeting = ledger.lock_meeting(meeting.id)
    is_worth_telling = _is_told_of(meeting)
    earlier = planning.whole_plan_of(meeting)
    planning.cancel_meeting(actor, meeting, reason)
    invitations = ledger.lock_invitations(meeting)
    stood = undoing.stood(earlier, invitations)
    references = [ledger.reference(one) for one in invitations]
    references += [substitutes.reference(one) for one in invitations]
    outbox.take_back(references=references)
    told = _to_tell_of_cancel(meeting, invitations) if is_worth_telling else []
    if not told:
        return None
    mailing = tell_cancelled(actor, meeting, _with_reader(told), ledger.holders(told), undo=True)
    outbox.enqueue(mailing, substitutes.letters(substitutes.of(told), News.CANCELLED))
    undoing.remember(mailing, meeting, stood)
    audit.record(actor, "tell_cancelled", "meeting", meeting.id, mailing=mailing.id, told=len(told))
    return mailing


def _is_told_of(meeting: Meeting) -> bool:
    """Tell whether news of this meeting still matters to anybody."""
    return meeting.status == MeetingStatus.VISIBLE and meeting.starts_at > now()


def _standing(meeting: Meeting) -> list[Invitation]:
    statement = select(Invitation).where(
        Invitation.meeting_id == meeting.id, Invitation.withdrawn_at.is_(None)
    )
    return list(db.session.scalars(statement))


def _is_answered(invitation: Invitation) -> bool:
    return invitation.reply != Reply.NEEDS_ACTION


def _awaiting_invitation(invitations: list[Invitation]) -> set[int]:
    """Give who still has the invitation itself to come: it will say how things are by then."""
    by_reference = {ledger.reference(one): one.id for one in invitations}
    waiting = db.session.scalars(
        select(Message.reference).where(
            finding.about(by_reference),
            Message.template == "invitation",
            Message.state.in_(_WAITING),
        )
    )
    return {by_reference[name] for name in waiting}


def _to_tell_of_cancel(meeting: Meeting, invitations: list[Invitation]) -> list[Invitation]:
    """Choose who must hear that the meeting is off: holders, and who may count on it otherwise."""
    holders = ledger.holders(invitations)
    silent: set[int] = set()
    if is_planned(meeting.mail_plan, PlannedMail.INVITATION):
        silent = ledger.never_told(invitations)
    return [
        one
        for one in invitations
        if one.id in holders
        or (
            one.id not in silent
            and one.email
            and (one.reply != Reply.DECLINED or one.substitute_name)
        )
    ]


def _with_reader(invitations: list[Invitation]) -> list[Invitation]:
    statement = select(Invitation).where(Invitation.id.in_([one.id for one in invitations]))
    db.session.scalars(statement.options(*ledger.with_reader())).all()
    return invitations


def _tell(
    actor: Actor,
    meeting: Meeting,
    changed: Collection[Change],
    before: dict[str, Any],
    tell: bool,
    earlier_plan: MeetingPlan,
) -> Mailing | None:
    invitations = ledger.lock_invitations(meeting)
    stood = undoing.stood(earlier_plan, invitations)
    renewing.refresh(ledger.meeting_reference(meeting), mail_facts(meeting))
    is_new_round = bool(set(changed) - {Change.TEXT})
    if not invitations or not changed or not (is_new_round or tell):
        return None
    waiting = _awaiting_invitation(invitations)
    told = [one for one in invitations if one.id not in waiting]
    earlier = _taken_back(told, is_moved=Change.TIME in changed)
    replies = {one.id: one.reply for one in told}
    replaced = substitutes.of(told)
    for one in told:
        ledger.renew_entry(one, is_new_round=is_new_round)
        if asks_for_a_new_answer(changed):
            one.time_sequence = one.sequence  # answers of calendars to what was before do not hold
    if asks_for_a_new_answer(changed):
        _ask_again(invitations)
    if not told:
        return None
    mailing = open_mailing(actor, meeting, MailingKind.UPDATE, undo=True)
    undoing.remember(mailing, meeting, stood)
    was = {name: before[name] for name in ("when", "place", "online_url", "title")}
    outbox.enqueue(
        mailing,
        [
            _update(meeting, one, changed, was, earlier.get(ledger.reference(one)), replies[one.id])
            for one in _with_reader(told)
            if one.email
        ]
        + substitutes.letters(
            replaced,
            News.MOVED if asks_for_a_new_answer(changed) else News.CHANGED,
            changed=sorted(str(kind) for kind in changed),
            was=was,
        ),
    )
    audit.record(
        actor,
        "tell_changed",
        "meeting",
        meeting.id,
        mailing=mailing.id,
        told=len(told),
        changed=sorted(changed),
    )
    return mailing


def _taken_back(told: list[Invitation], is_moved: bool) -> dict[str, dict[str, Any]]:
    """Take back what waits and no longer holds; give what updates among it meant to say."""
    references = [ledger.reference(one) for one in told]
    rows = db.session.execute(
        select(Message.reference, Message.data).where(
            finding.about(references),
            Message.template == UPDATE,
            Message.state.in_(_WAITING),
        )
    ).all()
    templates = (UPDATE, *_OF_A_TIME) if is_moved else (UPDATE,)
    taken = set(outbox.take_back(references=references, templates=templates))
    return {row.reference: row.data for row in rows if row.reference in taken}


def _update(
    meeting: Meeting,
    invitation: Invitation,
    changed: Collection[Change],
    was: dict[str, Any],
    earlier: dict[str, Any] | None,
    reply: str,
) -> Any:
    """Make the mail that says what is new; it also says what an older one never told."""
    kinds = {str(each) for each in changed} | set(earlier["changed"] if earlier else ())
    key = f"update:{invitation.id}:{invitation.generation}:{invitation.sequence}:{meeting.version}"
    return letter(
        invitation,
        UPDATE,
        key,
        changed=sorted(kinds),
        was=earlier["was"] if earlier else was,
        earlier_reply=earlier["earlier_reply"] if earlier else reply,
        reply=invitation.reply,
    )


def _ask_again(invitations: list[Invitation]) -> None:
    """Forget answers to the old time, except in the log; nobody's seat is kept."""
    for one in invitations:
        if not _is_answered(one):
            continue
        one.reply = Reply.NEEDS_ACTION
        one.waiting_since = None
        one.replied_at = None
        one.substitute_name = ""
        one.substitute_email = ""
        db.session.add(
            Answer(
                invitation_id=one.id,
                via=Via.MOVED,
                asked=Reply.NEEDS_ACTION,
                reply=Reply.NEEDS_ACTION,
                guests=one.guests,
            )
        )
