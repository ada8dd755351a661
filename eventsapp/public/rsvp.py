"""The pages behind a personal link: answer an invitation with one press, and add what you like.

The token is the secret: no account, no session, no cookie, and nothing to see or
change beyond this one meeting. Every act is a POST; opening a link changes nothing, because mail
scanners open links too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventsapp.core import limits, tokens
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.db import db, reading_first
from eventsapp.core.errors import Conflict, Expired, InputError, NotFound
from eventsapp.core.http import SAFE, csrf
from eventsapp.core.labels import N_
from eventsapp.core.language import use_language
from eventsapp.core.settings import settings
from eventsapp.core.text import slug
from eventsapp.invitations import answer as answers
from eventsapp.invitations import notices
from eventsapp.invitations.calendar_event import download
from eventsapp.invitations.fresh_links import mail_fresh_link
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.queries import invitation_by_token, invitation_of_old_token
from eventsapp.invitations.rules import ASKABLE, Standing
from eventsapp.public.forms.rsvp import (
    ExtrasForm,
    SubstituteForm,
    SuccessorForm,
    TokenForm,
    extras_form,
)
from eventsapp.public.rsvp_page import AnswerPage, answer_page, facts_of, standing_of
from eventsapp.public.secret_links import explain_with, keep_to_yourself, mended

bp = Blueprint("public_rsvp", __name__, url_prefix="/a")
csrf.exempt(bp)
bp.after_request(keep_to_yourself)
explain_with(bp, "public/rsvp/unknown.html", NotFound)

DONE = frozenset({"extras", "successor", "not_me"})
_STATUS = {Standing.STARTED: 200, Standing.CANCELLED: 200, Standing.WITHDRAWN: 410}


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show the meeting with the three answers, or what was answered."""
    if (whole := mended(token)) != token:
        return redirect(url_for(".show", token=whole), 302)
    try:
        invitation = _invitation(token)
    except Expired:
        return _replaced(token), 410
    return _page(invitation, token)


@bp.get("/<token>/<path:_rest>")
def back(token: str, _rest: str) -> ResponseReturnValue:
    """Lead whoever reloads or copies the address of a form back to the page itself."""
    return redirect(url_for(".show", token=token), 302)


@bp.post("/<token>/answer")
def answer(token: str) -> ResponseReturnValue:
    """Save the answer at once; the same press twice changes nothing."""
    invitation = _invitation(token)
    said = request.form.get("reply", "")

    def work() -> None:
        if said not in ASKABLE:
            raise InputError(N_("Choose one of the answers."), "reply")
        answers.answer(_holder(invitation), invitation, Reply(said), via=Via.LINK)

    return _done(invitation, token, TokenForm(), work)


@bp.post("/<token>/extras")
def extras(token: str) -> ResponseReturnValue:
    """Keep what was added to the answer."""
    invitation = _invitation(token)
    form = _extras_form(answer_page(invitation, token), is_sent=True)
    return _done(
        invitation,
        token,
        form,
        lambda: answers.add_extras(_holder(invitation), invitation, form.extras(), via=Via.LINK),
        done="extras",
    )


@bp.post("/<token>/substitute")
def substitute(token: str) -> ResponseReturnValue:
    """Let somebody else come in the invitee's place."""
    invitation = _invitation(token)
    form = SubstituteForm()
    return _done(
        invitation,
        token,
        form,
        lambda: answers.name_substitute(
            _holder(invitation),
            invitation,
            form.substitute_name.data or "",
            form.substitute_email.data or "",
            via=Via.LINK,
        ),
    )


@bp.post("/<token>/successor")
def successor(token: str) -> ResponseReturnValue:
    """Tell the advisor that somebody else does this now."""
    invitation = _invitation(token)
    form = SuccessorForm()
    return _done(
        invitation,
        token,
        form,
        lambda: notices.tell_successor(
            invitation,
            form.successor_name.data or "",
            form.successor_email.data or "",
            form.successor_phone.data or "",
        ),
        done="successor",
    )


@bp.post("/<token>/not-me")
def not_me(token: str) -> ResponseReturnValue:
    """Tell the advisor that this reader is somebody else."""
    invitation = _invitation(token)
    return _done(
        invitation, token, TokenForm(), lambda: notices.tell_not_me(invitation), done="not_me"
    )


@bp.get("/<token>/meeting.ics")
def calendar(token: str) -> ResponseReturnValue:
    """Give the reader's own calendar entry as a file."""
    invitation = _invitation(token)
    if standing_of(invitation) in (Standing.CANCELLED, Standing.WITHDRAWN):
        raise NotFound
    meeting = invitation.meeting
    name = "" if meeting.is_confidential else slug(meeting.title)
    response = Response(download(invitation), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name or "meeting"}.ics"'
    return response


@bp.post("/<token>/fresh")
def fresh(token: str) -> ResponseReturnValue:
    """Mail a new link to the address that we know; says the same whatever became of it."""
    # Counted first, in a transaction of its own: the request has written nothing yet.
    number = tokens.read("answer", token)[0]
    limits.hit("fresh_link", str(number), 3, timedelta(hours=1))
    invitation = invitation_of_old_token(token)
    use_language(invitation.person.language)
    mail_fresh_link(invitation)
    return redirect(url_for(".show", token=token, done="fresh"), 303)


def _invitation(token: str) -> Invitation:
    """Give the invitation of this link, and speak its reader's language from here on."""
    if request.method in SAFE:
        invitation = invitation_by_token(token)
    else:
        with reading_first():
            invitation = invitation_by_token(token)
    use_language(invitation.person.language)
    return invitation


def _holder(invitation: Invitation) -> Actor:
    person = invitation.person
    return Actor(level=Level.LINK, person_id=person.id, name=person.name, language=person.language)


def _done(
    invitation: Invitation,
    token: str,
    form: TokenForm,
    work: Callable[[], object],
    done: str = "",
) -> ResponseReturnValue:
    """Do what was asked and show the page; on a fault show it with what was typed."""
    if not form.validate():
        return _page(invitation, token, sent=form, status=422)
    try:
        work()
    except InputError as fault:
        form.blame(fault)
        return _page(_afresh(token), token, sent=form, status=fault.status)
    except (Conflict, Expired) as fault:
        # It was cancelled, withdrawn or began meanwhile: the page itself tells.
        return _page(_afresh(token), token, status=fault.status)
    return redirect(url_for(".show", token=token, done=done or None), 303)


def _afresh(token: str) -> Invitation:
    """Read the invitation again as it was before an act that failed halfway."""
    db.session.rollback()
    return _invitation(token)


def _page(
    invitation: Invitation, token: str, *, sent: TokenForm | None = None, status: int = 200
) -> ResponseReturnValue:
    standing = standing_of(invitation)
    if standing is not Standing.OPEN:
        facts = facts_of(invitation.meeting)
        body = render_template(
            f"public/rsvp/{standing.value}.html",
            is_over=invitation.meeting.ends_at <= now(),
            **facts,
        )
        return body, max(status, _STATUS[standing])
    page = answer_page(invitation, token)
    body = render_template(
        "public/rsvp/show.html",
        page=page,
        meeting=page.meeting,
        token=token,
        sent=sent,
        extras=sent if isinstance(sent, ExtrasForm) else _extras_form(page),
        substitute=sent if isinstance(sent, SubstituteForm) else SubstituteForm(formdata=None),
        successor=sent if isinstance(sent, SuccessorForm) else SuccessorForm(formdata=None),
        done=request.args.get("done", "") if request.args.get("done") in DONE else "",
    )
    return body, status


def _extras_form(page: AnswerPage, is_sent: bool = False) -> ExtrasForm:
    return extras_form(
        page.meeting.questions if page.comes else (),
        comes=page.comes,
        may_remember=page.meeting.network_id is not None,
        formdata=request.form if is_sent else None,
        data=page.data,
    )


def _replaced(token: str) -> str:
    """Show that a newer link was mailed, with the button that mails it once more."""
    invitation = invitation_of_old_token(token)
    use_language(invitation.person.language)
    organiser = invitation.meeting.organiser
    return render_template(
        "public/rsvp/replaced.html",
        token=token,
        is_mailed=request.args.get("done") == "fresh",
        ring_name=organiser.name,
        ring_phone=organiser.phone or settings().programme_phone,
    )
