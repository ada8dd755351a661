"""Invites people and organisations to a meeting, undoes that, and withdraws one invitation.

The advisors' door calls it, lists and the demo programme too. Invitations, mail rows and the audit
entry stand in one transaction under the lock of the meeting, so that a double click or two advisors
at once invite nobody twice. It never renders or sends anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import delete, select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.text import one_line
from eventsapp.directory.models import Organisation
from eventsapp.directory.people import mailbox_person
from eventsapp.invitations import ledger, seats, substitutes
from eventsapp.invitations.audience import Choice, Foresight, Invitee, LeftOut, foresee
from eventsapp.invitations.facts import mail_facts, personal_facts
from eventsapp.invitations.kinds import Reply, Source
from eventsapp.invitations.mailings import letter, open_mailing, tell_cancelled
from eventsapp.invitations.models import Answer, Invitation, InvitedOrganisation
from eventsapp.invitations.substitutes import News
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind
from eventsapp.mail.models import Mailing
from eventsapp.meetings.kinds import PlannedMail
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for
from eventsapp.meetings.rules import is_planned

__all__ = [
    "Choice",
    "Foresight",
    "Invitee",
    "LeftOut",
    "foresee",
    "invite",
    "keep_opening",
    "mail_facts",
    "meeting_of",
    "personal_facts",
    "take_back",
    "undo",
    "withdraw",
]

LONGEST_OPENING = 2_000


def invite(
    actor: Actor, meeting: Meeting, choice: Choice, opening: str | None = None
) -> Mailing | None:
    """Invite whoever `foresee` would let through, and queue a mail to each.

    `opening` replaces the opening lines of the meeting's mails. Gives None when nobody was left to
    invite, or the meeting's plan sends no invitations by mail. Raises Forbidden outside the actor's
    regions, Conflict for a draft, a cancelled or a past meeting.
    """
    meeting_for(actor, meeting.id, write=True)
    meeting = ledger.lock_meeting(meeting.id)
    ledger.demand_open(meeting)
    if opening is not None:
        _write_opening(meeting, opening)
    invitees = foresee(actor, meeting, choice).invitees
    if not invitees:
        return None
    mailing = None
    if is_planned(meeting.mail_plan, PlannedMail.INVITATION):
        mailing = open_mailing(actor, meeting, MailingKind.INVITATION, undo=True)
    invitations = _kept(actor, meeting, invitees, mailing)
    if mailing is not None:
        outbox.enqueue(
            mailing,
            [
                letter(one, "invitation", f"invitation:{one.id}:{one.generation}")
                for one in invitations
            ],
        )
    audit.record(
        actor,
        "invite",
        "meeting",
        meeting.id,
        invited=len(invitations),
        mailing=mailing.id if mailing else None,
    )
    return mailing


def keep_opening(actor: Actor, meeting: Meeting, opening: str) -> None:
    """Keep the opening lines of a meeting's mails; InputError("opening") when they are too long."""
    meeting_for(actor, meeting.id, write=True)
    _write_opening(ledger.lock_meeting(meeting.id), opening)


def undo(actor: Actor, mailing_id: int) -> int:
    """Take back an invitation round: mails that did not leave, and their invitations.

    Gives how many were taken back; raises Conflict when all have left already.
    """
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None or mailing.kind != MailingKind.INVITATION:
        raise NotFound
    count = take_back(actor, mailing)
    if not count:
        raise Conflict(N_("It is too late to undo this: the mails have left already."))
    return count


def meeting_of(mailing: Mailing) -> int:
    """Give the number of the meeting that a round is about."""
    return int(mailing.reference.partition(":")[2])


def take_back(actor: Actor, mailing: Mailing) -> int:
    """Take back what did not leave of an invitation round, and those invitations; give how many.

    Raises NotFound and Forbidden as `meeting_for` does.
    """
    meeting_id = meeting_of(mailing)
    meeting_for(actor, meeting_id, write=True)
    meeting = ledger.lock_meeting(meeting_id)
    invitations = {
        ledger.reference(one): one
        for one in ledger.lock_invitations(meeting, mailing_id=mailing.id)
    }
    taken_back = set(outbox.take_back(mailing_id=mailing.id))
    unsent = [one for name, one in invitations.items() if name in taken_back]
    if unsent:
        _remove(unsent)
        about = {"mailing": mailing.id, "count": len(unsent)}
        audit.record(actor, "undo_invite", "meeting", meeting.id, **about)
    return len(unsent)


def withdraw(actor: Actor, invitation: Invitation) -> None:
    """Un-invite one person: a holder of a calendar entry is sent a cancel, the seat is free again.

    Who was never told hears nothing. Raises Forbidden outside the actor's regions, Conflict when
    it was withdrawn already or the meeting is over.
    """
    meeting_for(actor, invitation.meeting_id, write=True)
    meeting = ledger.lock_meeting(invitation.meeting_id)
    invitation = ledger.lock_invitation(invitation.id)
    if invitation.withdrawn_at is not None:
        raise Conflict(N_("This invitation was withdrawn already."))
    if meeting.starts_at <= now():
        raise Conflict(N_("This meeting has begun or is over, so nothing can be withdrawn."))
    outbox.take_back(references=[ledger.reference(invitation), substitutes.reference(invitation)])
    is_told = not ledger.never_told([invitation])
    is_holder = bool(ledger.holders([invitation]))
    replaced = substitutes.of([invitation])
    _mark_withdrawn(invitation)
    if is_told:
        holders = {invitation.id} if is_holder else set()
        mailing = tell_cancelled(actor, meeting, [invitation], holders)
        outbox.enqueue(mailing, substitutes.letters(replaced, News.RELEASED))
    seats.move_up(meeting)
    audit.record(actor, "withdraw", "invitation", invitation.id, meeting=meeting.id)


def _write_opening(meeting: Meeting, opening: str) -> None:
    tidy = "\n".join(one_line(line, len(line) + 1) for line in opening.splitlines()).strip()
    if len(tidy) > LONGEST_OPENING:
        raise InputError(
            N_("This is too long: at most %(most)s characters."), "opening", most=LONGEST_OPENING
        )
    if tidy != meeting.opening:
        meeting.opening = tidy
        db.session.flush()  # who edits the meeting meanwhile is to be told: the version rises


def _kept(
    actor: Actor, meeting: Meeting, invitees: list[Invitee], mailing: Mailing | None
) -> list[Invitation]:
    """Make the rows; who was withdrawn before keeps the row and gets a new entry."""
    invitees = _with_mailbox_people(actor, invitees)
    ids = [one.person_id for one in invitees]
    former = {
        one.person_id: one
        for one in db.session.scalars(
            select(Invitation)
            .where(Invitation.meeting_id == meeting.id, Invitation.person_id.in_(ids))
            .order_by(Invitation.id)
            .with_for_update()
        )
    }
    kept = []
    for one in invitees:
        invitation = former.get(one.person_id or 0)
        if invitation is None:
            invitation = Invitation(meeting_id=meeting.id, person_id=one.person_id)
            db.session.add(invitation)
        else:
            ledger.begin_anew(invitation)
        invitation.organisation_id = one.comes_for
        invitation.role_kind = one.role_kind
        invitation.email = one.email
        invitation.is_letter_only = one.is_letter_only
        invitation.source = Source.INVITED
        invitation.invited_at = now()
        invitation.invited_by = actor.person_id
        invitation.mailing_id = mailing.id if mailing else None
        kept.append(invitation)
    db.session.flush()  # links and mail rows name the invitations by number
    _keep_organisations(meeting, zip(kept, invitees, strict=True))
    statement = select(Invitation).where(Invitation.id.in_([one.id for one in kept]))
    db.session.scalars(statement.options(*ledger.with_reader())).all()
    return kept


def _with_mailbox_people(actor: Actor, invitees: list[Invitee]) -> list[Invitee]:
    """Give organisations without known contact the stand-in that holds their mailbox."""
    wanted = [one.comes_for for one in invitees if one.person_id is None]
    rows = db.session.scalars(select(Organisation).where(Organisation.id.in_(wanted)))
    organisations = {row.id: row for row in rows}
    return [
        one
        if one.person_id is not None or one.comes_for is None
        else replace(one, person_id=mailbox_person(actor, organisations[one.comes_for]).id)
        for one in invitees
    ]


def _keep_organisations(meeting: Meeting, pairs: Iterable[tuple[Invitation, Invitee]]) -> None:
    """Note which organisations were asked as such, and through whom."""
    wanted = {
        organisation_id: invitation
        for invitation, invitee in pairs
        for organisation_id, _ in invitee.organisations
    }
    known = db.session.scalars(
        select(InvitedOrganisation).where(
            InvitedOrganisation.meeting_id == meeting.id,
            InvitedOrganisation.organisation_id.in_(wanted),
        )
    )
    for row in known:
        row.via_invitation_id = wanted.pop(row.organisation_id).id
    for organisation_id, invitation in wanted.items():
        db.session.add(
            InvitedOrganisation(
                meeting_id=meeting.id,
                organisation_id=organisation_id,
                via_invitation_id=invitation.id,
            )
        )
    db.session.flush()  # the mails name the organisations


def _mark_withdrawn(invitation: Invitation) -> None:
    invitation.reply = Reply.WITHDRAWN
    invitation.withdrawn_at = now()
    invitation.waiting_since = None


def _remove(invitations: list[Invitation]) -> None:
    """Drop invitations that never left; those with a history go back to withdrawn."""
    answered = set(
        db.session.scalars(
            select(Answer.invitation_id).where(
                Answer.invitation_id.in_([one.id for one in invitations])
            )
        )
    )
    new = {one.id for one in invitations if one.id not in answered and not one.generation}
    for one in invitations:
        if one.id not in new:
            _mark_withdrawn(one)
    db.session.execute(delete(Invitation).where(Invitation.id.in_(new)))
