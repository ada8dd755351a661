"""What the form and the page of one meeting show, gathered from the rooms below.

For `manage/meetings.py`, which renders. Never writes.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.labels import N_
from eventsapp.core.language import current_language
from eventsapp.invitations import undoing
from eventsapp.invitations.changes import Told
from eventsapp.invitations.clashes import invitees_elsewhere
from eventsapp.invitations.queries import Counts, counts
from eventsapp.manage.forms.meetings import MeetingForm
from eventsapp.manage.meeting_choices import may_plan
from eventsapp.manage.meeting_sections import sections
from eventsapp.manage.meeting_tabs import next_steps, page_of
from eventsapp.meetings.kinds import Access, MeetingKind, MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.papers import logo_token
from eventsapp.meetings.plan import MOST_AGENDA_LINES, MOST_CO_ORGANISERS, MOST_QUESTIONS
from eventsapp.meetings.queries import may_change, region_ids
from eventsapp.meetings.warnings import Caution, warnings_on

MOST = {
    "agenda": MOST_AGENDA_LINES,
    "questions": MOST_QUESTIONS,
    "co_organisers": MOST_CO_ORGANISERS,
}


def cautions_on(
    actor: Actor, day: date, regions: Collection[int], meeting_id: int | None
) -> list[Caution]:
    """Give all that speaks against a day: of the calendar, of the region, of the invitees."""
    found = warnings_on(actor, day, regions, meeting_id)
    elsewhere = invitees_elsewhere(actor, meeting_id, day) if meeting_id else []
    for other in elsewhere:
        values = {"count": other.people, "title": other.title}
        one = N_("One of your invitees is asked to %(title)s that day.")
        more = N_("Of your invitees %(count)s are asked to %(title)s that day.")
        message = one if other.people == 1 else more
        found = [caution for caution in found if caution.meeting_id != other.meeting_id]
        found.append(Caution(message, values, other.meeting_id))
    return found


def form_context(
    actor: Actor, form: MeetingForm, meeting: Meeting | None, row: str
) -> dict[str, Any]:
    """Give what the form shows beside its fields."""
    number = meeting.id if meeting else None
    region = form.lead_region_id.data
    cautions: list[Caution] = []
    if form.day.data and not form.day.errors:
        cautions = cautions_on(actor, form.day.data, {region} if region else set(), number)
    return {
        "f": form,
        "meeting": meeting,
        "row": row,
        "cautions": cautions,
        "most": MOST,
        "watch": {
            "hx-get": url_for("manage_meetings.day_warnings", meeting_id=number),
            "hx-trigger": "change",
            "hx-target": "#day-warnings",
            "hx-include": "#day, #lead_region_id",
        },
        **sections(form, row),
    }


def show_context(actor: Actor, meeting: Meeting) -> dict[str, Any]:
    """Give what the page of one meeting shows."""
    is_changeable = may_change(actor, meeting)
    is_over = meeting.ends_at < now()
    found = counts([meeting.id])[meeting.id]
    cautions: list[Caution] = []
    if is_changeable and not is_over and meeting.status != MeetingStatus.CANCELLED:
        day = meeting.starts_wall.date()
        cautions = cautions_on(actor, day, region_ids(meeting), meeting.id) + crowded(
            meeting, found
        )
    return {
        "meeting": meeting,
        "may_change": is_changeable,
        "undoable": undoing.open_for(meeting) if is_changeable else None,
        "may_plan": may_plan(actor),
        "is_over": is_over,
        "cautions": cautions,
        "steps_to_do": next_steps(meeting, found.invited, found.silent) if is_changeable else [],
        "kind": MeetingKind(meeting.kind),
        "logo_token": logo_token,
        "access": [gettext(each.label) for each in Access if each.value in meeting.access],
        "theme_names": [theme.name(current_language()) for theme in meeting.themes],
        "figures_of_answers": figures(meeting, found) if found.invited else [],
    }


def crowded(meeting: Meeting, found: Counts) -> list[Caution]:
    """Warn where more seats are taken than there are: who comes keeps the seat."""
    if meeting.capacity is None or found.seats_taken <= meeting.capacity:
        return []
    one = N_("%(taken)s seats are taken and there is 1. Who has a seat keeps it.")
    more = N_("%(taken)s seats are taken and there are %(seats)s. Who has a seat keeps it.")
    message = one if meeting.capacity == 1 else more
    return [Caution(message, {"taken": found.seats_taken, "seats": meeting.capacity})]


def figures(meeting: Meeting, found: Counts) -> list[tuple[int, str, str | None]]:
    """Give the answers so far, each leading to its rows."""
    lines = [
        (found.accepted, gettext("come"), "accepted"),
        (found.declined, gettext("do not come"), "declined"),
        (found.tentative, gettext("do not know yet"), "tentative"),
        (found.silent, gettext("no answer yet"), "needs_action"),
        (found.waitlisted, gettext("on the waiting list"), "waitlisted"),
    ]
    address = page_of(meeting, "manage_answers.index")
    return [
        (number, text, f"{address}?reply={reply}" if address else None)
        for number, text, reply in lines
        if number or reply in ("accepted", "needs_action")
    ]


def told_lines(told: Told) -> list[dict[str, Any]]:
    """Write who will be told what by a change or a cancel, as `what_will_happen` wants it."""
    lines = []
    if told.updates:
        text = ngettext("person gets a mail", "people get a mail", told.updates)
        lines.append({"count": told.updates, "text": text})
    if told.entries:
        text = ngettext(
            "of these has it in the calendar; the entry changes by itself",
            "of these have it in the calendar; the entry changes by itself",
            told.entries,
        )
        lines.append({"count": told.entries, "text": text})
    if told.asked_again:
        text = ngettext(
            "of these has answered and is asked once more",
            "of these have answered and are asked once more",
            told.asked_again,
        )
        lines.append({"count": told.asked_again, "text": text})
    if told.refreshed:
        text = ngettext(
            "invitation that still has to leave says how it is now",
            "invitations that still have to leave say how it is now",
            told.refreshed,
        )
        lines.append({"count": told.refreshed, "text": text})
    if told.substitutes:
        text = ngettext(
            "substitute gets a mail too",
            "substitutes get a mail too",
            told.substitutes,
        )
        lines.append({"count": told.substitutes, "text": text})
    return lines or [{"count": 0, "text": gettext("Nobody is invited, so nobody gets mail.")}]
