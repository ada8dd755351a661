"""The clock opens the next edition in time: a draft with the shape of the last one.

`background/editions.py` calls it each quarter of an hour. It only ever makes drafts; whoever makes
the newsletter is told what is due when. An edition that somebody opened by hand is not made twice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select

from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import date_as, now, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.newsletters import composing, duties
from eventsapp.newsletters.editions import open_edition
from eventsapp.newsletters.kinds import BlockKind, EditionKind, EditionStatus
from eventsapp.newsletters.models import Edition, Newsletter
from eventsapp.newsletters.queries import last_regular
from eventsapp.newsletters.rhythm import (
    Lead,
    due_days,
    following,
    following_after,
    opens_on,
    planned,
    working_day_from,
)

NEAR = timedelta(days=13)
"""An edition that leaves so near to a day of the rhythm is the one of that day."""
FIRST_SHAPE = (
    BlockKind.TEXT,
    BlockKind.ARTICLE,
    BlockKind.PRACTICE,
    BlockKind.MEETINGS,
    BlockKind.PUBLICATION,
    BlockKind.CALL,
)
"""What the very first edition begins with; after that each follows the one before."""


def lead_of(newsletter: Newsletter) -> Lead:
    """Give how long before the sending each thing is due."""
    return Lead(
        opens=newsletter.opens_days,
        contributions=newsletter.contributions_days,
        review=newsletter.review_days,
        sign_off=newsletter.sign_off_days,
    )


def title_of(newsletter: Newsletter, send_on: date) -> str:
    """Name an edition after its month, in the language of its newsletter."""
    with speaking(newsletter.language):
        month = date_as(send_on, "LLLL y", newsletter.language)
        return translate(N_("Newsletter of %(month)s"), month=month)


def due(moment: datetime) -> list[int]:
    """Give the numbers of the newsletters whose next edition should be opened by now."""
    statement = select(Newsletter).where(Newsletter.is_active, Newsletter.next_on.is_not(None))
    return [
        one.id
        for one in db.session.scalars(statement.order_by(Newsletter.id))
        if one.next_on is not None and opens_on(one.next_on, lead_of(one)) <= _today(one, moment)
    ]


def open_next(newsletter_id: int, moment: datetime, makers: Collection[int]) -> Edition | None:
    """Open the next edition of a newsletter, if it is time; tell who makes it.

    The row is held, so two clocks open one edition. None when it is not time, or somebody opened
    that edition by hand; dates that were missed are not made up for.
    """
    newsletter = db.session.scalar(
        select(Newsletter)
        .where(Newsletter.id == newsletter_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if newsletter is None or not newsletter.is_active or newsletter.next_on is None:
        return None
    today = _today(newsletter, moment)
    day = following_after(newsletter.next_on, newsletter.every_months, today)
    newsletter.next_on = day
    if opens_on(day, lead_of(newsletter)) > today:
        return None
    newsletter.next_on = following(day, newsletter.every_months)
    if _is_there(newsletter, day):
        return None
    edition = _opened(newsletter, working_day_from(day), today)
    duties.tell_opened(edition, makers)
    return edition


def dates_of_next(newsletter: Newsletter) -> dict[str, Any]:
    """Give the days of the rhythm for an edition that somebody opens by hand, as columns of it.

    Nothing where there is no rhythm, its next day has passed, or that edition is there already.
    """
    today = _today(newsletter, now())
    day = newsletter.next_on
    if day is None or day <= today or _is_there(newsletter, day):
        return {}
    return _dates(newsletter, working_day_from(day), today)


def _opened(newsletter: Newsletter, send_on: date, today: date) -> Edition:
    like = last_regular(newsletter.id)
    title = title_of(newsletter, send_on)
    dates = _dates(newsletter, send_on, today)
    edition = open_edition(SYSTEM, newsletter, title, like=like, **dates)
    if like is None:
        for kind in FIRST_SHAPE:
            composing.add_block(SYSTEM, edition, kind)
    return edition


def _dates(newsletter: Newsletter, send_on: date, today: date) -> dict[str, Any]:
    days = due_days(send_on, lead_of(newsletter), today)
    # A time that the clocks skip that night goes as much later as they are put forward.
    wall = planned(datetime.combine(send_on, newsletter.send_at), newsletter.timezone).wall
    return {**asdict(days), "send_at": wall.time()}


def _is_there(newsletter: Newsletter, day: date) -> bool:
    """Tell whether somebody opened the edition of that time already."""
    found = exists().where(
        Edition.newsletter_id == newsletter.id,
        Edition.kind == EditionKind.REGULAR.value,
        Edition.status != EditionStatus.DROPPED.value,
        Edition.send_on.between(day - NEAR, day + NEAR),
    )
    return bool(db.session.scalar(select(found)))


def _today(newsletter: Newsletter, moment: datetime) -> date:
    return utc_to_local(moment, newsletter.timezone).date()
