"""Signing off: somebody else reads an edition and agrees with the very words that will be sent.

The pages of an edition call it, with the edition locked by `editions.edition_for`. An agreement
names the version that was read; any change of words makes it worth nothing. Whoever sends asks
`is_signed_off`: nothing leaves that nobody approved.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import without_controls
from eventsapp.newsletters import contributions, notes
from eventsapp.newsletters.changes import note_reading
from eventsapp.newsletters.editions import AGREED, OPEN, demand_make, is_regional, may_make
from eventsapp.newsletters.kinds import EditionStatus
from eventsapp.newsletters.models import Edition, SignOff

LONGEST_REMARK = 2_000
TOO_LATE = N_("This edition is being sent, or was dropped. It can't be signed off any more.")
NOTHING_ASKED = N_("Nobody has asked for this sign-off yet.")


def is_signed_off(edition: Edition) -> bool:
    """Tell whether somebody agreed with the words as they stand now."""
    agreed = exists().where(
        SignOff.edition_id == edition.id, SignOff.content_version == edition.content_version
    )
    return bool(db.session.scalar(select(agreed)))


def sign_offs_of(edition: Edition) -> list[SignOff]:
    """Give who agreed and when, the latest first; also with words that changed since."""
    statement = (
        select(SignOff)
        .where(SignOff.edition_id == edition.id)
        .options(joinedload(SignOff.by))
        .order_by(SignOff.at.desc(), SignOff.id.desc())
    )
    return list(db.session.scalars(statement.limit(20)))


def needs_somebody_else(actor: Actor, edition: Edition) -> bool:
    """Tell whether somebody has to ask for the sign-off, since another gives it."""
    newsletter = edition.newsletter
    if is_regional(edition):
        is_own = actor.is_coordinator and actor.person_id == edition.created_by
        return newsletter.regional_needs_approval and not is_own
    return newsletter.needs_second


def why_not(actor: Actor, edition: Edition) -> str | None:
    """Say why somebody can't sign off an edition (untranslated), or nothing when they can."""
    if not may_make(actor, edition):
        return N_("Only an editor or the coordinator can sign off an edition.")
    if not needs_somebody_else(actor, edition):
        return None
    if is_regional(edition):
        return (
            None
            if actor.is_coordinator
            else N_("The coordinator reads this message and signs it off.")
        )
    if actor.person_id == edition.asked_by_id:
        return N_("You asked for the sign-off. Somebody else reads it and signs off.")
    if actor.person_id == edition.words_by_id:
        return N_(
            "You changed the words yourself. Ask for the sign-off; then somebody else can give it."
        )
    return None


def ask(actor: Actor, edition: Edition, tell: Collection[int] = ()) -> None:
    """Ask for the sign-off of an edition as it stands, and mail who may give it.

    Authors are shown what became of their pieces. May be asked again after a change. Raises
    Conflict when there is nothing to read or it is too late, Forbidden for who does not make it.
    """
    demand_make(actor, edition)
    _demand_open(edition)
    _demand_readable(edition)
    edition.status = EditionStatus.REVIEW.value
    edition.asked_by_id, edition.remark = actor.person_id, ""
    db.session.flush()  # the mails name what is asked now
    audit.record(actor, "edition.ask_sign_off", "edition", edition.id)
    contributions.show_to_authors(actor, edition)
    notes.tell(
        edition,
        "sign_off_asked",
        f"{edition.content_version}:{actor.person_id}",
        set(tell) - {actor.person_id},
        by=actor,
        asked_by=actor.name,
    )


def agree(actor: Actor, edition: Edition, content_version: int) -> None:
    """Sign off the words that somebody read; twice is harmless.

    Raises Conflict when the words changed while they were read, Forbidden with the reason when
    this must be somebody else.
    """
    reason = why_not(actor, edition)
    if reason is not None or actor.person_id is None:
        raise Forbidden(reason)
    if edition.status in AGREED and edition.content_version == content_version:
        return
    _demand_open(edition)
    if needs_somebody_else(actor, edition) and edition.status != EditionStatus.REVIEW:
        raise Conflict(NOTHING_ASKED)
    if edition.content_version != content_version:
        raise Conflict(
            N_("The words changed while you were reading. Look at them, then sign off once more.")
        )
    _demand_readable(edition)
    edition.status, edition.remark = EditionStatus.SIGNED_OFF.value, ""
    note_reading(actor, edition)
    known = select(SignOff.id).where(
        SignOff.edition_id == edition.id,
        SignOff.content_version == content_version,
        SignOff.by_person_id == actor.person_id,
    )
    if db.session.scalar(known) is None:
        db.session.add(
            SignOff(
                edition_id=edition.id,
                content_version=content_version,
                by_person_id=actor.person_id,
                at=now(),
            )
        )
    audit.record(actor, "edition.sign_off", "edition", edition.id, version=content_version)
    if edition.asked_by_id not in (None, actor.person_id):
        notes.tell(
            edition,
            "signed_off",
            f"{content_version}:{actor.person_id}",
            [edition.asked_by_id],
            by=actor,
            signed_off_by=actor.name,
        )


def send_back(actor: Actor, edition: Edition, remark: str) -> None:
    """Give an edition back to who made it, with what should be different.

    What was planned is planned no longer. Raises InputError without words, Conflict when too late.
    """
    demand_make(actor, edition)
    words = without_controls(remark).strip()
    if not words:
        raise InputError(N_("Write what should be different."), "remark")
    if len(words) > LONGEST_REMARK:
        raise InputError(
            N_("This is too long: at most %(most)s characters."), "remark", most=LONGEST_REMARK
        )
    if edition.status not in (EditionStatus.REVIEW, *AGREED):
        raise Conflict(TOO_LATE if edition.status not in OPEN else NOTHING_ASKED)
    edition.status, edition.remark = EditionStatus.DRAFT.value, words
    note_reading(actor, edition)
    edition.send_utc, edition.is_late = None, False
    # An agreement with these very words must not come back to life by itself.
    edition.content_version += 1
    audit.record(actor, "edition.send_back", "edition", edition.id)
    reader = edition.asked_by_id or edition.created_by
    if reader not in (None, actor.person_id):
        notes.tell(
            edition,
            "sent_back",
            str(edition.content_version),
            [reader],
            by=actor,
            sent_back_by=actor.name,
            remark=words,
        )


def _demand_open(edition: Edition) -> None:
    """As `editions.demand_open`, in words for who signs off."""
    if edition.status in AGREED:
        raise Conflict(N_("This edition is signed off already."))
    if edition.status not in OPEN:
        raise Conflict(TOO_LATE)


def _demand_readable(edition: Edition) -> None:
    if not edition.subject.strip():
        raise Conflict(N_("Fill in the subject of the mail first."))
    if not edition.blocks:
        raise Conflict(N_("This edition has no blocks yet. Make it first."))
