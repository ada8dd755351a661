"""Letters that an advisor writes to the people of a meeting or of a contact list.

The draft is kept until it is sent, one for each advisor and meeting or list, so that what will
happen can be shown first. One mail a person, papers as signed links, never to who wants no mail.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from eventsapp.contacts.models import LetterDraft
from eventsapp.contacts.readers import Audience, Origin, Reader, reach
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.core.settings import settings
from eventsapp.core.text import clean_html, html_to_text, one_line, text_to_html
from eventsapp.directory.models import Person
from eventsapp.directory.queries import addresses_of
from eventsapp.invitations import ledger
from eventsapp.invitations.facts import greeting, mail_facts, personal_facts
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Mailing
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.papers import link_for, papers_of

LONGEST_SUBJECT = 150
LONGEST_BODY = 20_000
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPlan:
    """What an advisor writes, to whom, and which papers go along as links."""

    audience: str
    subject: str
    body: str
    paper_ids: Collection[int] = ()


def draft_of(actor: Actor, origin: Origin) -> LetterDraft | None:
    """Give the letter that this advisor was writing from here, if there is one."""
    return db.session.scalar(
        select(LetterDraft).where(
            LetterDraft.owner_person_id == actor.person_id,
            LetterDraft.reference == origin.reference,
        )
    )


def keep_draft(actor: Actor, origin: Origin, plan: LetterPlan) -> LetterDraft:
    """Keep a letter without sending it; InputError names the field that is wrong."""
    subject = one_line(plan.subject, LONGEST_SUBJECT + 1)
    if not subject:
        raise InputError(N_("Fill in a subject."), "subject")
    _demand_short(subject, LONGEST_SUBJECT, "subject")
    _demand_short(plan.body, LONGEST_BODY, "body")
    body = clean_html(plan.body if "<" in plan.body else text_to_html(plan.body))
    if not body:
        raise InputError(N_("Write the letter first."), "body")
    reach(actor, origin, plan.audience)  # refuses an audience that can't be
    draft = draft_of(actor, origin)
    if draft is None:
        draft = LetterDraft(owner_person_id=actor.person_id, reference=origin.reference)
        db.session.add(draft)
    draft.audience, draft.subject, draft.body = plan.audience, subject, body
    draft.paper_ids = sorted(plan.paper_ids)
    draft.updated_at = now()
    return draft


def send(actor: Actor, origin: Origin) -> Mailing:
    """Send the draft to whoever it is for now; with a minute to undo.

    Raises NotFound when there is no draft any more, Conflict when nobody can be reached.
    """
    draft = draft_of(actor, origin)
    if draft is None:
        raise NotFound(N_("This letter was sent or thrown away already."))
    found = reach(actor, origin, draft.audience)
    if not found.readers:
        raise Conflict(N_("Nobody can be reached with this letter."))
    is_before = draft.audience in (Audience.COMING, Audience.SILENT)
    meeting = origin.meeting
    mailing = outbox.open_mailing(
        kind=MailingKind.LETTER,
        purpose=Purpose.MEETINGS,
        reference=origin.reference,
        title=draft.subject,
        by=actor.person_id,
        sender_name=f"{actor.name}, {settings().programme_name}",
        reply_to=addresses_of([actor.person_id or 0]).get(actor.person_id or 0) or "",
        data=shared_facts(actor, origin, draft),
        # News for who comes is of no use after the meeting.
        expires_at=meeting.ends_at
        if meeting is not None and is_before and now() < meeting.ends_at
        else None,
    )
    outbox.enqueue(
        mailing,
        [
            outbox.Letter(
                key=f"letter:{mailing.id}:{one.person.id}",
                address=one.email,
                name=one.name,
                language=one.person.language,
                template="letter",
                data=own_facts(one, draft),
                person_id=None if one.substitute else one.person.id,
                reference=ledger.reference(one.invitation)
                if one.invitation is not None
                else f"person:{one.person.id}",
            )
            for one in found.readers
        ],
    )
    kind, _, number = origin.reference.partition(":")
    audit.record(
        actor,
        "letter",
        "meeting" if kind == "meeting" else "contact_list",
        int(number),
        mailing=mailing.id,
        count=len(found.readers),
        audience=draft.audience,
    )
    db.session.delete(draft)
    return mailing


def undo(actor: Actor, origin: Origin, mailing_id: int) -> int:
    """Take back the mails of a letter that did not leave; gives how many.

    Raises NotFound for a letter written from elsewhere, Conflict when all have left already.
    """
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None or mailing.kind != MailingKind.LETTER:
        raise NotFound
    if mailing.reference != origin.reference:
        raise NotFound
    count = len(outbox.take_back(mailing_id=mailing_id))
    if not count:
        raise Conflict(N_("It is too late to undo this: the mails have left already."))
    audit.record(actor, "undo_letter", "mailing", mailing_id, count=count)
    if draft_of(actor, origin) is None:
        _give_back(actor, origin, mailing)
    return count


def throw_away(actor: Actor, origin: Origin) -> None:
    """Drop the draft; twice is harmless."""
    draft = draft_of(actor, origin)
    if draft is not None:
        db.session.delete(draft)


def forget_drafts_about(reference: str) -> None:
    """Drop what anybody was writing about a meeting that is no longer there."""
    db.session.execute(delete(LetterDraft).where(LetterDraft.reference == reference))


def forget_old_drafts() -> None:
    """Drop drafts that nobody touched for a month; for the nightly round."""
    db.session.execute(delete(LetterDraft).where(LetterDraft.updated_at < now() - KEPT))


def shared_facts(actor: Actor, origin: Origin, draft: LetterDraft) -> dict[str, Any]:
    """Give what all mails of a letter share; the facts of the meeting are refreshed with it."""
    meeting = origin.meeting
    facts = mail_facts(meeting) if meeting is not None else {}
    writer = db.session.get(Person, actor.person_id) if actor.person_id else None
    is_standing = meeting is not None and meeting.status == MeetingStatus.VISIBLE
    return {
        **facts,
        "letter_subject": draft.subject,
        # Somebody else may see the subject, so it tells nothing of a closed group.
        "letter_is_neutral": meeting is not None and meeting.is_confidential,
        "letter_html": draft.body,
        "letter_text": html_to_text(draft.body),
        "letter_papers": _papers(origin, draft),
        "letter_from": {
            "name": actor.name,
            "phone": (writer.phone if writer else "") or settings().programme_phone,
        },
        "letter_has_when": is_standing and meeting is not None and now() < meeting.ends_at,
        "letter_source": {
            "audience": draft.audience,
            "paper_ids": list(draft.paper_ids),
        },
    }


def own_facts(reader: Reader, draft: LetterDraft) -> dict[str, Any]:
    """Give what only this reader's mail says; a personal link only to who still has to answer."""
    if reader.substitute:
        return _substitute_facts(reader)
    if reader.invitation is not None:
        facts = personal_facts(reader.invitation)
        facts["letter_asks"] = draft.audience == Audience.SILENT
        return facts
    with speaking(reader.person.language):
        why = (
            translate(N_("You get this because you were at this meeting."))
            if draft.audience == Audience.PRESENT
            else translate(N_("You get this because you are in our address book."))
        )
        return {"salutation": greeting(reader.person), "role_line": why, "letter_asks": False}


def _substitute_facts(reader: Reader) -> dict[str, Any]:
    """Give what a substitute's mail says; the personal link is the invitee's own."""
    with speaking(reader.person.language):
        why = translate(
            N_("You get this because you come in the place of %(name)s."), name=reader.person.name
        )
        salutation = translate(N_("Dear %(name)s"), name=reader.substitute)
    return {"salutation": salutation, "role_line": why, "letter_asks": False}


def _papers(origin: Origin, draft: LetterDraft) -> list[list[str]]:
    if origin.meeting is None:
        return []
    chosen = set(draft.paper_ids)
    return [[one.title, link_for(one)] for one in papers_of(origin.meeting.id) if one.id in chosen]


def _give_back(actor: Actor, origin: Origin, mailing: Mailing) -> None:
    """Make a draft again of a letter that was taken back, so that nothing typed is lost."""
    kept = mailing.data
    db.session.add(
        LetterDraft(
            owner_person_id=actor.person_id,
            reference=origin.reference,
            audience=kept["letter_source"]["audience"],
            subject=kept["letter_subject"],
            body=kept["letter_html"],
            paper_ids=kept["letter_source"]["paper_ids"],
        )
    )


def _demand_short(text: str, most: int, field: str) -> None:
    if len(text) > most:
        raise InputError(N_("This is too long: at most %(most)s characters."), field, most=most)
