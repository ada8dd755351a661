"""Who was there: one press a person, on a phone in one hand; and the sheets to print.

A press saves at once and redraws its own line; without script the page comes back at that line.
What a mark means is decided in `invitations/attendance.py`.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug import Response

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.errors import InputError
from eventsapp.invitations import attendance, attendees, totals
from eventsapp.invitations.attendees import Line
from eventsapp.invitations.kinds import Presence
from eventsapp.manage.guard import current_actor
from eventsapp.manage.permissions import keep_consent, question_of
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import may_change, may_see_needs, meeting_for

bp = Blueprint(
    "manage_attendance", __name__, url_prefix="/manage/meetings/<int:meeting_id>/attendance"
)

EMPTY_LINES = 8


@bp.get("")
def index(meeting_id: int) -> str:
    """Show the list with the marks, narrowed down as asked."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id)
    text, show = request.args.get("q", "")[:200], request.args.get("show", "")
    cursor = request.args.get("after") or request.args.get("before")
    may_write = may_change(actor, meeting)
    page = attendees.attendees_page(actor, meeting, text=text, show=show, cursor=cursor)
    return render_template(
        "manage/attendance/index.html",
        meeting=meeting,
        page=page,
        text=text,
        show=show,
        kept=_kept(),
        is_open=attendance.is_open(meeting),
        may_mark=may_write and attendance.is_open(meeting),
        may_write=may_write,
        has_begun=meeting.starts_at <= now(),
        is_holder=may_see_needs(actor, meeting),
        **_shown(meeting, page.items),
    )


@bp.post("/start")
def start(meeting_id: int) -> Response:
    """Make the first marks from the answers."""
    actor = current_actor()
    made = attendance.start(actor, meeting_for(actor, meeting_id))
    if made:
        flash(ngettext("%(num)s person is marked.", "%(num)s people are marked.", made), "success")
    else:
        flash(gettext("Everybody who answered was marked already."), "info")
    return redirect(url_for(".index", meeting_id=meeting_id), 303)


@bp.post("/mark")
def mark(meeting_id: int) -> Response | str:
    """Keep one mark, or one permission of a walk-in, as the button that was pressed says."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    if "permission" in request.form:
        person_id = _keep_permission(actor, meeting, request.form["permission"])
    else:
        person_id = _keep_mark(actor, meeting, request.form.get("mark", ""))
    if request.headers.get("HX-Request"):
        line = attendees.attendee(actor, meeting, person_id)
        lines = [line] if line is not None else []
        return render_template(
            "manage/attendance/changed.html",
            meeting=meeting,
            line=line,
            person_id=person_id,
            # Marks of a meeting are made one by one: a later moment tells what is newer.
            as_of=int(now().timestamp() * 1_000_000),
            **_shown(meeting, lines),
        )
    place = url_for(".index", meeting_id=meeting_id, _anchor=f"line-{person_id}", **_kept())
    return redirect(place, 303)


def _keep_mark(actor: Actor, meeting: Meeting, pressed: str) -> int:
    number, _, word = pressed.partition(":")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise InputError
    person_id = int(number)
    if word == "none":
        attendance.unmark(actor, meeting, person_id)
    elif word in set(Presence):
        attendance.mark(actor, meeting, person_id, Presence(word))
    else:
        raise InputError
    return person_id


def _keep_permission(actor: Actor, meeting: Meeting, pressed: str) -> int:
    number, _, rest = pressed.partition(":")
    permission, _, word = rest.partition(":")
    if not number.isascii() or not number.isdigit() or len(number) > 9 or word not in ("yes", "no"):
        raise InputError
    attendance.keep_permission(actor, meeting, int(number), permission, word == "yes")
    keep_consent(actor, meeting, int(number), permission, word == "yes")
    return int(number)


@bp.get("/<int:person_id>/represented")
def represented(meeting_id: int, person_id: int) -> str:
    """Ask who of those present came in somebody's place."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    return _represented_page(actor, meeting, person_id)


@bp.post("/<int:person_id>/represented")
def represent(meeting_id: int, person_id: int) -> Response:
    """Keep who came in somebody's place."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    by = request.form.get("by", type=int)
    attendance.mark(actor, meeting, person_id, Presence.REPRESENTED, by)
    place = url_for(".index", meeting_id=meeting_id, _anchor=f"line-{person_id}")
    return redirect(place, 303)


@bp.get("/close")
def closing(meeting_id: int) -> str:
    """Ask what to do with who said yes and has no mark, before the list is closed."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    return render_template(
        "manage/attendance/close.html",
        meeting=meeting,
        missed=attendance.unmarked_accepted(meeting),
        tally=attendees.tally(meeting),
        has_begun=meeting.starts_at <= now(),
    )


@bp.post("/close")
def close(meeting_id: int) -> Response:
    """Close the list; marks can still be corrected."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id)
    attendance.close(actor, meeting, mark_absent=request.form.get("absent") == "yes")
    flash(gettext("The list is closed. You can still correct a mark."), "success")
    return redirect(url_for(".index", meeting_id=meeting_id), 303)


@bp.post("/reopen")
def reopen(meeting_id: int) -> Response:
    """Open a closed list again."""
    actor = current_actor()
    attendance.reopen(actor, meeting_for(actor, meeting_id))
    flash(gettext("The list is open again."), "success")
    return redirect(url_for(".index", meeting_id=meeting_id), 303)


@bp.get("/sheet")
def sheet(meeting_id: int) -> str:
    """Give the sheet to sign, for paper."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id)
    return render_template(
        "manage/attendance/sheet.html",
        meeting=meeting,
        lines=attendees.sheet(actor, meeting),
        empty_lines=EMPTY_LINES,
    )


@bp.get("/venue")
def venue(meeting_id: int) -> str:
    """Give what the venue must know, without names; for the organiser and named deputies."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id)
    return render_template(
        "manage/attendance/venue.html", meeting=meeting, venue=totals.for_venue(actor, meeting)
    )


def _represented_page(actor: Actor, meeting: Meeting, person_id: int) -> str:
    line = attendees.attendee(actor, meeting, person_id)
    if line is None:
        raise InputError
    text = request.args.get("q", "")[:200]
    present = [
        one for one in attendees.present_people(actor, meeting, text) if one.person.id != person_id
    ]
    own = line.organisation.id if line.organisation is not None else None
    present.sort(key=lambda one: one.organisation is None or one.organisation.id != own)
    return render_template(
        "manage/attendance/represented.html",
        meeting=meeting,
        line=line,
        present=present,
        text=text,
        speakers=_speakers([line]),
    )


def _shown(meeting: Meeting, lines: list[Line]) -> dict[str, Any]:
    """Give what a line and the counts need beside the line itself."""
    return {
        "tally": attendees.tally(meeting),
        "speakers": _speakers(lines),
        "marks": list(Presence),
        "question_of": question_of,
    }


def _kept() -> dict[str, Any]:
    """Give how the list is narrowed down, so that one comes back to the same lines."""
    names = ("q", "show", "after", "before")
    return {name: request.args[name] for name in names if name in request.args}


def _speakers(lines: list[Line]) -> dict[int, str]:
    numbers = {
        line.mark.represented_by_id
        for line in lines
        if line.mark is not None and line.mark.represented_by_id is not None
    }
    return attendees.names_of(numbers) if numbers else {}
