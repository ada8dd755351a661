"""The page of a public meeting, where anybody signs up; confirmed by mail.

Drafts, closed groups and meetings by invitation are not found here, without a hint that they
exist. Whatever is typed, the page says the same: it tells nobody who is known to us.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from eventsapp.core import limits, submissions
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Expired, InputError, NotFound
from eventsapp.core.http import csrf
from eventsapp.core.labels import N_
from eventsapp.core.language import current_language, use_language
from eventsapp.core.links import answer_token
from eventsapp.core.text import slug
from eventsapp.invitations import rules, seats, signup
from eventsapp.invitations.calendar_event import public_download
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.public.forms.meetings import SignUpForm
from eventsapp.public.rsvp_page import facts_of

bp = Blueprint("public_meetings", __name__, url_prefix="/meetings")

MOST_PER_HOUR = 20  # from one address of the network: an office shares one


@bp.get("/<int:meeting_id>")
def show(meeting_id: int) -> ResponseReturnValue:
    """Show a public meeting with the form to sign up."""
    form = SignUpForm(formdata=None, language=current_language())
    return _page(_public(meeting_id), form)


@bp.post("/<int:meeting_id>")
def sign_up(meeting_id: int) -> ResponseReturnValue:
    """Note who wants to come and mail the link that confirms it."""
    form = SignUpForm()
    done = url_for(".show", meeting_id=meeting_id, done="asked")
    if not form.validate():
        return _page(_public(meeting_id), form, 422)
    # Counted first, in a transaction of its own: the request has written nothing yet.
    limits.hit("sign_up", request.remote_addr or "", MOST_PER_HOUR, timedelta(hours=1))
    meeting = _public(meeting_id)
    if form.website.data:
        return redirect(done, 303)
    key = request.form.get("form_key", "")
    if submissions.claim(key) is not None:
        return redirect(done, 303)
    try:
        signup.ask(
            meeting,
            name=form.name.data or "",
            email=form.email.data or "",
            organisation=form.organisation.data or "",
            language=form.language.data,
        )
    except InputError as fault:
        form.blame(fault)
        db.session.rollback()
        return _page(_public(meeting_id), form, fault.status)
    except (Conflict, Expired) as fault:
        db.session.rollback()
        return _page(_public(meeting_id), form, fault.status)
    submissions.settle(key, done)
    return redirect(done, 303)


@bp.get("/<int:meeting_id>/meeting.ics")
def calendar(meeting_id: int) -> Response:
    """Give the entry of a public meeting as a file."""
    meeting = _public(meeting_id)
    if meeting.status == MeetingStatus.CANCELLED:
        raise NotFound
    response = Response(public_download(meeting), content_type="text/calendar; charset=utf-8")
    name = slug(meeting.title) or "meeting"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response


@bp.route("/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str) -> ResponseReturnValue:
    """Show the button that makes a sign-up hold; pressing it leads to the personal page."""
    try:
        row = signup.sign_up_by_token(token)
        use_language(row.language)
        if request.method == "POST":
            invitation = signup.confirm(token).invitation
            answer = answer_token(invitation.id, invitation.generation)
            return _private(redirect(url_for("public_rsvp.show", token=answer), 303))
        meeting = db.session.get_one(Meeting, row.meeting_id)
        signup.demand_public(meeting)
    except (NotFound, Expired, Conflict) as fault:
        db.session.rollback()
        sentence = gettext(fault.message, **fault.values)
        return _private(render_template("public/meetings/stopped.html", sentence=sentence)), (
            fault.status
        )
    page = render_template(
        "public/meetings/confirm.html", name=row.name, token=token, **facts_of(meeting)
    )
    return _private(page)


csrf.exempt(confirm)  # the token is the secret


def _public(meeting_id: int) -> Meeting:
    """Give a meeting that anybody may see, a cancelled or past one too; else NotFound."""
    meeting = db.session.get(Meeting, meeting_id)
    is_hidden = meeting is None or meeting.status == MeetingStatus.DRAFT
    if is_hidden or meeting is None or meeting.is_confidential or not meeting.is_public:
        raise NotFound(N_("This meeting does not exist, or it is not open to you."))
    return meeting


def _page(meeting: Meeting, form: SignUpForm, status: int = 200) -> tuple[str, int]:
    body = render_template(
        "public/meetings/show.html",
        form=form,
        is_asked=request.args.get("done") == "asked",
        **_state(meeting),
        **facts_of(meeting),
    )
    return body, status


def _state(meeting: Meeting) -> dict[str, Any]:
    """Tell whether one can still sign up, and whether there are seats left."""
    standing = rules.standing(
        starts_at=meeting.starts_at,
        at=now(),
        is_cancelled=meeting.status == MeetingStatus.CANCELLED,
    )
    is_full = False
    if standing is rules.Standing.OPEN and meeting.capacity is not None:
        is_full = not rules.free_seats(meeting.capacity, seats.taken(meeting)) or bool(
            seats.queue(meeting)
        )
    return {"standing": standing, "is_full": is_full, "is_over": meeting.ends_at <= now()}


def _private(response: Any) -> Response:
    """Keep the secret in the address from other sites and from search machines."""
    made = response if isinstance(response, Response) else Response(response)
    made.headers["Referrer-Policy"] = "no-referrer"
    made.headers["X-Robots-Tag"] = "noindex, nofollow"
    return made
