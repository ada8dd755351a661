"""What was mailed and what became of it: mailings, their messages, undo and send again.

A mailing about a meeting is there for who may see that meeting. Mail about accounts only shows
that it was sent, and only to the coordinator: it holds links that let somebody in.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext, ngettext
from sqlalchemy import ColumnElement, String, cast, literal, not_, select
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.core import audit, submissions
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, NotFound
from eventsapp.core.http import MAIL_POLICY
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings
from eventsapp.directory.models import Person
from eventsapp.invitations import invite
from eventsapp.mail import outbox, queries
from eventsapp.mail.compose import Composed, compose_template
from eventsapp.mail.kinds import MailingKind, MessageState, Purpose
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.rules import Reason
from eventsapp.manage.guard import current_actor
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import may_change, meeting_for, visible_to

bp = Blueprint("manage_mail", __name__, url_prefix="/manage/mail")

AGAIN = (MessageState.FAILED, MessageState.UNKNOWN)


@bp.get("/")
def index() -> str:
    """List what was mailed, the newest first, with the count of each state."""
    actor = current_actor()
    actor.demand_address_book()
    cursor = request.args.get("after") or request.args.get("before")
    page = queries.mailings_page(_there_for(actor), cursor)
    return render_template(
        "manage/mail/index.html",
        page=page,
        tallies=queries.tallies([one.id for one in page.items]),
        names=_names({one.created_by for one in page.items}),
        kind_of=MailingKind,
    )


@bp.get("/<int:mailing_id>")
def mailing(mailing_id: int) -> str:
    """Show one mailing: how far it is, each message, and what did not arrive and why."""
    actor = current_actor()
    found, meeting = _seen(actor, mailing_id)
    cursor = request.args.get("after") or request.args.get("before")
    state = _state(request.args.get("state", ""))
    tally = queries.tallies([found.id])[found.id]
    may_act = _is_own(actor, found) if meeting is None else may_change(actor, meeting)
    return render_template(
        "manage/mail/mailing.html",
        mailing=found,
        meeting=meeting,
        kind=MailingKind(found.kind),
        tally=tally,
        state=state,
        page=queries.messages_page(found, state, cursor),
        names=_names({found.created_by}),
        reason_of=_reason,
        state_of=MessageState,
        again=AGAIN,
        may_act=may_act,
        may_undo=may_act and _can_undo(found),
        has_content=found.purpose != Purpose.ACCOUNT,
        is_held=Reason.OVERDUE.value,
    )


@bp.get("/<int:mailing_id>/progress.json")
def progress(mailing_id: int) -> Response:
    """Tell how far a mailing is, for the bar that moves by itself."""
    found, _ = _seen(current_actor(), mailing_id)
    tally = queries.tallies([found.id])[found.id]
    return jsonify(
        done=tally.done,
        total=tally.total,
        text=gettext("%(done)s of %(total)s", done=tally.done, total=tally.total),
        finished=tally.is_finished,
    )


@bp.post("/<int:mailing_id>/undo")
def undo(mailing_id: int) -> AnyResponse:
    """Take a mailing back as long as it waits; an invitation round with its invitations."""
    actor = current_actor()
    found, _ = _seen(actor, mailing_id, write=True)
    if not _can_undo(found):
        raise Conflict(N_("It is too late to undo this: the mails have left already."))
    if found.kind == MailingKind.INVITATION:
        count = invite.undo(actor, found.id)
    else:
        count = len(outbox.take_back(mailing_id=found.id))
        audit.record(actor, "undo_mailing", "mailing", found.id, count=count)
    flash(
        ngettext("%(num)s mail was taken back.", "%(num)s mails were taken back.", count),
        "success",
    )
    return redirect(url_for(".mailing", mailing_id=mailing_id), 303)


@bp.post("/<int:mailing_id>/send-held")
def send_held(mailing_id: int) -> AnyResponse:
    """Send after all what was held because it had lain too long."""
    actor = current_actor()
    found, _ = _seen(actor, mailing_id, write=True)
    count = outbox.send_held(actor, found.id)
    flash(ngettext("%(num)s mail goes out now.", "%(num)s mails go out now.", count), "success")
    return redirect(url_for(".mailing", mailing_id=mailing_id), 303)


@bp.post("/messages/<int:message_id>/again")
def again(message_id: int) -> AnyResponse:
    """Send one mail once more that failed or is of unknown fate; pressed twice, once."""
    actor = current_actor()
    message = queries.message_with_id(message_id)
    _seen(actor, message.mailing_id, write=True)
    # The rows of a page share one form, so its key counts once for each of them.
    form_key = request.form.get("form_key", "")
    key = f"{form_key[:40]}:{message_id}" if form_key else ""
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    outbox.send_again(actor, message.id)
    place = url_for(".mailing", mailing_id=message.mailing_id)
    submissions.settle(key, place)
    flash(gettext("The mail to %(name)s goes out once more.", name=message.name), "success")
    return redirect(place, 303)


@bp.get("/messages/<int:message_id>")
def message(message_id: int) -> str:
    """Show one mail as its reader sees it, and what became of it."""
    found = _readable(current_actor(), message_id)
    return render_template(
        "manage/mail/message.html",
        message=found,
        mail=_composed(found),
        state=MessageState(found.state),
        reason=_reason(found.reason),
    )


@bp.get("/messages/<int:message_id>/html")
def html(message_id: int) -> Response:
    """Give the HTML of one mail by itself, for the frame that can run nothing."""
    mail = _composed(_readable(current_actor(), message_id))
    response = Response(mail.html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _there_for(actor: Actor) -> ColumnElement[bool]:
    """Give the condition under which a mailing exists for this actor."""
    others = select(literal("meeting:") + cast(Meeting.id, String)).where(not_(visible_to(actor)))
    seen = Mailing.reference.not_in(others)
    return seen if actor.is_coordinator else seen & (Mailing.purpose != Purpose.ACCOUNT.value)


def _seen(actor: Actor, mailing_id: int, *, write: bool = False) -> tuple[Mailing, Meeting | None]:
    """Give a mailing with its meeting to who may see it, or with `write` act on it.

    Raises NotFound for a closed group of others, and Forbidden in another region.
    """
    actor.demand_address_book()
    found = queries.mailing_with_id(mailing_id)
    kind, _, number = found.reference.partition(":")
    if kind == "meeting" and number.isdigit():
        return found, meeting_for(actor, int(number), write=write)
    if found.purpose == Purpose.ACCOUNT and not actor.is_coordinator:
        raise NotFound
    if write and not _is_own(actor, found):
        raise Forbidden
    return found, None


def _is_own(actor: Actor, found: Mailing) -> bool:
    """Tell whether somebody may act on a mailing that belongs to no meeting."""
    return actor.is_coordinator or found.created_by == actor.person_id


def _readable(actor: Actor, message_id: int) -> Message:
    """Give a message whose words may be read: never one about an account."""
    found = queries.message_with_id(message_id)
    _seen(actor, found.mailing_id)
    if found.mailing.purpose == Purpose.ACCOUNT:
        abort(404)
    return found


def _composed(message: Message) -> Composed:
    # The reader's own link stays out: whoever opens it would answer as that person.
    values = {**message.mailing.data, **message.data, "link": f"{settings().base_url}/a/…"}
    return compose_template(message.template, message.language, values)


def _can_undo(mailing: Mailing) -> bool:
    return mailing.not_before > now() + timedelta(seconds=1)


def _state(word: str) -> MessageState | None:
    return MessageState(word) if word in {state.value for state in MessageState} else None


def _reason(word: str) -> Reason | None:
    return Reason(word) if word in {reason.value for reason in Reason} else None


def _names(person_ids: Collection[int | None]) -> dict[int | None, str]:
    wanted = [number for number in person_ids if number is not None]
    rows = db.session.scalars(select(Person).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}
