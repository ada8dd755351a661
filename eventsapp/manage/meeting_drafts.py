"""Throwing a draft away: asked once more, then gone with all that was typed.

For advisors who may change the meeting. A meeting that was visible is cancelled instead.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug import Response

from eventsapp.contacts import letters
from eventsapp.contacts.readers import Origin
from eventsapp.invitations import drafts
from eventsapp.manage.guard import current_actor
from eventsapp.meetings import queries
from eventsapp.meetings.papers import papers_of

bp = Blueprint(
    "manage_meeting_drafts", __name__, url_prefix="/manage/meetings/<int:meeting_id>/throw-away"
)


@bp.get("")
def ask(meeting_id: int) -> str:
    """Show what goes, with the button."""
    meeting = queries.meeting_for(current_actor(), meeting_id, write=True)
    drafts.demand_never_used(meeting)
    return render_template(
        "manage/meeting_drafts/ask.html", meeting=meeting, papers=len(papers_of(meeting_id))
    )


@bp.post("")
def throw_away(meeting_id: int) -> Response:
    """Remove the draft."""
    actor = current_actor()
    meeting = queries.meeting_for(actor, meeting_id, write=True)
    title, letter = meeting.title, Origin(meeting=meeting).reference
    drafts.throw_away(actor, meeting_id)
    letters.forget_drafts_about(letter)
    flash(gettext("The draft “%(title)s” is thrown away.", title=title), "success")
    return redirect(url_for("manage_meetings.index"), 303)
