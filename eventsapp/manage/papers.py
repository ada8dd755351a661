"""The papers of a meeting and the logos beside it: add, read, remove.

Advisors only; participants get the signed links that stand in mails (`public/papers.py`).
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug import Response

from eventsapp.core import submissions
from eventsapp.core.errors import InputError
from eventsapp.core.settings import settings
from eventsapp.manage.forms.papers import PaperForm
from eventsapp.manage.guard import current_actor
from eventsapp.meetings import papers, queries
from eventsapp.meetings.models import Meeting

bp = Blueprint("manage_papers", __name__, url_prefix="/manage/meetings/<int:meeting_id>/papers")

Page = str | tuple[str, int] | Response


@bp.get("")
def index(meeting_id: int) -> Page:
    """Show the papers of a meeting, with the form to add one."""
    return _page(queries.meeting_for(current_actor(), meeting_id), PaperForm())


@bp.post("")
def add(meeting_id: int) -> Page:
    """Add a paper; what is wrong with it stands beside the field."""
    actor = current_actor()
    file = request.files.get("file")
    content = file.read() if file else b""
    meeting = queries.meeting_for(actor, meeting_id, write=True)
    form = PaperForm()
    if not form.validate():
        return _page(meeting, form), 422
    place = url_for(".index", meeting_id=meeting_id)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        papers.add_paper(
            actor, meeting, (file and file.filename) or "", content, form.title.data or ""
        )
    except InputError as fault:
        form.blame(fault)
        return _page(meeting, form), 422
    submissions.settle(key, place)
    flash(gettext("The paper is kept. No mail has gone out."), "success")
    return redirect(place, 303)


@bp.get("/<int:paper_id>")
def show(meeting_id: int, paper_id: int) -> Response:
    """Lead to the paper itself, as a participant would get it."""
    meeting = queries.meeting_for(current_actor(), meeting_id)
    return redirect(papers.link_for(papers.paper_of(meeting, paper_id)), 303)


@bp.post("/<int:paper_id>/remove")
def remove(meeting_id: int, paper_id: int) -> Response:
    """Remove a paper."""
    actor = current_actor()
    meeting = queries.meeting_for(actor, meeting_id, write=True)
    papers.remove_paper(actor, meeting, paper_id)
    flash(gettext("The paper is removed."), "success")
    return redirect(url_for(".index", meeting_id=meeting_id), 303)


@bp.post("/logos/<int:co_organiser_id>")
def logo(meeting_id: int, co_organiser_id: int) -> Response:
    """Keep or remove the logo of a co-organiser."""
    actor = current_actor()
    file = request.files.get("file")
    content = file.read() if file else b""
    meeting = queries.meeting_for(actor, meeting_id, write=True)
    place = url_for(".index", meeting_id=meeting_id, _anchor="logos")
    is_removal = "remove" in request.form
    if not content and not is_removal:
        flash(gettext("Choose a picture first."), "error")
        return redirect(place, 303)
    try:
        papers.keep_logo(actor, meeting, co_organiser_id, b"" if is_removal else content)
    except InputError as fault:
        flash(gettext(fault.message, **fault.values), "error")
        return redirect(place, 303)
    flash(
        gettext("The logo is removed.") if is_removal else gettext("The logo is kept."), "success"
    )
    return redirect(place, 303)


def _page(meeting: Meeting, form: PaperForm) -> str:
    return render_template(
        "manage/papers/index.html",
        meeting=meeting,
        f=form,
        papers=papers.papers_of(meeting.id),
        logo_token=papers.logo_token,
        may_change=queries.may_change(current_actor(), meeting),
        limit=settings().upload_limit_mb,
    )
