"""The steps by which an edition comes to leave, with their days, as pages show them."""

from __future__ import annotations

from typing import Any

from eventsapp.core.dates import today
from eventsapp.core.language import label
from eventsapp.manage.edition_tabs import edition_page
from eventsapp.newsletters.duties import Duty, Step
from eventsapp.newsletters.models import Edition

_PAGES = {
    Step.CONTRIBUTIONS: "manage_contributions.index",
    Step.REVIEW: "manage_editions.show",
}


def steps_of(
    edition: Edition, found: list[Duty], last_page: str | None = None
) -> list[dict[str, Any]]:
    """Give the steps with their days; the first that is not done is the next.

    `last_page` is where the sign-off and the sending are done, None on that page itself.
    """
    day = today(edition.newsletter.timezone)
    following = next((one.step for one in found if not one.is_done), None)
    return [
        {
            "text": label(one.step),
            "on": one.on,
            "state": "done" if one.is_done else "next" if one.step is following else "later",
            "is_late": one.is_late(day),
            "missing": one.missing if not one.is_done else 0,
            "href": edition_page(edition, page)
            if (page := _PAGES.get(one.step, last_page))
            else None,
        }
        for one in found
    ]


def _href(edition: Edition, page: str | None) -> str | None:
    return edition_page(edition, page) if page else None
