"""Editions: opened, copied, given a subject, dropped and taken up again; who may work on them.

The doors and the clock call it; what stands in an edition is `composing.py`. Words change only
while an edition is being made or reviewed: after a sign-off somebody must open it again first.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from eventsapp.core import audit
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.text import one_line, slug
from eventsapp.newsletters.edition_words import EditionWords, merged
from eventsapp.newsletters.kinds import BlockKind, EditionKind, EditionStatus
from eventsapp.newsletters.models import Block, Edition, Newsletter
from eventsapp.newsletters.shapes import SHAPES, blank

OPEN = (EditionStatus.DRAFT, EditionStatus.REVIEW)
AGREED = (EditionStatus.SIGNED_OFF, EditionStatus.SCHEDULED)
LEFT = (EditionStatus.SENDING, EditionStatus.SENT)

LONGEST_TITLE, LONGEST_SUBJECT = 160, 200
# What the next edition takes over whole; of the other kinds only the place and for whom it is.
_KEPT_IN_SHAPE = (BlockKind.HEADING, BlockKind.MEETINGS, BlockKind.DIVIDER)


def edition_for(actor: Actor, edition_id: int, *, write: bool = False) -> Edition:
    """Give an edition; with `write` the actor must be allowed to make it, and its row is locked.

    So what two editors do to one edition at once happens one after the other. Raises NotFound,
    Forbidden.
    """
    statement = select(Edition).where(Edition.id == edition_id)
    if write:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    edition = db.session.scalar(statement)
    if edition is None or actor.level is Level.LINK:
        raise NotFound(N_("This edition is not there any more."))
    if write:
        demand_make(actor, edition)
    return edition


def may_make(actor: Actor, edition: Edition) -> bool:
    """Tell whether the actor works on this edition: advisors on messages to their own regions."""
    return actor.makes_newsletters or (
        edition.region_id is not None and actor.may_write({edition.region_id})
    )


def is_regional(edition: Edition) -> bool:
    """Tell whether an edition is a message to the readers of one region, or corrects such a one."""
    return edition.region_id is not None


def demand_make(actor: Actor, edition: Edition) -> None:
    """Raise Forbidden for whoever does not make this edition."""
    if not may_make(actor, edition):
        raise Forbidden(N_("Editors make the newsletter. You can read it, not change it."))


def is_open(edition: Edition) -> bool:
    """Tell whether its words may be changed now."""
    return edition.status in OPEN


def demand_open(edition: Edition) -> None:
    """Raise Conflict where the words of an edition stand fast."""
    if edition.status in AGREED:
        raise Conflict(N_("This edition was signed off. Open it again before you change it."))
    if edition.status == EditionStatus.DROPPED:
        raise Conflict(N_("This edition was dropped. Take it up again before you change it."))
    if edition.status not in OPEN:
        raise Conflict(N_("This edition has left. Send a correction if something is wrong."))


def touch(actor: Actor, edition: Edition) -> None:
    """Say who changed the words of an edition: a sign-off of what stood there holds no longer."""
    _renew(edition, words_by_id=actor.person_id)


def open_edition(
    actor: Actor,
    newsletter: Newsletter,
    title: str,
    *,
    kind: EditionKind = EditionKind.REGULAR,
    region_id: int | None = None,
    like: Edition | None = None,
    **dates: Any,
) -> Edition:
    """Begin an edition, with the shape of another where one is given; a draft, nobody is mailed.

    `dates` are columns of the edition: contributions_on, review_on, sign_off_on, send_on, send_at.
    Raises Forbidden, and InputError ("title", "region").
    """
    edition = Edition(
        newsletter_id=newsletter.id,
        newsletter=newsletter,
        kind=kind.value,
        region_id=region_id,
        title=_title(title),
        status=EditionStatus.DRAFT.value,
        created_by=actor.person_id,
        **dates,
    )
    if kind is EditionKind.REGIONAL and region_id is None:
        raise InputError(N_("Choose the region whose readers get this message."), "region")
    demand_make(actor, edition)
    edition.slug = _free_slug(edition.title)
    db.session.add(edition)
    db.session.flush()  # its blocks and the log name it
    if like is not None:
        _take_over(actor, like, edition, with_words=False)
    audit.record(actor, "edition.opened", "edition", edition.id)
    return edition


def copy_edition(actor: Actor, edition: Edition, title: str) -> Edition:
    """Make an edition with the same words as another, as a draft."""
    made = open_edition(
        actor,
        edition.newsletter,
        title,
        kind=EditionKind(edition.kind),
        region_id=edition.region_id,
    )
    made.subject, made.preview_line = edition.subject, edition.preview_line
    made.criteria = dict(edition.criteria)
    _take_over(actor, edition, made, with_words=True)
    return made


def change_edition(actor: Actor, edition: Edition, words: EditionWords, seen: str) -> EditionWords:
    """Keep title, subject and preview line; gives them as they were typed, but tidy.

    `seen` are the marks of the words that were changed. Raises Conflict when somebody else changed
    the same words since in another way, InputError by field.
    """
    demand_make(actor, edition)
    demand_open(edition)
    typed = tidy_words(words)
    present = words_of(edition)
    result = merged(present, typed, seen)
    if result.torn:
        raise Conflict
    wanted = result.words
    if wanted != present:
        if wanted.title != present.title:
            edition.slug = _free_slug(wanted.title, edition.id)
        edition.title, edition.subject = wanted.title, wanted.subject
        edition.preview_line = wanted.preview_line
        touch(actor, edition)
    return typed


def words_of(edition: Edition) -> EditionWords:
    """Give title, subject and preview line as they are kept."""
    return EditionWords(edition.title, edition.subject, edition.preview_line)


def tidy_words(words: EditionWords) -> EditionWords:
    """Bring typed words into the form in which they are kept. Raises InputError by field."""
    return EditionWords(
        _title(words.title),
        _short(words.subject, "subject"),
        _short(words.preview_line, "preview_line"),
    )


def reopen(actor: Actor, edition: Edition) -> None:
    """Let words be changed again after a sign-off, which then holds no longer; nothing is sent."""
    demand_make(actor, edition)
    if edition.status not in AGREED:
        demand_open(edition)
        return
    edition.status = EditionStatus.REVIEW.value
    edition.send_utc, edition.is_late = None, False
    _renew(edition)
    audit.record(actor, "edition.reopened", "edition", edition.id)


def drop_edition(actor: Actor, edition: Edition) -> None:
    """Do not send this edition; it stays to be read and can be taken up again."""
    demand_make(actor, edition)
    if edition.status == EditionStatus.DROPPED:
        return
    if edition.status in LEFT:
        raise Conflict(N_("This edition has left. Send a correction if something is wrong."))
    edition.status = EditionStatus.DROPPED.value
    edition.send_utc, edition.is_late = None, False
    audit.record(actor, "edition.dropped", "edition", edition.id)


def take_up(actor: Actor, edition: Edition) -> None:
    """Go on with an edition that was dropped."""
    demand_make(actor, edition)
    if edition.status == EditionStatus.DROPPED:
        edition.status = EditionStatus.DRAFT.value
        _renew(edition)
        audit.record(actor, "edition.reopened", "edition", edition.id)


def _renew(edition: Edition, **values: Any) -> None:
    """Begin a new version of what is to be agreed to.

    By a statement of its own, so that who has its subject open is not told of a conflict.
    """
    db.session.flush()
    db.session.execute(
        update(Edition)
        .where(Edition.id == edition.id)
        .values(content_version=Edition.content_version + 1, updated_at=now(), **values)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(edition, ["content_version", "updated_at", *values])


def _take_over(actor: Actor, source: Edition, target: Edition, *, with_words: bool) -> None:
    for place, block in enumerate(source.blocks):
        kind = BlockKind(block.kind)
        is_kept = with_words or kind in _KEPT_IN_SHAPE
        db.session.add(
            Block(
                edition_id=target.id,
                position=place,
                kind=block.kind,
                data={**blank(kind), **block.data} if is_kept else blank(kind),
                limits=dict(block.limits),
                slug=block.slug if with_words and SHAPES[kind].has_page else "",
                updated_by=actor.person_id,
            )
        )
    db.session.flush()
    db.session.expire(target, ["blocks"])


def _title(text: str) -> str:
    title = one_line(text, 1000)
    if not title:
        raise InputError(N_("Give the edition a title."), "title")
    if len(title) > LONGEST_TITLE:
        raise InputError(
            N_("This is too long: at most %(most)s characters."), "title", most=LONGEST_TITLE
        )
    return title


def _short(text: str, field: str) -> str:
    line = one_line(text, 10_000)
    if len(line) > LONGEST_SUBJECT:
        raise InputError(
            N_("This is too long: at most %(most)s characters."), field, most=LONGEST_SUBJECT
        )
    return line


def _free_slug(title: str, edition_id: int = 0) -> str:
    """Make the part of the address that names an edition, with a number where it was taken."""
    wanted = slug(title) or "nieuwsbrief"
    taken = set(
        db.session.scalars(
            select(Edition.slug).where(
                func.substr(Edition.slug, 1, len(wanted)) == wanted, Edition.id != edition_id
            )
        )
    )
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free
