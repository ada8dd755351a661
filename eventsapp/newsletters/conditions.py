"""The conditions that a newsletter puts to its readers: kept with it, asked at each sending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventsapp.contacts import rules
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.errors import Conflict, Forbidden
from eventsapp.core.labels import N_
from eventsapp.newsletters.models import Newsletter


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
