"""The call list: ring who has not answered, and keep what the call gave with one press.

Made for a telephone in one hand. With script a press changes its own line only; without, the page
comes back at the same place. A press that gives an answer is an answer by telephone.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.language import label
from eventsapp.invitations import answer as answering
from eventsapp.invitations import calls
from eventsapp.invitations.calls import CallLine
from eventsapp.invitations.kinds import CallOutcome, Reply, Via
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.queries import counts, invitation_for
from eventsapp.invitations.rules import Standing, standing
from eventsapp.manage.guard import current_actor
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import may_change, meeting_for

bp = Blueprint("manage_calls", __name__, url_prefix="/manage/meetings/<int:meeting_id>/calls")

Page = str | tuple[str, int] | Response
ANSWERS = (Reply.ACCEPTED, Reply.DECLINED)


@bp.get("")
def index(meeting_id: int) -> Page:
    """Show who has not answered yet, each with a number to tap."""
    actor = current_actor()
    actor.demand_address_book()
    meeting = meeting_for(actor, meeting_id)
    text = request.args.get("q", "")[:100]
    cursor = request.args.get("after") or request.args.get("before")
    return render_template(
        "manage/calls/index.html",
        meeting=meeting,
        page=calls.call_page(actor, meeting, text=text, cursor=cursor),
        silent=counts([meeting.id])[meeting.id].silent,
        text=text,
        **_words(actor, meeting),
    )


@bp.post("")
def note(meeting_id: int) -> Page:
    """Keep the outcome that was pressed: an answer, or a call that gave none."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    number, _, outcome = request.form.get("said", "").partition(" ")
    if not number.isdigit() or len(number) > 9:
        abort(400)
    invitation = invitation_for(actor, int(number), write=True)
    if invitation.meeting_id != meeting_id:
        abort(404)
    if outcome in {reply.value for reply in ANSWERS}:
        _answer(actor, invitation, Reply(outcome))
        said = label(Reply(invitation.reply))
    elif outcome in set(CallOutcome):
        calls.note_call(actor, invitation, CallOutcome(outcome))
        said = label(CallOutcome(outcome))
    else:
        raise InputError(N_("Choose one of the answers."), "said")
    if request.headers.get("HX-Request"):
        (line,) = calls.call_lines([invitation])
        return render_template(
            "manage/calls/line.html", meeting=meeting, line=line, **_words(actor, meeting)
        )
    flash(gettext("%(name)s: %(answer)s.", name=invitation.person.name, answer=said), "success")
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("after", "before", "q") if name in request.args
    }
    return redirect(url_for(".index", meeting_id=meeting_id, **kept), 303)


def _answer(actor: Actor, invitation: Invitation, reply: Reply) -> None:
    """Answer for who rang; who answered by the link meanwhile is not overwritten unseen."""
    if invitation.reply == Reply.NEEDS_ACTION:
        answering.answer(actor, invitation, reply, via=Via.PHONE)


def _words(actor: Actor, meeting: Meeting) -> dict[str, Any]:
    found = standing(
        starts_at=meeting.starts_at,
        at=now(),
        is_cancelled=meeting.status == MeetingStatus.CANCELLED,
    )
    return {
        "may_write": may_change(actor, meeting) and found is Standing.OPEN,
        "outcomes": [
            (Reply.ACCEPTED.value, label(Reply.ACCEPTED)),
            (Reply.DECLINED.value, label(Reply.DECLINED)),
            *((one.value, label(one)) for one in CallOutcome),
        ],
        "outcome_of": CallOutcome,
        "is_silent": _is_silent,
    }


def _is_silent(line: CallLine) -> bool:
    return line.invitation.reply == Reply.NEEDS_ACTION
