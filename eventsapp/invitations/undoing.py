"""Undoes a change or a cancellation of a meeting while the mails about it still wait.

`changes.py` remembers with this how all stood; the advisors' door undoes. All comes back or
nothing: once a mail has left, or somebody has changed the meeting since, it is too late. Answers
that came in meanwhile hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, NotFound
from eventsapp.core.labels import N_
from eventsapp.invitations import ledger, seats, substitutes
from eventsapp.invitations.facts import mail_facts
from eventsapp.invitations.kinds import Via
from eventsapp.invitations.mailings import AT_ONCE, letter, open_mailing
from eventsapp.invitations.models import Answer, Invitation, MeetingBefore
from eventsapp.mail import finding, outbox, renewing
from eventsapp.mail.kinds import MailingKind, MessageState
from eventsapp.mail.models import Mailing, Message
from eventsapp.meetings import planning
from eventsapp.meetings.keeping import packed, unpacked
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.plan import MeetingPlan
from eventsapp.meetings.queries import meeting_for
from eventsapp.meetings.rules import Change, asks_for_a_new_answer

KINDS = frozenset({MailingKind.UPDATE.value, MailingKind.CANCELLATION.value})
_TOO_LATE = N_("It is too late to undo this: the mails have left already.")
# What a change takes from an invitation, and what comes back with it.
_TEXTS = ("reply", "replied_via", "substitute_name", "substitute_email")
_NUMBERS = ("sequence", "time_sequence")
_MOMENTS = ("replied_at", "waiting_since")
_STOPPED = (MessageState.CANCELLED, MessageState.SKIPPED)
_LEFT = (MessageState.SENT, MessageState.UNKNOWN)


class Stood(NamedTuple):
    """How a meeting, its answers and its waiting mails stood before a change."""

    plan: MeetingPlan
    answers: list[dict[str, Any]]
    unsent: list[int]


def stood(plan: MeetingPlan, invitations: Iterable[Invitation]) -> Stood:
    """Note how all stands; ask this before the change touches invitations or mails."""
    known = list(invitations)
    return Stood(
        plan,
        [_noted(one) for one in known],
        outbox.unsent(_references(known)),
    )


def remember(mailing: Mailing, meeting: Meeting, before: Stood) -> None:
    """Keep how all stood as long as the mails wait; nothing where they leave at once."""
    if mailing.not_before <= now():
        return
    forget()
    last = select(func.max(Answer.id)).join(Invitation, Invitation.id == Answer.invitation_id)
    db.session.add(
        MeetingBefore(
            mailing_id=mailing.id,
            meeting_id=meeting.id,
            version=meeting.version,
            plan=packed(before.plan),
            answers=before.answers,
            taken_back=before.unsent,
            last_answer_id=db.session.scalar(last.where(Invitation.meeting_id == meeting.id)) or 0,
            until=mailing.not_before,
        )
    )


def forget() -> int:
    """Drop what can be undone no longer; give how much."""
    over = delete(MeetingBefore).where(MeetingBefore.until < now())
    return outbox.rows_of(
        db.session.execute(over, execution_options={"synchronize_session": False})
    )


def open_for(meeting: Meeting) -> Mailing | None:
    """Give the sending whose change can be undone now, None where there is none."""
    return db.session.scalar(
        select(Mailing)
        .join(MeetingBefore, MeetingBefore.mailing_id == Mailing.id)
        .where(
            MeetingBefore.meeting_id == meeting.id,
            MeetingBefore.version == meeting.version,
            Mailing.not_before > now() + timedelta(seconds=1),
        )
        .order_by(Mailing.id.desc())
        .limit(1)
    )


def undo(actor: Actor, mailing_id: int) -> Meeting:
    """Put a meeting back as it was before the change or cancellation that this sending tells of.

    Nobody is mailed, but for who heard of the change on another way since. Raises NotFound for
    another kind of sending, Conflict when it is too late.
    """
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None or mailing.kind not in KINDS:
        raise NotFound
    number = int(mailing.reference.partition(":")[2])
    meeting_for(actor, number, write=True)
    meeting = ledger.lock_meeting(number)
    before = db.session.get(MeetingBefore, mailing_id)
    if before is None:
        raise Conflict(_TOO_LATE)
    if before.version != meeting.version:
        raise Conflict(N_("The meeting was changed again since, so this can't be undone any more."))
    invitations = ledger.lock_invitations(meeting)
    outbox.take_back(mailing_id=mailing_id)
    left = Message.mailing_id == mailing_id, Message.state.not_in(_STOPPED)
    if db.session.scalar(select(Message.id).where(*left).limit(1)) is not None:
        raise Conflict(_TOO_LATE)
    facts = mail_facts(meeting)
    changed = planning.put_back(actor, meeting, unpacked(before.plan))
    heard = _heard(mailing, invitations, before.last_answer_id)
    known = {one["id"]: one for one in before.answers}
    restored = [one for one in invitations if one.id in known and one.id not in heard]
    for one in restored:
        _restore(one, known[one.id])
    outbox.put_back(before.taken_back, _references(restored))
    renewing.refresh(ledger.meeting_reference(meeting), mail_facts(meeting))
    if changed:
        _tell(actor, meeting, changed, facts, [one for one in invitations if one.id in heard])
    db.session.delete(before)
    seats.move_up(meeting)
    audit.record(actor, "undo_mailing", "meeting", meeting.id, mailing=mailing_id)
    return meeting


def _references(invitations: Iterable[Invitation]) -> list[str]:
    return [
        name for one in invitations for name in (ledger.reference(one), substitutes.reference(one))
    ]


def _noted(invitation: Invitation) -> dict[str, Any]:
    moments = {name: getattr(invitation, name) for name in _MOMENTS}
    return {
        "id": invitation.id,
        **{name: str(getattr(invitation, name)) for name in _TEXTS},
        **{name: getattr(invitation, name) for name in _NUMBERS},
        **{name: at.isoformat() if at else None for name, at in moments.items()},
    }


def _restore(invitation: Invitation, noted: dict[str, Any]) -> None:
    """Let an answer hold again; the log tells that it did."""
    was_reset = invitation.reply != noted["reply"]
    for name in (*_TEXTS, *_NUMBERS):
        setattr(invitation, name, noted[name])
    for name in _MOMENTS:
        at = noted[name]
        setattr(invitation, name, datetime.fromisoformat(at) if at else None)
    if was_reset:
        db.session.add(
            Answer(
                invitation_id=invitation.id,
                via=Via.RESTORED,
                asked=invitation.reply,
                reply=invitation.reply,
                guests=invitation.guests,
            )
        )


def _heard(mailing: Mailing, invitations: Iterable[Invitation], last_answer_id: int) -> set[int]:
    """Give who knows of the change although its mails wait: who answered, or got another mail."""
    numbers = {ledger.reference(one): one.id for one in invitations}
    answered = db.session.scalars(
        select(Answer.invitation_id).where(
            Answer.invitation_id.in_(numbers.values()), Answer.id > last_answer_id
        )
    )
    mailed = db.session.scalars(
        select(Message.reference).where(
            finding.about(numbers),
            (Message.state.in_(_LEFT) & (Message.settled_at > mailing.created_at))
            | (Message.state == MessageState.LEASED),
        )
    )
    return set(answered) | {numbers[name] for name in mailed}


def _tell(
    actor: Actor,
    meeting: Meeting,
    changed: Collection[Change],
    was: dict[str, Any],
    heard: Iterable[Invitation],
) -> None:
    """Mail to who heard of the change that it is undone; their answers hold."""
    letters = []
    for one in heard:
        ledger.renew_entry(one, is_new_round=bool(set(changed) - {Change.TEXT}))
        if asks_for_a_new_answer(changed):
            one.time_sequence = one.sequence
        if not one.email:
            continue
        letters.append(
            letter(
                one,
                "update",
                f"undone:{one.id}:{one.generation}:{one.sequence}:{meeting.version}",
                priority=AT_ONCE,
                changed=sorted(str(each) for each in changed),
                was={name: was[name] for name in ("when", "place", "online_url", "title")},
                earlier_reply=one.reply,
                reply=one.reply,
            )
        )
    if letters:
        outbox.enqueue(open_mailing(actor, meeting, MailingKind.UPDATE), letters)
