"""Takes what somebody's calendar answered: applies it, keeps it out, or holds it for an advisor.

`background/inbox.py` hands in each such mail, once, in a transaction of its own. The address it
came to says who answers, the UID says to what, and both must agree: a From line proves nothing.
An answer goes the same way as one by the link, so seats, the waiting list and confirmations hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from eventsapp.calendars import imip
from eventsapp.calendars.event import PartStat
from eventsapp.calendars.imip import AnsweredEvent, Answerer, Says
from eventsapp.core.actor import SYSTEM, Actor, Level
from eventsapp.core.addresses import same_mailbox
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, EventsError, Expired
from eventsapp.invitations import answer as answering
from eventsapp.invitations import ledger
from eventsapp.invitations.extras import LONGEST_REMARK
from eventsapp.invitations.kinds import HeldReason, Reply, Via
from eventsapp.invitations.mailings import AT_ONCE, letter, standing_mailing
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.nearest import nearest_invitation
from eventsapp.invitations.reply_address import person_of
from eventsapp.mail import finding, outbox
from eventsapp.mail.kinds import InboundState, MailingKind
from eventsapp.mail.models import InboundMail, Message
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting

_REPLY = {
    PartStat.ACCEPTED: Reply.ACCEPTED,
    PartStat.TENTATIVE: Reply.TENTATIVE,
    PartStat.DECLINED: Reply.DECLINED,
}
_FOR_SOMEBODY = {Says.PROPOSAL: HeldReason.PROPOSAL, Says.DELEGATED: HeldReason.DELEGATED}
OLDER, NO_ANSWER, NOT_FOR_US = "older", "no_answer", "not_for_us"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What becomes of a mail, and why."""

    state: InboundState
    reason: str = ""


def _held(reason: HeldReason) -> _Verdict:
    return _Verdict(InboundState.WAITING, reason.value)


def _passed_over(reason: str) -> _Verdict:
    return _Verdict(InboundState.IGNORED, reason)


def apply(inbound: InboundMail) -> None:
    """Judge one answer of a calendar, and note on the mail what became of it.

    Nobody ever gets an automatic mail back for what we do not understand: it waits for somebody.
    """
    person_id = person_of(inbound.recipient)
    inbound.person_id = person_id or inbound.person_id
    verdict = _judge(inbound, person_id)
    inbound.state, inbound.reason = verdict.state.value, verdict.reason
    if verdict.state is InboundState.WAITING and not inbound.reference and person_id is not None:
        nearest = nearest_invitation(person_id)
        inbound.reference = ledger.reference(nearest) if nearest is not None else ""
    if verdict.state is InboundState.APPLIED:
        inbound.settled_at = now()
        _drop_overtaken(inbound)


def _drop_overtaken(inbound: InboundMail) -> None:
    """Let answers to an earlier time wait no longer, now that the time that holds is answered."""
    db.session.execute(
        update(InboundMail)
        .where(
            InboundMail.reference == inbound.reference,
            InboundMail.state == InboundState.WAITING.value,
            InboundMail.reason == HeldReason.OLDER_TIME.value,
        )
        .values(state=InboundState.IGNORED.value, settled_at=now())
    )


def _judge(inbound: InboundMail, person_id: int | None) -> _Verdict:
    try:
        message = imip.read(inbound.octets or b"")
    except imip.Unreadable:
        message = None
    if message is None:
        return _held(HeldReason.UNREADABLE)
    if message.says is Says.NOTHING:
        return _passed_over(NOT_FOR_US)
    event, invitation = _known(message.events)
    answerer = _answerer(event, invitation)
    inbound.detail = {**(inbound.detail or {}), **_told(event, answerer)}
    if invitation is None or event.recurrence_id:
        return _held(HeldReason.UNKNOWN_EVENT)
    inbound.reference = ledger.reference(invitation)
    if person_id != invitation.person_id:
        return _held(HeldReason.WRONG_ADDRESS)
    if message.says in _FOR_SOMEBODY:
        return _held(_FOR_SOMEBODY[message.says])
    if answerer is None:
        return _held(HeldReason.UNREADABLE)
    return _take(inbound, event, answerer, invitation)


def _known(
    events: tuple[AnsweredEvent, ...],
) -> tuple[AnsweredEvent, Invitation | None]:
    """Choose the entry that is ours, and its invitation; each of our entries stands by itself."""
    found = {
        one.uid: one
        for one in db.session.scalars(
            select(Invitation).where(Invitation.uid.in_([event.uid for event in events]))
        )
    }
    ours = next((event for event in events if event.uid in found), events[0])
    return ours, found.get(ours.uid)


def _answerer(event: AnsweredEvent, invitation: Invitation | None) -> Answerer | None:
    """Choose who answered: the invited address where it is there, else the first."""
    if invitation is not None:
        for one in event.answerers:
            if _is_invited(one.email, invitation):
                return one
    return event.answerers[0] if event.answerers else None


def _is_invited(email: str, invitation: Invitation) -> bool:
    known = (invitation.email, invitation.reply_alias)
    return any(address and same_mailbox(email, address) for address in known)


def _told(event: AnsweredEvent, answerer: Answerer | None) -> dict[str, Any]:
    """Give what is shown of an answer, whatever becomes of it."""
    told: dict[str, Any] = {
        "sequence": event.sequence,
        "dtstamp": event.dtstamp.isoformat() if event.dtstamp else "",
        "comment": event.comment,
        "proposed": [moment.isoformat() for moment in event.proposed],
    }
    if answerer is not None:
        told |= {
            "attendee": answerer.email,
            "attendee_name": answerer.name,
            "partstat": answerer.partstat,
            "delegated_to": answerer.delegated_to,
        }
    return told


def _take(
    inbound: InboundMail, event: AnsweredEvent, answerer: Answerer, invitation: Invitation
) -> _Verdict:
    """Let an answer of the right person hold, in the order in which answers were given."""
    if answerer.partstat not in _REPLY:
        return _passed_over(NO_ANSWER)
    meeting = ledger.lock_meeting(invitation.meeting_id)
    invitation = ledger.lock_invitation(invitation.id)
    if not _is_invited(answerer.email, invitation):
        if not same_mailbox(inbound.sender, invitation.email):
            return _held(HeldReason.FORWARDED)
        invitation.reply_alias = answerer.email
    order = event.sequence, _moment(event, inbound.received_at)
    if invitation.replied_at_order is not None and order < invitation.replied_at_order:
        return _passed_over(OLDER)
    reply = _REPLY[PartStat(answerer.partstat)]
    if event.sequence < invitation.time_sequence:
        _ask_again(meeting, invitation, reply)
        return _held(HeldReason.OLDER_TIME)
    if meeting.status == MeetingStatus.CANCELLED and reply is Reply.DECLINED:
        return _passed_over(NO_ANSWER)
    return _answered(inbound, event, invitation, reply, order)


def _answered(
    inbound: InboundMail,
    event: AnsweredEvent,
    invitation: Invitation,
    reply: Reply,
    order: tuple[int, datetime],
) -> _Verdict:
    reader = invitation.person
    actor = Actor(Level.LINK, reader.id, name=reader.name, language=reader.language)
    became = reply
    # Somebody who sends a substitute declines in the own calendar: the substitute still comes.
    if not (invitation.substitute_name and reply is Reply.DECLINED):
        try:
            became = answering.answer(actor, invitation, reply, via=Via.CALENDAR).reply
        except (Conflict, Expired):
            return _held(HeldReason.TOO_LATE)
        except EventsError:
            return _held(HeldReason.REFUSED)
    invitation.replied_sequence, invitation.replied_dtstamp = order
    _keep_comment(invitation, event.comment)
    inbound.detail = {**inbound.detail, "became": became.value}
    return _Verdict(InboundState.APPLIED)


def _moment(event: AnsweredEvent, received_at: datetime) -> datetime:
    """Tell when an answer was given: a clock that runs ahead does not beat what comes later."""
    return min(event.dtstamp, received_at) if event.dtstamp else received_at


def _keep_comment(invitation: Invitation, comment: str) -> None:
    """Put what was typed beside the answer with the remark; nothing that stood there goes."""
    if not comment or comment in invitation.remark:
        return
    parts = [part for part in (invitation.remark, comment) if part]
    invitation.remark = "\n".join(parts)[:LONGEST_REMARK]


def _ask_again(meeting: Meeting, invitation: Invitation, reply: Reply) -> None:
    """Mail once more what changed to who answered the time before; once for each new time."""
    told = db.session.scalars(
        select(Message)
        .where(finding.about([ledger.reference(invitation)]), Message.template == "update")
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    is_to_come = meeting.status == MeetingStatus.VISIBLE and meeting.starts_at > now()
    is_open = is_to_come and invitation.withdrawn_at is None and bool(invitation.email)
    if told is None or not is_open or invitation.reply != Reply.NEEDS_ACTION:
        return
    key = f"again:{invitation.id}:{invitation.generation}:{invitation.time_sequence}"
    again = letter(
        invitation,
        "update",
        key,
        priority=AT_ONCE,
        changed=told.data.get("changed", ["time"]),
        was=told.data.get("was", {}),
        earlier_reply=reply.value,
        reply=invitation.reply,
    )
    outbox.enqueue(standing_mailing(SYSTEM, meeting, MailingKind.UPDATE), [again])
