"""Correcting an edition that has left: a new one, for the very people who got it.

It is made, signed off and sent as every edition is. Who left or paused since then gets none.
"""

from __future__ import annotations

from eventsapp.core.actor import Actor
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.core.text import one_line
from eventsapp.newsletters import composing
from eventsapp.newsletters.editions import LONGEST_SUBJECT, LONGEST_TITLE, demand_make, open_edition
from eventsapp.newsletters.kinds import BlockKind, EditionKind, EditionStatus
from eventsapp.newsletters.models import Edition


def begin(actor: Actor, edition: Edition) -> Edition:
    """Begin a correction of an edition, as a draft with a first word; nobody is mailed.

    Raises Conflict when the edition has not left, Forbidden.
    """
    demand_make(actor, edition)
    if edition.status not in (EditionStatus.SENDING, EditionStatus.SENT):
        raise Conflict(N_("This edition has not been sent, so there is nothing to correct."))
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
