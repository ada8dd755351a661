"""The waiting list of a meeting: who waits, in which order, and a seat given by hand."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from eventsapp.core import submissions
from eventsapp.core.dates import now
from eventsapp.invitations.queries import invitation_for
from eventsapp.invitations.waiting import give_seat, waiting_list
from eventsapp.manage.guard import current_actor
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.queries import may_change, meeting_for

bp = Blueprint("manage_waiting", __name__, url_prefix="/manage/meetings/<int:meeting_id>/waiting")


@bp.get("")
def index(meeting_id: int) -> str:
    """Show who waits, longest first."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id)
    is_open = meeting.status == MeetingStatus.VISIBLE and meeting.starts_at > now()
    return render_template(
        "manage/waiting/index.html",
        meeting=meeting,
        queue=waiting_list(actor, meeting),
        may_write=may_change(actor, meeting) and is_open,
    )


@bp.post("/<int:invitation_id>")
def give(meeting_id: int, invitation_id: int) -> Response:
    """Give somebody a seat, out of turn or beyond the number of seats if need be."""
    actor = current_actor()
    invitation = invitation_for(actor, invitation_id, write=True)
    if invitation.meeting_id != meeting_id:
        abort(404)
    place = url_for(".index", meeting_id=meeting_id)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    over = give_seat(actor, invitation)
    submissions.settle(key, place)
    name = invitation.person.name
    flash(gettext("%(name)s has a seat now and gets a mail that says so.", name=name), "success")
    if over:
        flash(
            ngettext(
                "There is now %(num)s person more than there are seats.",
                "There are now %(num)s people more than there are seats.",
                over,
            ),
            "warning",
        )
    return redirect(place, 303)
