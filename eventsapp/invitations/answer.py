"""Takes an answer: decides about the seat, keeps the log, confirms by mail, moves others up.

The participants' page calls it for the holder of a personal link, the advisors' pages for somebody
who rang. Everything happens under the lock of the meeting, in one transaction with the mail rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from eventsapp.core import audit
from eventsapp.core.actor import SYSTEM, Actor, Level
from eventsapp.core.addresses import parse_address
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import one_line
from eventsapp.invitations import extras as extra_facts
from eventsapp.invitations import ledger, rules, seats, substitutes
from eventsapp.invitations.extras import Extras
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.mailings import AT_ONCE, letter, standing_mailing
from eventsapp.invitations.models import Answer, Invitation
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind
from eventsapp.meetings.kinds import MeetingStatus, PlannedMail
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for
from eventsapp.meetings.rules import is_planned

__all__ = ["Extras", "Outcome", "add_extras", "answer", "name_substitute", "take_back"]

LONGEST_NAME = 160


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer, and which invitations got the seats that it freed."""

    invitation: Invitation
    reply: Reply
    reason: rules.Reason = rules.Reason.AS_ASKED
    moved_up: list[int] = field(default_factory=list)

    @property
    def is_waitlisted(self) -> bool:
        """Tell whether the invitee now waits for a seat."""
        return self.reply is Reply.WAITLISTED


def answer(
    actor: Actor, invitation: Invitation, reply: Reply, *, via: Via, guests: int | None = None
) -> Outcome:
    """Keep what an invitee says about coming; it holds at once.

    The same answer again changes nothing and mails nobody. Raises InputError for what is no answer,
    Conflict when the meeting was cancelled, Expired when it began or the invitation was withdrawn,
    Forbidden for an advisor of another region.
    """
    meeting, invitation = _locked(actor, invitation)
    wanted = guests if guests is not None else invitation.guests if reply is Reply.ACCEPTED else 0
    replaced = substitutes.of([invitation])
    outcome = _settle(actor, meeting, invitation, reply, via=via, guests=wanted)
    substitutes.release(actor, meeting, replaced)
    return outcome


def name_substitute(
    actor: Actor, invitation: Invitation, name: str, email: str = "", *, via: Via
) -> Outcome:
    """Note that somebody else comes in the invitee's place: a name is enough.

    The substitute takes the seat, the invitee's own entry says declined. Raises as `answer` does.
    """
    meeting, invitation = _locked(actor, invitation)
    tidy = one_line(name, LONGEST_NAME + 1)
    if not tidy:
        raise InputError(N_("Fill in the name of who comes in your place."), "substitute_name")
    if len(tidy) > LONGEST_NAME:
        raise InputError(
            N_("This is too long: at most %(most)s characters."),
            "substitute_name",
            most=LONGEST_NAME,
        )
    address = parse_address(email, "substitute_email") if email.strip() else ""
    replaced = substitutes.of([invitation])
    outcome = _settle(
        actor,
        meeting,
        invitation,
        Reply.DECLINED,
        via=via,
        guests=invitation.guests,
        substitute=tidy,
    )
    invitation.substitute_email = address
    substitutes.release(actor, meeting, replaced)
    return outcome


def take_back(actor: Actor, invitation: Invitation) -> list[int]:
    """Let an answer that was kept by mistake be none; gives who got the seats that it freed.

    The log keeps it. A confirmation that did not leave is taken back; raises as `answer` does.
    """
    meeting, invitation = _locked(actor, invitation)
    had, replaced = seats.held(invitation), substitutes.of([invitation])
    _note_order(invitation, Via.ADVISOR)
    is_other_status = invitation.reply == Reply.WAITLISTED
    _write(invitation, rules.Decision(Reply.NEEDS_ACTION, 0, 0), "", Via.ADVISOR)
    invitation.replied_at, invitation.replied_via = None, ""
    _log(actor, invitation, Reply.NEEDS_ACTION, Via.ADVISOR)
    ledger.renew_entry(invitation, is_new_round=is_other_status)
    outbox.take_back(
        references=[ledger.reference(invitation)], templates=["confirmation", "seat_offered"]
    )
    substitutes.release(actor, meeting, replaced)
    audit.record(actor, "answer", "invitation", invitation.id, reply=invitation.reply)
    return seats.move_up(meeting) if had else []


def add_extras(actor: Actor, invitation: Invitation, extras: Extras, *, via: Via) -> Outcome:
    """Keep what comes after the answer: guests, own questions, needs, a remark; each optional.

    Raises InputError with the field at fault, also when there is no room for that many guests or a
    workshop is full; else as `answer` does.
    """
    meeting, invitation = _locked(actor, invitation)
    extra_facts.keep(meeting, invitation, extras)
    reply = Reply(invitation.reply)
    if extras.guests is None or extras.guests == invitation.guests:
        return Outcome(invitation, reply)
    rules.check_guests(extras.guests)
    has_substitute = bool(invitation.substitute_name)
    if not (rules.seats_of(reply, 0, has_substitute) or reply is Reply.WAITLISTED):
        return Outcome(invitation, reply)
    outcome = _settle(
        actor,
        meeting,
        invitation,
        Reply.DECLINED if has_substitute else Reply.ACCEPTED,
        via=via,
        guests=extras.guests,
        substitute=invitation.substitute_name,
    )
    if outcome.reason is rules.Reason.NO_ROOM_FOR_GUESTS:
        raise InputError(
            N_("There is no room for that many guests any more. Left: %(left)s."),
            "guests",
            left=rules.free_seats(meeting.capacity, seats.taken(meeting)),
        )
    return outcome


def _locked(actor: Actor, invitation: Invitation) -> tuple[Meeting, Invitation]:
    """Lock meeting and invitation, and refuse whoever may not answer, or not any more."""
    if actor.level is not Level.LINK:
        meeting_for(actor, invitation.meeting_id, write=True)
    meeting = ledger.lock_meeting(invitation.meeting_id)
    invitation = ledger.lock_invitation(invitation.id)
    rules.check_open(
        rules.standing(
            starts_at=meeting.starts_at,
            at=now(),
            is_cancelled=meeting.status == MeetingStatus.CANCELLED,
            is_withdrawn=invitation.withdrawn_at is not None,
        )
    )
    return meeting, invitation


def _settle(
    actor: Actor,
    meeting: Meeting,
    invitation: Invitation,
    asked: Reply,
    *,
    via: Via,
    guests: int,
    substitute: str = "",
) -> Outcome:
    """Decide, write down, confirm, and hand freed seats on."""
    before = (invitation.reply, invitation.guests, invitation.substitute_name)
    had = seats.held(invitation)
    decision = seats.decide(
        meeting, invitation, asked, guests=guests, has_substitute=bool(substitute)
    )
    # After the counting, which would write it down with a statement of its own.
    _note_order(invitation, via)
    after = (decision.reply, decision.guests, substitute)
    is_from_calendar = via is Via.CALENDAR
    is_other_there = is_from_calendar and decision.reply is not asked
    if before == after and not is_other_there:
        return Outcome(invitation, decision.reply, decision.reason)
    was_answered = invitation.replied_at is not None
    _write(invitation, decision, substitute, via)
    is_told = is_other_there or (before[0], before[2]) != (after[0], after[2])
    if is_told:
        is_other_status = Reply.WAITLISTED in (before[0], after[0]) and before[0] != after[0]
        ledger.renew_entry(invitation, is_new_round=is_other_status or is_other_there)
    entry = _log(actor, invitation, asked, via)
    if decision.reply in (Reply.ACCEPTED, Reply.WAITLISTED):
        extra_facts.recall_needs(meeting, invitation)
    # A calendar shows its own answer already; it must hear when we made something else of it.
    if is_told and (is_other_there or not is_from_calendar):
        _confirm(meeting, invitation, entry, was_answered)
    if actor.level is not Level.LINK:
        audit.record(actor, "answer", "invitation", invitation.id, reply=decision.reply.value)
    moved = seats.move_up(meeting) if decision.seats < had else []
    return Outcome(invitation, decision.reply, decision.reason, moved)


def _note_order(invitation: Invitation, via: Via) -> None:
    """Let an answer of now beat every answer of a calendar that was given before.

    An answer of a calendar brings a place in the order of its own.
    """
    if via is not Via.CALENDAR:
        invitation.replied_sequence, invitation.replied_dtstamp = invitation.sequence, now()


def _write(invitation: Invitation, decision: rules.Decision, substitute: str, via: Via) -> None:
    invitation.reply = decision.reply
    invitation.guests = decision.guests
    invitation.substitute_name = substitute
    if not substitute:
        invitation.substitute_email = ""
    invitation.replied_at = now()
    invitation.replied_via = via
    if decision.reply is not Reply.WAITLISTED:
        invitation.waiting_since = None
    elif invitation.waiting_since is None:
        invitation.waiting_since = now()


def _log(actor: Actor, invitation: Invitation, asked: Reply, via: Via) -> Answer:
    entry = Answer(
        invitation_id=invitation.id,
        via=via,
        asked=asked,
        reply=invitation.reply,
        guests=invitation.guests,
        substitute_name=invitation.substitute_name,
        by_person_id=actor.person_id,
    )
    db.session.add(entry)
    db.session.flush()  # the confirmation is keyed by its number
    return entry


def _confirm(meeting: Meeting, invitation: Invitation, entry: Answer, was_answered: bool) -> None:
    """Queue the mail that says what we understood; an older one that still waits is taken back."""
    if not invitation.email or not is_planned(meeting.mail_plan, PlannedMail.CONFIRMATION):
        return
    if was_answered:
        outbox.take_back(
            references=[ledger.reference(invitation)], templates=["confirmation", "seat_offered"]
        )
    outbox.enqueue(
        standing_mailing(SYSTEM, meeting, MailingKind.CONFIRMATION),
        [
            letter(
                invitation,
                "confirmation",
                f"confirmation:{invitation.id}:{entry.id}",
                priority=AT_ONCE,
                reply=invitation.reply,
                guests=invitation.guests,
                substitute_name=invitation.substitute_name,
            )
        ],
    )
