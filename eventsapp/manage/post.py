"""The page "Post": letters that people wrote, and answers of calendars that wait for somebody.

Advisors only, each for own regions; what is about no meeting is the coordinator's. One press
settles, and can be undone. Looking at a letter changes nothing.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.core import submissions
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, EventsError, Expired, InputError
from eventsapp.invitations import post, settling
from eventsapp.invitations.kinds import SettledAs
from eventsapp.mail.kinds import InboundState
from eventsapp.mail.letter_text import new_words
from eventsapp.manage.answer_tabs import cursor
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.forms.post import ReplyForm, SubstituteForm
from eventsapp.manage.guard import current_actor
from eventsapp.manage.post_words import explanation, proposed, settled_line, writer_of
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

bp = Blueprint("manage_post", __name__, url_prefix="/manage/post")

Page = str | tuple[str, int] | Response
_PRESSED = {SettledAs.COMES, SettledAs.DECLINES, SettledAs.SUBSTITUTE, SettledAs.ANSWERED}


@bp.get("/")
def index() -> str:
    """Show what waits, of all meetings or of one; or what was settled."""
    actor = current_actor()
    actor.demand_address_book()
    meeting = _meeting_asked()
    is_settled = request.args.get("settled") == "1"
    done = request.args.get("done", 0, type=int)
    return render_template(
        "manage/post/index.html",
        page=post.post_page(
            actor,
            meeting_id=meeting.id if meeting else None,
            is_settled=is_settled,
            cursor=cursor(),
        ),
        meeting=meeting,
        is_settled=is_settled,
        done=_done(done) if 0 < done < 2**31 else None,
        **_words(),
    )


@bp.get("/<int:inbound_id>")
def show(inbound_id: int) -> str:
    """Show a letter whole, with what can be done about it."""
    return _letter_page(inbound_id)


@bp.post("/<int:inbound_id>/settle")
def settle(inbound_id: int) -> Page:
    """Keep what it says as an answer, or that it is dealt with."""
    actor = current_actor()
    actor.demand_address_book()
    post.item_for(actor, inbound_id)  # who may not is told so, whatever was pressed
    pressed = request.form.get("as", "")
    if pressed not in _PRESSED:
        abort(400)
    form = SubstituteForm()
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    name = form.substitute_name.data or ""
    try:
        settling.settle(actor, inbound_id, SettledAs(pressed), name)
    except InputError as fault:
        db.session.rollback()
        show_fault(form, fault)
        return _letter_page(inbound_id, substitute=form), fault.status
    except (Conflict, Expired) as fault:
        return _refused(inbound_id, fault)
    place = _after(inbound_id)
    submissions.settle(key, place)
    return redirect(place, 303)


@bp.post("/<int:inbound_id>/reply")
def reply(inbound_id: int) -> Page:
    """Mail an answer to who wrote."""
    form = ReplyForm()
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        settling.reply(current_actor(), inbound_id, form.text.data or "")
    except InputError as fault:
        db.session.rollback()
        show_fault(form, fault)
        return _letter_page(inbound_id, reply_form=form), fault.status
    except Conflict as fault:
        db.session.rollback()
        form.form_errors.append(sentence_of(fault))
        return _letter_page(inbound_id, reply_form=form), fault.status
    place = _after(inbound_id)
    submissions.settle(key, place)
    return redirect(place, 303)


@bp.post("/<int:inbound_id>/invite")
def invite(inbound_id: int) -> Page:
    """Invite who answered an invitation that was passed on."""
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        person, mailing = settling.invite_other(current_actor(), inbound_id)
    except (Conflict, Expired, InputError) as fault:
        return _refused(inbound_id, fault)
    if mailing is None:
        flash(gettext("%(name)s was invited already.", name=person.name), "info")
    else:
        flash(gettext("%(name)s gets an invitation.", name=person.name), "success")
    place = _after(inbound_id)
    submissions.settle(key, place)
    return redirect(place, 303)


@bp.post("/<int:inbound_id>/undo")
def undo(inbound_id: int) -> Page:
    """Let it wait again, with the answer as it was before."""
    try:
        settling.undo(current_actor(), inbound_id)
    except (Conflict, Expired) as fault:
        return _refused(inbound_id, fault)
    flash(gettext("It waits again, and the answer is as it was."), "success")
    return redirect(url_for(".show", inbound_id=inbound_id), 303)


def _letter_page(
    inbound_id: int,
    substitute: SubstituteForm | None = None,
    reply_form: ReplyForm | None = None,
) -> str:
    actor = current_actor()
    actor.demand_address_book()
    item = post.item_for(actor, inbound_id)
    words = new_words(item.inbound.body)
    return render_template(
        "manage/post/show.html",
        item=item,
        words=words,
        has_more=words != item.inbound.body.strip(),
        is_waiting=item.inbound.state == InboundState.WAITING,
        is_settled=item.inbound.state == InboundState.SETTLED,
        substitute=substitute or SubstituteForm(formdata=None, substitute_name=proposed(item)),
        reply_form=reply_form or ReplyForm(formdata=None),
        **{name: word for name, word in _words().items() if name != "new_words"},
    )


def _words() -> dict[str, Any]:
    return {
        "explanation": explanation,
        "settled_line": settled_line,
        "writer_of": writer_of,
        "new_words": new_words,
    }


def _meeting_asked() -> Meeting | None:
    number = request.args.get("meeting", 0, type=int)
    return meeting_for(current_actor(), number) if 0 < number < 2**31 else None


def _done(inbound_id: int) -> post.Item | None:
    """Give what was settled a moment ago, to undo it; nothing where that is nobody's business."""
    try:
        item = post.item_for(current_actor(), inbound_id)
    except EventsError:
        return None
    return item if item.inbound.state == InboundState.SETTLED else None


def _after(inbound_id: int) -> str:
    """Lead back to the list that the press was made on."""
    meeting = request.form.get("meeting", "")
    number = meeting if meeting.isascii() and meeting.isdigit() and len(meeting) < 10 else None
    return url_for(".index", done=inbound_id, meeting=number)


def _refused(inbound_id: int, fault: EventsError) -> Response:
    """Say why it could not be done, beside the letter as it stands."""
    db.session.rollback()
    flash(sentence_of(fault), "warning")
    return redirect(url_for(".show", inbound_id=inbound_id), 303)
