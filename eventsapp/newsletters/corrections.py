"""Correcting an edition that has left: a new one, for the very people who got it.

It is made, signed off and sent as every edition is. Who left or paused since then gets none.
"""

from __future__ import annotations

from sqlalchemy import select

from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.core.text import one_line
from eventsapp.newsletters import composing
from eventsapp.newsletters.editions import (
    AGREED,
    LEFT,
    LONGEST_SUBJECT,
    LONGEST_TITLE,
    OPEN,
    demand_make,
    open_edition,
)
from eventsapp.newsletters.kinds import BlockKind, EditionKind
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.sending import mailing_of, may_undo


def begin(actor: Actor, edition: Edition) -> Edition:
    """Begin a correction of an edition, as a draft with a first word; nobody is mailed.

    One that is being made already is given instead. Raises Conflict when the edition has not left,
    or when its sending can still be undone, Forbidden.
    """
    demand_make(actor, edition)
    if edition.status not in LEFT:
        raise Conflict(N_("This edition has not been sent, so there is nothing to correct."))
    mailing = mailing_of(edition)
    if mailing is not None and may_undo(mailing):
        raise Conflict(N_("Nobody has got it yet. Undo the sending, then change the edition."))
    if (found := being_made(edition)) is not None:
        return found
    with speaking(edition.newsletter.language):
        title = translate(N_("Correction: %(title)s"), title=edition.title)
        subject = translate(N_("Correction: %(title)s"), title=edition.subject or edition.title)
        words = translate(N_("In our last mail something was wrong. This is how it should be:"))
    made = open_edition(
        actor, edition.newsletter, one_line(title, LONGEST_TITLE), kind=EditionKind.CORRECTION,
        region_id=edition.region_id,
    )  # fmt: skip
    made.corrects_id = edition.id
    made.subject = one_line(subject, LONGEST_SUBJECT)
    composing.add_block(actor, made, BlockKind.TEXT, data={"html": f"<p>{words}</p>"})
    return made


def being_made(edition: Edition) -> Edition | None:
    """Give the correction of an edition that somebody works on, if there is one."""
    statement = select(Edition).where(
        Edition.corrects_id == edition.id,
        Edition.status.in_([one.value for one in (*OPEN, *AGREED)]),
    )
    return db.session.scalar(statement.order_by(Edition.id.desc()).limit(1))
