"""The meetings that an edition announces, with the regions for which each of them counts.

`snapshot.py` asks for them once an edition; who reads which is chosen in `render.py`. Only what
anybody may see: never a draft, a closed group, or a meeting by invitation.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from eventsapp.core import dates
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.language import LANGUAGES
from eventsapp.core.links import MEETING_PAGE, absolute
from eventsapp.directory.places import working_regions
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting

MOST = 400
"""So many are rendered at most, the first ones; the whole country plans fewer in two months."""


def meetings_to_come(days: int, *, with_national: bool = True) -> list[dict[str, Any]]:
    """Give the public meetings of the coming days in order of time, as an edition keeps them."""
    moment = now()
    statement = (
        select(Meeting)
        .where(
            Meeting.is_public,
            Meeting.is_confidential.is_(False),
            Meeting.status == MeetingStatus.VISIBLE,
            Meeting.starts_at >= moment,
            Meeting.starts_at < moment + timedelta(days=days),
        )
        .options(
            selectinload(Meeting.regions),
            joinedload(Meeting.network),
            joinedload(Meeting.lead_region),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(MOST)
    )
    country = {region.id for region in working_regions()}
    found = [_facts(one, country) for one in db.session.scalars(statement)]
    return [one for one in found if with_national or not one["is_national"]]


def _facts(meeting: Meeting, country: set[int]) -> dict[str, Any]:
    regions = {meeting.lead_region_id, *(region.id for region in meeting.regions)}
    return {
        "title": meeting.title,
        "when": {one: dates.when(meeting.starts_wall, meeting.ends_wall, one) for one in LANGUAGES},
        "place": ", ".join(part for part in (meeting.place_name, meeting.town) if part),
        "is_online": bool(meeting.online_url) and not meeting.place_name,
        "region": meeting.lead_region.name,
        "region_ids": sorted(regions),
        "is_national": _is_national(meeting, regions, country),
        "language": meeting.language,
        "address": absolute(MEETING_PAGE, meeting_id=meeting.id),
    }


def _is_national(meeting: Meeting, regions: set[int], country: set[int]) -> bool:
    """Tell whether a meeting is for all: of a network without a region, or in every region."""
    if meeting.network is not None and meeting.network.region_id is None:
        return True
    return len(country) > 1 and country <= regions
