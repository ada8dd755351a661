"""The tabs and the next steps of one meeting, in order of the work.

`meeting_frame.html` draws the tabs on the pages of every door of a meeting. Pages that do not
exist are left out. Never asks the database.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext

from eventsapp.core.dates import now
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting

# Pages that have no tab of their own, and the tab under which they are found.
PART_OF = {
    "manage_calls": "manage_answers",
    "manage_letters": "manage_answers",
    "manage_notices": "manage_answers",
    "manage_totals": "manage_answers",
    "manage_waiting": "manage_answers",
    "manage_walk_ins": "manage_attendance",
}


def meeting_tabs(meeting: Meeting) -> list[dict[str, Any]]:
    """Give the tabs of a meeting; the one of this page is current."""
    wanted = (
        ("manage_meetings.show", gettext("Overview")),
        ("manage_invitations.choose", gettext("Invite")),
        ("manage_answers.index", gettext("Answers")),
        ("manage_attendance.index", gettext("Attendance")),
        ("manage_papers.index", gettext("Papers")),
        ("manage_mail_plan.index", gettext("Mail plan")),
    )
    here = PART_OF.get(request.blueprint or "", request.blueprint)
    return [
        {
            "text": text,
            "href": address,
            "current": here == endpoint.partition(".")[0],
        }
        for endpoint, text in wanted
        if (address := page_of(meeting, endpoint))
    ]


def page_of(meeting: Meeting, endpoint: str) -> str | None:
    """Give the address of a page of this meeting, None while there is no such page."""
    if endpoint not in current_app.view_functions:
        return None
    return url_for(endpoint, meeting_id=meeting.id)


def next_steps(meeting: Meeting, invited: int = 0, silent: int = 0) -> list[dict[str, Any]]:
    """Give what is to be done, in order, each with how it stands: done, next or later."""
    if meeting.status == MeetingStatus.CANCELLED:
        return []
    is_placed = bool(meeting.place_name or meeting.online_url)
    is_visible = meeting.status == MeetingStatus.VISIBLE
    is_over = meeting.ends_at < now()
    steps = [
        (gettext("Say where it is"), is_placed, "manage_meetings.edit"),
        (gettext("Draw up the agenda"), bool(meeting.agenda), "manage_meetings.edit"),
        (gettext("Make it visible"), is_visible, ""),
        (gettext("Invite people and organisations"), invited > 0, "manage_invitations.choose"),
        (
            gettext("Follow the answers"),
            invited > 0 and (silent == 0 or is_over),
            "manage_answers.index",
        ),
        (
            gettext("Mark who was there"),
            meeting.attendance_closed_at is not None,
            "manage_attendance.index",
        ),
    ]
    following = next((index for index, (_, is_done, _) in enumerate(steps) if not is_done), None)
    return [
        {
            "text": text,
            "state": "done" if is_done else "next" if index == following else "later",
            "href": page_of(meeting, endpoint) if endpoint else None,
        }
        for index, (text, is_done, endpoint) in enumerate(steps)
    ]
