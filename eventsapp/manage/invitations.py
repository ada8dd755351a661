"""Inviting, for advisors: choose whom, see what will happen, send, undo, withdraw one.

Nothing goes out before the page that shows who gets what and who is left out. The choice lives in
the address and in hidden fields, so that nothing is kept of a choice that was not sent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.core import submissions
from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only
from eventsapp.core.errors import InputError
from eventsapp.core.http import MAIL_POLICY
from eventsapp.core.language import label
from eventsapp.directory.kinds import RoleKind
from eventsapp.invitations import invite as inviting
from eventsapp.invitations.audience import Foresight, foresee
from eventsapp.invitations.candidates import by_name
from eventsapp.invitations.example import example_facts
from eventsapp.invitations.invite import keep_opening
from eventsapp.invitations.kinds import LeftOutReason, Reply
from eventsapp.invitations.ledger import holders, meeting_reference, never_told
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.queries import answers_page, invitation_for
from eventsapp.mail.compose import compose_template
from eventsapp.mail.models import Mailing
from eventsapp.manage import invitation_choice
from eventsapp.manage.forms.invitations import SendForm
from eventsapp.manage.guard import current_actor
from eventsapp.meetings.kinds import MeetingStatus, PlannedMail
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for
from eventsapp.meetings.rules import is_planned

bp = Blueprint(
    "manage_invitations", __name__, url_prefix="/manage/meetings/<int:meeting_id>/invite"
)

Page = str | tuple[str, int] | AnyResponse


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "role_label": lambda kind: label(RoleKind(kind)) if kind in set(RoleKind) else "",
        "reply_of": lambda invitation: Reply(invitation.reply),
    }


@bp.get("")
def choose(meeting_id: int) -> Page:
    """Choose whom to invite; the list follows the filters."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    form = invitation_choice.audience_form(actor, meeting)
    found = invitation_choice.audience(actor, meeting, form)
    is_part = bool(request.headers.get("HX-Request"))
    return render_template(
        "manage/invitations/audience.html" if is_part else "manage/invitations/choose.html",
        meeting=meeting,
        f=form,
        audience=found,
        choice=invitation_choice.written(found.choice),
        left_out=_left_out(found.foresight),
        hits=by_name(actor, form.find.data or ""),
        obstacle=_obstacle(meeting),
    )


@bp.post("/preview")
def preview(meeting_id: int) -> Page:
    """Show what will happen: how many, who is left out and why, one example; nothing is sent."""
    if "save" in request.form:
        return _keep_opening(meeting_id)
    # Only looked at, so the one write lock is not held while the page is made.
    with read_only():
        meeting = meeting_for(current_actor(), meeting_id, write=True)
        form = SendForm()
        if "opening" not in request.form:
            form.opening.data = meeting.opening
        page = _preview_page(meeting, form)
        db.session.rollback()
    return page


def _keep_opening(meeting_id: int) -> Page:
    """Keep the opening lines, and show the page with them once more."""
    actor, form = current_actor(), SendForm()
    meeting = meeting_for(actor, meeting_id, write=True)
    try:
        keep_opening(actor, meeting, form.opening.data or "")
    except InputError as fault:
        form.opening.errors = [gettext(fault.message, **fault.values)]
        return _preview_page(meeting, form), 422
    return _preview_page(meeting, form)


@bp.get("/example")
def example(meeting_id: int) -> Response:
    """Show the mail as one of the chosen would see it, in a cage of its own."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    choice = invitation_choice.read_keys([request.args.get("who", "")])
    invitees = foresee(actor, meeting, choice).invitees
    if not invitees:
        abort(404)
    facts = example_facts(meeting, invitees[0])
    mail = compose_template("invitation", invitees[0].language, facts)
    response = Response(mail.html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@bp.post("/send")
def send(meeting_id: int) -> Page:
    """Invite whoever was shown; the same form again does nothing more."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    form = SendForm()
    choice = invitation_choice.read_keys([request.form.get("choice", "")])
    try:
        mailing = inviting.invite(actor, meeting, choice, form.opening.data)
    except InputError as fault:
        form.opening.errors = [gettext(fault.message, **fault.values)]
        return _preview_page(meeting, form), 422
    place = url_for(".invited", meeting_id=meeting_id, mailing=mailing.id if mailing else None)
    submissions.settle(key, place)
    _say_sent(meeting, mailing)
    return redirect(place, 303)


@bp.post("/undo/<int:mailing_id>")
def undo(meeting_id: int, mailing_id: int) -> Page:
    """Take back the mails that did not leave, with their invitations."""
    count = inviting.undo(current_actor(), mailing_id)
    flash(
        ngettext(
            "%(num)s invitation was taken back. No mail of it has left.",
            "%(num)s invitations were taken back. No mail of them has left.",
            count,
        ),
        "success",
    )
    return redirect(url_for(".choose", meeting_id=meeting_id), 303)


@bp.get("/invited")
def invited(meeting_id: int) -> Page:
    """Show who is invited, with a way to withdraw, and after a sending the way to undo it."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    cursor = request.args.get("after") or request.args.get("before")
    text = request.args.get("q", "")[:100]
    return render_template(
        "manage/invitations/invited.html",
        meeting=meeting,
        page=answers_page(actor, meeting, text=text, with_withdrawn=True, cursor=cursor),
        text=text,
        sending=_sending_to_undo(meeting, request.args.get("mailing", 0, type=int)),
        mailing_id=request.args.get("mailing", type=int),
    )


@bp.route("/<int:invitation_id>/withdraw", methods=["GET", "POST"])
def withdraw(meeting_id: int, invitation_id: int) -> Page:
    """Withdraw one invitation, having shown what this person will be told."""
    actor = current_actor()
    invitation = invitation_for(actor, invitation_id, write=True)
    if invitation.meeting_id != meeting_id:
        abort(404)
    place = url_for(".invited", meeting_id=meeting_id)
    if invitation.withdrawn_at is not None:
        return redirect(place, 303)
    if request.method != "POST":
        return render_template(
            "manage/invitations/withdraw.html",
            meeting=invitation.meeting,
            invitation=invitation,
            is_told=not never_told([invitation]),
            is_holder=bool(holders([invitation])),
        )
    inviting.withdraw(actor, invitation)
    name = invitation.person.name
    flash(gettext("The invitation of %(name)s is withdrawn.", name=name), "success")
    return redirect(place, 303)


def _preview_page(meeting: Meeting, form: SendForm) -> str:
    actor = current_actor()
    choice = invitation_choice.read_keys([request.form.get("choice", "")])
    foresight = foresee(actor, meeting, choice)
    first = foresight.invitees[0] if foresight.invitees else None
    who = ""
    if first is not None:
        who = f"o{first.organisations[0][0]}" if first.organisations else f"p{first.person_id}"
    return render_template(
        "manage/invitations/preview.html",
        meeting=meeting,
        f=form,
        choice=invitation_choice.written(choice),
        foresight=foresight,
        gets=_gets(foresight, is_mailed=is_planned(meeting.mail_plan, PlannedMail.INVITATION)),
        left_out=_left_out(foresight),
        first=first,
        who=who,
        obstacle=_obstacle(meeting),
    )


def _gets(foresight: Foresight, is_mailed: bool) -> list[dict[str, Any]]:
    """Say who gets what, in lines of `what_will_happen`."""
    count = len(foresight.invitees)
    text = ngettext("gets an invitation by mail", "get an invitation by mail", count)
    if not is_mailed:
        text = gettext("noted as invited, without mail: the mail plan of this meeting sends none")
    lines = [{"count": count, "text": text, "names": [one.name for one in foresight.invitees]}]
    if letters := [one.name for one in foresight.invitees if one.is_letter_only]:
        lines.append(
            {
                "count": len(letters),
                "text": gettext(
                    "of them without a calendar entry, because somebody else has it at that address"
                ),
                "names": letters,
            }
        )
    return lines


def _left_out(foresight: Foresight) -> list[dict[str, Any]]:
    """Say who is left out, a line for each reason."""
    by_reason: dict[LeftOutReason, list[str]] = {}
    for one in foresight.left_out:
        by_reason.setdefault(one.reason, []).append(one.name)
    return [
        {"count": len(by_reason[reason]), "text": label(reason), "names": by_reason[reason]}
        for reason in LeftOutReason
        if reason in by_reason
    ]


def _obstacle(meeting: Meeting) -> str:
    """Say why nobody can be invited, if so."""
    if meeting.status == MeetingStatus.DRAFT:
        return gettext("This meeting is still a draft. Make it visible first, then invite people.")
    if meeting.status == MeetingStatus.CANCELLED:
        return gettext("This meeting has been cancelled, so nobody can be invited.")
    if meeting.starts_at <= now():
        return gettext("This meeting has begun or is over, so nobody can be invited.")
    return ""


def _say_sent(meeting: Meeting, mailing: Mailing | None) -> None:
    if mailing is not None:
        count = db.session.scalar(
            select(func.count()).where(Invitation.mailing_id == mailing.id).select_from(Invitation)
        )
        flash(
            ngettext("%(num)s invitation is made.", "%(num)s invitations are made.", count or 0),
            "success",
        )
    elif is_planned(meeting.mail_plan, PlannedMail.INVITATION):
        flash(gettext("Nobody new was invited: all of them were invited already."), "warning")
    else:
        flash(gettext("Noted as invited. The mail plan of this meeting sends no mail."), "success")


def _sending_to_undo(meeting: Meeting, mailing_id: int) -> Mailing | None:
    """Give the sending of which mails still wait, as long as it can be taken back."""
    mailing = db.session.get(Mailing, mailing_id) if mailing_id else None
    if mailing is None or mailing.reference != meeting_reference(meeting):
        return None
    return mailing if mailing.not_before > now() + timedelta(seconds=1) else None
