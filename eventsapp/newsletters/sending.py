"""Sending an edition: its readers are frozen, its words with them; then undo, pause, go on, stop.

The pages call it with an edition that is locked, the clock with one whose moment has come; both
take its words before (`prepare`), so that nobody waits for that. Nothing is rendered here and
nothing leaves here: `mail/` does that, from what was frozen. What nobody
signed off as it stands is refused, whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, select

from eventsapp.core import audit
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now, utc_to_local
from eventsapp.core.db import db, read_only
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.mail import course, freezing, outbox
from eventsapp.mail.kinds import Course, MailingKind, MessageState, Purpose
from eventsapp.mail.models import PENDING_STATES, Mailing, Message
from eventsapp.mail.withdrawing import NEWSLETTER_ID
from eventsapp.newsletters import archive, audience, clicks
from eventsapp.newsletters.editions import AGREED, demand_make
from eventsapp.newsletters.kinds import EditionStatus
from eventsapp.newsletters.mails import CLICKS
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.sign_off import is_signed_off
from eventsapp.newsletters.snapshot import frozen
from eventsapp.newsletters.undecided import waits_for_decision

TEMPLATE = "edition"
"""What `mail/` knows a mail of an edition by."""


@dataclass(frozen=True, slots=True)
class Part:
    """A block that not everybody gets: what it is, and how many readers get it."""

    block: Mapping[str, Any]
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen when an edition is sent now."""

    count: int
    left_out: list[audience.LeftOut]
    spread: audience.Spread
    parts: list[Part]
    why_not: str | None
    """Why it can't be sent now, untranslated."""


def plan(actor: Actor, edition: Edition) -> Plan:
    """Show how many would get an edition, in which variants, who is left out and why."""
    snapshot = frozen(edition)
    reach = audience.reach_of(edition, _today(edition), snapshot)
    by_key = {block["key"]: block for block in snapshot["blocks"]}
    return Plan(
        count=reach.count,
        left_out=reach.left_out,
        spread=reach.spread,
        parts=[Part(by_key[one.key], one.count) for one in reach.spread.shares],
        why_not=why_not(edition),
    )


def why_not(edition: Edition) -> str | None:
    """Say why an edition can't be sent (untranslated), or nothing when it can."""
    if edition.status in (EditionStatus.SENDING, EditionStatus.SENT):
        return N_("This edition has been sent already.")
    if edition.status not in AGREED or not is_signed_off(edition):
        return N_("This edition was not signed off as it stands now.")
    if edition.corrects_id is not None:
        corrected = db.session.get(Edition, edition.corrects_id)
        if corrected is not None and corrected.status == EditionStatus.SENDING:
            return N_("The edition that this corrects is still being sent. Wait, or stop it first.")
    return None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The words of an edition and the pages of its archive, taken before the turn to write."""

    stand: tuple[int, ...]
    """What of, by number and version: another stand needs other words."""
    snapshot: dict[str, Any]
    pages: list[dict[str, Any]]


def prepare(edition: Edition) -> Prepared:
    """Take the words of an edition as it stands; only reads, so that it needs no turn to write."""
    snapshot = frozen(edition)
    return Prepared(_stand(edition), snapshot, archive.pages_of(edition, snapshot["blocks"]))


def send(actor: Actor, edition: Edition, prepared: Prepared | None = None) -> Mailing:
    """Freeze the readers and the words of an edition and let it go, with time to undo.

    What was prepared is used when the edition still stands as it did then.

    By the clock there is no such time: it was planned. Raises Conflict where it was not signed off
    as it stands, where it was sent already, or where nobody would get it; Forbidden.
    """
    demand_make(actor, edition)
    if (reason := why_not(edition)) is not None:
        raise Conflict(reason)
    if prepared is None or prepared.stand != _stand(edition):
        prepared = prepare(edition)
    newsletter = edition.newsletter
    mailing = outbox.open_mailing(
        kind=MailingKind.EDITION,
        purpose=Purpose.NEWSLETTER,
        reference=f"edition:{edition.id}",
        title=edition.subject or edition.title,
        by=actor.person_id,
        sender_name=newsletter.sender_name or newsletter.name,
        reply_to=newsletter.reply_to,
        data=_shared(edition, prepared.snapshot),
        undo=actor.level is not Level.SYSTEM,
    )
    mailing.list_id = _list_id(mailing, newsletter.id)
    db.session.flush()  # the statement that freezes reads it
    count = freezing.freeze(
        mailing, audience.readers_of(edition, _today(edition)), template=TEMPLATE
    )
    if not _has(mailing.id, MessageState.QUEUED.value):
        raise Conflict(N_("Nobody would get this edition."))
    edition.status = EditionStatus.SENDING.value
    edition.mailing_id, edition.frozen_at, edition.sent_at = mailing.id, now(), mailing.not_before
    edition.is_late = False
    archive.keep(edition, prepared.pages)
    audit.record(actor, "edition.send", "edition", edition.id, mailing=mailing.id, count=count)
    return mailing


def undo(actor: Actor, edition: Edition) -> int:
    """Take back an edition of which nothing has left; it is signed off as before. Gives how many.

    Raises Conflict when it is too late, Forbidden.
    """
    demand_make(actor, edition)
    mailing = mailing_of(edition)
    if edition.status != EditionStatus.SENDING or mailing is None or not may_undo(mailing):
        raise Conflict(N_("It is too late to undo this: the mails have left already."))
    count = len(outbox.take_back(mailing_id=mailing.id))
    _take_off(edition)
    audit.record(actor, "edition.undo", "edition", edition.id, mailing=mailing.id, count=count)
    return count


def pause(actor: Actor, edition: Edition) -> None:
    """Hold back what has not left yet. Raises Conflict unless it is being sent, Forbidden."""
    course.pause(actor, _under_way(actor, edition).id)


def resume(actor: Actor, edition: Edition) -> None:
    """Go on with what was held back. Raises Conflict unless it is paused, Forbidden."""
    course.resume(actor, _under_way(actor, edition).id)


def stop(actor: Actor, edition: Edition) -> int:
    """Cancel what has not left yet, for good; give how many. Raises Conflict, Forbidden."""
    return course.stop(actor, _under_way(actor, edition).id)


def mailing_of(edition: Edition) -> Mailing | None:
    """Give the mailing by which an edition was sent; None before."""
    return db.session.get(Mailing, edition.mailing_id) if edition.mailing_id is not None else None


def may_undo(mailing: Mailing) -> bool:
    """Tell whether nothing of a mailing can have left yet."""
    return mailing.not_before > now() and mailing.course == Course.OPEN


def settle() -> int:
    """Note of editions under way that nothing of them waits any more; give how many.

    One of which mails are held is not done before somebody decides about these.
    One that was stopped before anything left is signed off as before. For the clock.
    """
    with read_only():
        numbers = [one.id for one in _done()]
        db.session.rollback()
    for number in numbers:
        edition = db.session.get(Edition, number, with_for_update=True, populate_existing=True)
        if edition is None or edition.status != EditionStatus.SENDING:
            continue
        if edition.mailing_id is not None and _has(edition.mailing_id, *audience.GOT_IT):
            edition.status = EditionStatus.SENT.value
        elif _was_stopped(edition):
            _take_off(edition)
        else:
            edition.status = EditionStatus.SENT.value
    return len(numbers)


def _stand(edition: Edition) -> tuple[int, ...]:
    paper = edition.newsletter
    return edition.id, edition.version, edition.content_version, paper.id, paper.version


def _today(edition: Edition) -> date:
    return utc_to_local(now(), edition.newsletter.timezone).date()


def _shared(edition: Edition, snapshot: dict[str, Any]) -> dict[str, Any]:
    return {
        **snapshot,
        NEWSLETTER_ID: edition.newsletter_id,
        CLICKS: clicks.number_links(edition, snapshot["blocks"]),
    }


def _list_id(mailing: Mailing, newsletter_id: int) -> str:
    """Name the list so that mail programs tell our newsletters apart (RFC 2919)."""
    return f"newsletter-{newsletter_id}.{outbox.domain_of_message_ids(mailing)}"


def _under_way(actor: Actor, edition: Edition) -> Mailing:
    demand_make(actor, edition)
    mailing = mailing_of(edition)
    if edition.status != EditionStatus.SENDING or mailing is None:
        raise Conflict(N_("This edition is not being sent."))
    return mailing


def _take_off(edition: Edition) -> None:
    """Bring an edition of which nobody got anything back to where it was."""
    edition.status = EditionStatus.SIGNED_OFF.value
    edition.mailing_id = edition.frozen_at = edition.sent_at = edition.send_utc = None
    archive.forget(edition)


def _done() -> list[Edition]:
    waiting = exists().where(
        Message.mailing_id == Edition.mailing_id, Message.state.in_(PENDING_STATES)
    )
    statement = select(Edition).where(
        Edition.status == EditionStatus.SENDING.value,
        Edition.sent_at <= now(),
        ~waiting,
        ~waits_for_decision(),
    )
    return list(db.session.scalars(statement))


def _was_stopped(edition: Edition) -> bool:
    mailing = mailing_of(edition)
    return mailing is not None and mailing.course == Course.STOPPED


def _has(mailing_id: int, *states: str) -> bool:
    row = select(Message.id).where(Message.mailing_id == mailing_id, Message.state.in_(states))
    return db.session.scalar(row.limit(1)) is not None
