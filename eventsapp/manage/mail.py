"""What was mailed and what became of it: mailings and their course, undo and send again.

Who may see and do what stands in `mailing_rights.py`, how figures are said in `mailing_words.py`;
single mails are read in `messages.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.core import audit, submissions
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.directory.models import Person
from eventsapp.invitations import invite, stopping, undoing
from eventsapp.invitations.reply_address import are_replies_read
from eventsapp.mail import course, figures, outbox, queries, resending, retention
from eventsapp.mail.kinds import MailingKind, MessageState, Purpose
from eventsapp.mail.models import Mailing
from eventsapp.manage import mailing_moves as moves
from eventsapp.manage import mailing_words as words
from eventsapp.manage.guard import current_actor
from eventsapp.manage.mailing_rights import may_act, seen, there_for
from eventsapp.meetings.models import Meeting

bp = Blueprint("manage_mail", __name__, url_prefix="/manage/mail")

AGAIN = (MessageState.FAILED, MessageState.UNKNOWN)
_SHOWN = ("state", "reason", "judged", "came_back", "after", "before")


@bp.get("/")
def index() -> str:
    """List what was mailed, the newest first, with the count of each state."""
    actor = current_actor()
    actor.demand_address_book()
    page = queries.mailings_page(there_for(actor), _cursor())
    return render_template(
        "manage/mail/index.html",
        page=page,
        tallies=figures.tallies([one.id for one in page.items]),
        names=_names({one.created_by for one in page.items}),
        kind_of=MailingKind,
        may_examine=actor.is_coordinator,
    )


@bp.get("/<int:mailing_id>")
def mailing(mailing_id: int) -> str:
    """Show one mailing: how far it is, each message, and what did not arrive and why."""
    actor = current_actor()
    found, meeting = seen(actor, mailing_id)
    chosen, counted = _chosen(), figures.figures_of(found)
    page = queries.messages_page(found, chosen, _cursor())
    outage = moves.outage_of(found, counted)
    is_allowed = may_act(actor, found, meeting)
    return render_template(
        "manage/mail/mailing.html",
        mailing=found,
        meeting=meeting,
        kind=MailingKind(found.kind),
        course=words.course_of(found),
        figures=counted,
        handled=words.handled(counted),
        is_moving=words.is_moving(found, counted),
        speed=words.speed(counted),
        stop_words=words.stop_words(counted),
        again_words=words.again_words(counted),
        tiles=words.tiles(found, counted, chosen),
        row_of=words.row_of,
        chosen=chosen,
        page=page,
        outage=outage,
        sees_server=actor.is_coordinator,
        marks=moves.marks(found, counted, outage, page.items),
        progress_at=url_for(".progress", mailing_id=found.id, **_shown_args()),
        names=_names({found.created_by}),
        state_of=MessageState,
        again=AGAIN,
        erased_at=retention.erased_at,
        may_act=is_allowed,
        may_wait=found.kind not in course.MUST_ARRIVE,
        may_undo=is_allowed and _can_undo(found) and not _is_overtaken(found, meeting),
        undo_text=_undo_text(found),
        answers_are_post=meeting is not None and are_replies_read(),
        has_content=found.purpose != Purpose.ACCOUNT,
        breaker=words.breaker_of(found, counted),
        held=moves.has_held(counted),
    )


@bp.get("/<int:mailing_id>/progress.json")
def progress(mailing_id: int) -> Response:
    """Tell how far a mailing is, for the bar, the figures and the list that move by themselves.

    The address says which mails the page lists, in the words of the page's own address.
    """
    found, _ = seen(current_actor(), mailing_id)
    counted = figures.figures_of(found)
    outage = moves.outage_of(found, counted)
    rows = queries.messages_page(found, _chosen(), _cursor()).items
    return jsonify(
        done=counted.tally.done,
        total=counted.tally.total,
        text=words.handled(counted),
        parts=words.parts(counted),
        rows=words.rows(counted),
        marks=moves.marks(found, counted, outage, rows),
        told=words.outage_words() if outage else "",
        finished=not words.is_moving(found, counted),
    )


@bp.post("/<int:mailing_id>/pause")
def pause(mailing_id: int) -> AnyResponse:
    """Hold back what has not left yet."""
    actor = current_actor()
    found, _ = seen(actor, mailing_id, write=True)
    course.pause(actor, found.id)
    return _back(found, gettext("It is paused. What has left already stays as it is."))


@bp.post("/<int:mailing_id>/resume")
def resume(mailing_id: int) -> AnyResponse:
    """Go on with what was held back."""
    actor = current_actor()
    found, _ = seen(actor, mailing_id, write=True)
    course.resume(actor, found.id)
    return _back(found, gettext("The rest goes out now."))


@bp.post("/<int:mailing_id>/stop")
def stop(mailing_id: int) -> AnyResponse:
    """Cancel what has not left yet; with an invitation round, the invitations of these too."""
    actor = current_actor()
    found, _ = seen(actor, mailing_id, write=True)
    is_round = found.kind == MailingKind.INVITATION
    count = stopping.stop(actor, found) if is_round else course.stop(actor, found.id)
    told = [
        ngettext(
            "It is stopped: %(num)s mail is not sent.",
            "It is stopped: %(num)s mails are not sent.",
            count,
        )
    ]
    if held := figures.in_hand(found.id):
        told.append(
            ngettext(
                "%(num)s more was just being handed over. It may still leave.",
                "%(num)s more were just being handed over. Some may still leave.",
                held,
            )
        )
    return _back(found, " ".join(told))


@bp.post("/<int:mailing_id>/send-failed-again")
def send_failed_again(mailing_id: int) -> AnyResponse:
    """Send once more what did not arrive; pressed twice, once."""
    actor = current_actor()
    found, _ = seen(actor, mailing_id, write=True)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    count = resending.send_failed_again(actor, found.id)
    submissions.settle(key, url_for(".mailing", mailing_id=found.id))
    text = ngettext("%(num)s mail goes out now.", "%(num)s mails go out now.", count)
    return _back(found, text)


@bp.post("/<int:mailing_id>/undo")
def undo(mailing_id: int) -> AnyResponse:
    """Take a mailing back as long as it waits, with what came of it.

    An invitation round goes with its invitations; a meeting is again as it was before it was
    changed or cancelled.
    """
    actor = current_actor()
    found, _ = seen(actor, mailing_id, write=True)
    if not _can_undo(found):
        raise Conflict(N_("It is too late to undo this: the mails have left already."))
    if found.kind in undoing.KINDS:
        meeting = undoing.undo(actor, found.id)
        figures.forget()
        flash(gettext("The meeting is as it was before. These mails do not go out."), "success")
        return redirect(url_for("manage_meetings.show", meeting_id=meeting.id), 303)
    if found.kind == MailingKind.INVITATION:
        count = invite.undo(actor, found.id)
    else:
        count = len(outbox.take_back(mailing_id=found.id))
        audit.record(actor, "undo_mailing", "mailing", found.id, count=count)
    text = ngettext("%(num)s mail was taken back.", "%(num)s mails were taken back.", count)
    return _back(found, text)


@bp.post("/<int:mailing_id>/send-held")
def send_held(mailing_id: int) -> AnyResponse:
    """Send after all what was held because it had lain too long."""
    actor = current_actor()
    found, _ = seen(actor, mailing_id, write=True)
    count = resending.send_held(actor, found.id)
    text = ngettext("%(num)s mail goes out now.", "%(num)s mails go out now.", count)
    return _back(found, text)


@bp.post("/messages/<int:message_id>/again")
def again(message_id: int) -> AnyResponse:
    """Send one mail once more that failed or is of unknown fate; pressed twice, once."""
    actor = current_actor()
    message = queries.message_with_id(message_id)
    seen(actor, message.mailing_id, write=True)
    # The rows of a page share one form, so its key counts once for each of them.
    form_key = request.form.get("form_key", "")
    key = f"{form_key[:40]}:{message_id}" if form_key else ""
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    resending.send_again(actor, message.id)
    place = url_for(".mailing", mailing_id=message.mailing_id)
    submissions.settle(key, place)
    flash(gettext("The mail to %(name)s goes out once more.", name=message.name), "success")
    return redirect(place, 303)


def _can_undo(mailing: Mailing) -> bool:
    return mailing.not_before > now() + timedelta(seconds=1)


def _is_overtaken(mailing: Mailing, meeting: Meeting | None) -> bool:
    """Tell whether a change can be undone no longer because the meeting was changed since."""
    if mailing.kind not in undoing.KINDS or meeting is None:
        return False
    still = undoing.open_for(meeting)
    return still is None or still.id != mailing.id


def _undo_text(mailing: Mailing) -> str:
    if mailing.kind == MailingKind.UPDATE:
        return gettext("This goes out in a moment. Undo makes the meeting as it was before.")
    if mailing.kind == MailingKind.CANCELLATION:
        return gettext("This goes out in a moment. Undo lets the meeting take place after all.")
    return gettext("This goes out in a moment.")


def _chosen() -> queries.Chosen:
    """Read from the address which mails to show; what makes no sense shows all."""
    state = request.args.get("state", "")
    return queries.Chosen(
        state=MessageState(state) if state in {one.value for one in MessageState} else None,
        reason=request.args.get("reason", "")[:60],
        judged=request.args.get("judged", "")[:40],
        came_back=request.args.get("came_back", "")[:40],
    )


def _cursor() -> str | None:
    """Read from the address where in a long list its reader is."""
    return request.args.get("after") or request.args.get("before")


def _shown_args() -> dict[str, Any]:
    """Give what the address says about which mails to show."""
    return {name: request.args[name] for name in _SHOWN if request.args.get(name)}


def _back(found: Mailing, text: str) -> AnyResponse:
    """Go back to the mailing, which tells what has just changed."""
    figures.forget()
    flash(text, "success")
    return redirect(url_for(".mailing", mailing_id=found.id), 303)


def _names(person_ids: Collection[int | None]) -> dict[int | None, str]:
    wanted = [number for number in person_ids if number is not None]
    rows = db.session.scalars(select(Person).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}
