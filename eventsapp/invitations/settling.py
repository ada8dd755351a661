"""Settles what waits on the page "Post": one press keeps an answer, or says that it is dealt with.

The advisors' door calls it. What a press did can be undone: the letter waits again, and the answer
is as it was, unless somebody answered since. Raises Conflict where another was faster.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.addresses import parse_address
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.text import one_line, text_to_html, without_controls
from eventsapp.directory.facts import AddressFacts, PersonFacts
from eventsapp.directory.models import Person
from eventsapp.directory.people import add_person, find_same
from eventsapp.invitations import answer as answering
from eventsapp.invitations import ledger
from eventsapp.invitations.correspondence import post_reference
from eventsapp.invitations.facts import greeting
from eventsapp.invitations.invite import Choice, invite
from eventsapp.invitations.kinds import Reply, SettledAs, Via
from eventsapp.invitations.mailings import open_mailing, sender_of
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.post import may_settle
from eventsapp.mail import outbox
from eventsapp.mail.kinds import InboundState, MailingKind, MessageState
from eventsapp.mail.letter_text import new_words
from eventsapp.mail.models import FROM, IN_REPLY_TO, InboundMail, Mailing, Message
from eventsapp.mail.outbox import Letter

LONGEST_REPLY = 10_000
_ANSWER = {SettledAs.COMES: Reply.ACCEPTED, SettledAs.DECLINES: Reply.DECLINED}


def settle(actor: Actor, inbound_id: int, how: SettledAs, substitute: str = "") -> InboundMail:
    """Keep what a letter says as an answer, or only note that it is dealt with.

    Raises what `answer` raises; InputError("substitute_name") where no name is given; Conflict
    when it is settled already, or when it is about no meeting and so can be no answer.
    """
    inbound, invitation = _waiting(actor, inbound_id)
    if how in (SettledAs.ANSWERED, SettledAs.INVITED):
        return _done(actor, inbound, how)
    if invitation is None:
        raise Conflict(N_("This is about no meeting, so it can't be kept as an answer."))
    before = _answer_of(invitation)
    if how is SettledAs.SUBSTITUTE:
        answering.name_substitute(actor, invitation, substitute, via=Via.MAIL)
    else:
        answering.answer(actor, invitation, _ANSWER[how], via=Via.MAIL)
    return _done(actor, inbound, how, before=before, after=_answer_of(invitation))


def undo(actor: Actor, inbound_id: int) -> InboundMail:
    """Let a settled letter wait again, and the answer be as it was unless it changed since.

    A reply that did not leave yet is taken back. Raises Conflict for what is not settled, and what
    `answer` raises when it is too late to change an answer.
    """
    inbound, invitation = _locked(actor, inbound_id)
    if inbound.state != InboundState.SETTLED:
        raise Conflict(N_("This is not settled, so there is nothing to undo."))
    before, after = inbound.detail.get("before"), inbound.detail.get("after")
    if invitation is not None and before and before != after:
        ledger.lock_meeting(invitation.meeting_id)
        invitation = ledger.lock_invitation(invitation.id)
        if _answer_of(invitation) == after:
            _restore(actor, invitation, before)
    outbox.take_back(references=[post_reference(inbound)], templates=["letter_reply"])
    inbound.state, inbound.reason = InboundState.WAITING.value, inbound.detail.get("held", "")
    inbound.settled_at = inbound.settled_by = None
    dropped = ("before", "after", "held")
    inbound.detail = {name: kept for name, kept in inbound.detail.items() if name not in dropped}
    about = ledger.invitation_id_of(inbound.reference)
    audit.record(actor, "reopen_letter", "invitation", about, letter=inbound.id)
    return inbound


def reply(actor: Actor, inbound_id: int, text: str) -> Mailing:
    """Mail an answer to who wrote, as an answer to that very mail, and settle it.

    It carries no personal link, since the writer's address may be anybody's. Raises
    InputError("text") without words, Conflict where no mail can go.
    """
    inbound, invitation = _waiting(actor, inbound_id)
    words = without_controls(text).strip()
    if not words:
        raise InputError(N_("Write something first."), "text")
    if len(words) > LONGEST_REPLY:
        raise InputError(
            N_("This is too long: at most %(most)s characters."), "text", most=LONGEST_REPLY
        )
    if invitation is None:
        raise Conflict(N_("This is about no meeting. Answer it from your own mailbox."))
    mailing = open_mailing(actor, invitation.meeting, MailingKind.LETTER, undo=True)
    mailing.expires_at = None
    person = invitation.person
    letter = Letter(
        key=f"letter_reply:{inbound.id}:{mailing.id}",
        address=_address_of(inbound),
        name=person.name,
        language=person.language,
        template="letter_reply",
        data={
            FROM: sender_of(invitation),
            IN_REPLY_TO: inbound.detail.get("message_id", ""),
            "salutation": greeting(person),
            "reply_text": words,
            "reply_html": text_to_html(words),
            "reply_subject": _answering(inbound.subject),
            "reply_from": {"name": actor.name},
            "quoted": new_words(inbound.body)[:5_000],
        },
        person_id=person.id,
        reference=post_reference(inbound),
        priority=3,
    )
    (number,) = outbox.enqueue(mailing, [letter])
    if db.session.get_one(Message, number).state == MessageState.SKIPPED:
        raise Conflict(N_("No mail goes to this person or address any more. Ring instead."))
    _done(actor, inbound, SettledAs.REPLIED)
    return mailing


def invite_other(actor: Actor, inbound_id: int) -> tuple[Person, Mailing | None]:
    """Invite who answered a forwarded invitation; unknown people come into the address book.

    Raises Conflict where nobody else answered, or nobody can be invited any more.
    """
    inbound, invitation = _waiting(actor, inbound_id)
    email = str(inbound.detail.get("attendee", ""))
    if invitation is None or not email:
        raise Conflict(N_("It is not known who else answered."))
    email = parse_address(email)
    name = one_line(str(inbound.detail.get("attendee_name", "")), 120)
    name = email.partition("@")[0] if not name or "@" in name else name
    person = find_same(email, name) or add_person(
        actor,
        PersonFacts(
            family_name=name,
            language=invitation.person.language,
            addresses=(AddressFacts(email),),
        ),
    )
    mailing = invite(actor, invitation.meeting, Choice(person_ids=frozenset({person.id})))
    _done(actor, inbound, SettledAs.INVITED)
    return person, mailing


def _locked(actor: Actor, inbound_id: int) -> tuple[InboundMail, Invitation | None]:
    """Lock what came in before anything else, and judge the right to act upon it."""
    inbound = db.session.scalar(
        select(InboundMail)
        .where(InboundMail.id == inbound_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if inbound is None:
        raise NotFound
    return inbound, may_settle(actor, inbound)


def _waiting(actor: Actor, inbound_id: int) -> tuple[InboundMail, Invitation | None]:
    inbound, invitation = _locked(actor, inbound_id)
    if inbound.state != InboundState.WAITING:
        raise Conflict(N_("Somebody settled this already."))
    return inbound, invitation


def _done(
    actor: Actor, inbound: InboundMail, how: SettledAs, **kept: dict[str, Any]
) -> InboundMail:
    inbound.detail = {**inbound.detail, **kept, "held": inbound.reason}
    inbound.state, inbound.reason = InboundState.SETTLED.value, how.value
    inbound.settled_at, inbound.settled_by = now(), actor.person_id
    about = ledger.invitation_id_of(inbound.reference)
    audit.record(actor, "settle_letter", "invitation", about, letter=inbound.id, how=how.value)
    return inbound


def _answer_of(invitation: Invitation) -> dict[str, Any]:
    return {
        "reply": str(invitation.reply),
        "guests": invitation.guests,
        "substitute": invitation.substitute_name,
        "substitute_email": invitation.substitute_email,
    }


def _restore(actor: Actor, invitation: Invitation, before: dict[str, Any]) -> None:
    """Give an answer again as it was; who waited goes to the end of the waiting list."""
    if before["substitute"]:
        name, email = before["substitute"], before["substitute_email"]
        answering.name_substitute(actor, invitation, name, email, via=Via.ADVISOR)
        return
    if before["reply"] == Reply.NEEDS_ACTION:
        answering.take_back(actor, invitation)
        return
    said = Reply.ACCEPTED if before["reply"] == Reply.WAITLISTED else Reply(before["reply"])
    answering.answer(actor, invitation, said, via=Via.ADVISOR, guests=before["guests"])


def _address_of(inbound: InboundMail) -> str:
    try:
        return parse_address(inbound.sender)
    except InputError as fault:
        raise Conflict(N_("The address of who wrote this can't be written to.")) from fault


def _answering(subject: str) -> str:
    """Give the subject of an answer: "Re:" once, however often it went to and fro."""
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"
