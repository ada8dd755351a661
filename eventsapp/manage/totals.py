"""Own questions added up, who answered what, and what participants need to take part.

Needs, and questions about health or diet, are shown to the organiser and named deputies only: not
to the coordinator, not to another advisor. Never writes.
"""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from eventsapp.core.language import label
from eventsapp.core.pager import Page as Rows
from eventsapp.invitations import totals
from eventsapp.invitations.kinds import Need
from eventsapp.manage.guard import current_actor
from eventsapp.meetings.queries import may_see_needs, meeting_for

bp = Blueprint("manage_totals", __name__, url_prefix="/manage/meetings/<int:meeting_id>/totals")


@bp.get("")
def index(meeting_id: int) -> str:
    """Show the own questions added up; to organiser and deputies also who needs what."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id)
    is_holder = may_see_needs(actor, meeting)
    needs = totals.needs_page(actor, meeting, _cursor()) if is_holder else Rows([], None, None)
    return render_template(
        "manage/totals/index.html",
        meeting=meeting,
        questions=totals.question_totals(actor, meeting),
        is_holder=is_holder,
        need_totals=totals.need_totals(actor, meeting) if is_holder else [],
        needs=needs,
        needs_of=lambda row: [label(Need(one)) for one in row.kinds if one in set(Need)],
    )


@bp.get("/<int:question_id>")
def question(meeting_id: int, question_id: int) -> str:
    """Show who of those who come answered what to one question, or chose one option."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id)
    value = request.args.get("value", "")[:500].replace("\0", "")
    asked = next((one for one in meeting.questions if one.id == question_id), None)
    if asked is None:
        abort(404)
    return render_template(
        "manage/totals/question.html",
        meeting=meeting,
        question=asked,
        value=value,
        page=totals.answers_to(actor, meeting, question_id, value=value, cursor=_cursor()),
    )


def _cursor() -> str | None:
    return request.args.get("after") or request.args.get("before")
