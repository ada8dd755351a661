"""The conditions that a newsletter, or one edition of it, puts to its readers.

Kept with it, and asked anew at each sending; the doors set them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from eventsapp.contacts import rules
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.errors import Conflict, Forbidden
from eventsapp.core.labels import N_
from eventsapp.newsletters.editions import demand_make, demand_open, touch
from eventsapp.newsletters.models import Edition, Newsletter


def demand_set(actor: Actor) -> None:
    """Raise Forbidden for whoever may not say who gets a newsletter: all but a coordinator."""
    if not actor.is_coordinator:
        raise Forbidden(N_("Only a coordinator says which readers get a newsletter."))


def set_conditions(
    actor: Actor, newsletter: Newsletter, criteria: Mapping[str, Any], version: int
) -> None:
    """Keep which readers get a newsletter from now on; none means all of them.

    Raises Forbidden, InputError for what does not make sense, and Conflict when somebody changed
    the newsletter since `version` was read.
    """
    demand_set(actor)
    if newsletter.version != version:
        raise Conflict(
            N_("Somebody else changed this newsletter meanwhile. Look at it and try again.")
        )
    found = rules.parse(criteria)
    newsletter.criteria = {} if found.is_empty else rules.stored(found)
    audit.record(actor, "newsletter.changed", "newsletter", newsletter.id)


def limit_edition(actor: Actor, edition: Edition, criteria: Mapping[str, Any], seen: str) -> None:
    """Keep which of the readers of its newsletter get an edition; none means all of them.

    A sign-off holds for those who get it too, so it is worth nothing afterwards. Raises Forbidden,
    InputError, and Conflict when it stands fast or somebody changed it since `seen`.
    """
    demand_make(actor, edition)
    demand_open(edition)
    found = rules.parse(criteria)
    wanted = {} if found.is_empty else rules.stored(found)
    if wanted == edition.criteria:
        return
    if seen != mark_of(edition):
        raise Conflict(N_("Somebody else changed who gets this edition. Look at it and try again."))
    edition.criteria = wanted
    touch(actor, edition)
    audit.record(actor, "edition.limited", "edition", edition.id)


def mark_of(edition: Edition) -> str:
    """Name the conditions of an edition shortly, so that a form can tell which ones it showed."""
    return sha256(json.dumps(edition.criteria, sort_keys=True).encode()).hexdigest()[:12]
