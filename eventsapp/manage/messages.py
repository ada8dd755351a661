"""Single mails: every mail to one person, what became of it, and the mail itself as it was sent.

Opening a mail is an act that is written down, so it is a POST; the page that it leads to shows the
mail for a quarter of an hour. Without that, the page tells what became of it and nothing more.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from flask import Blueprint, Response, redirect, render_template, request, url_for
from jinja2 import TemplateError
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.core import audit, tokens
from eventsapp.core.actor import Actor
from eventsapp.core.errors import EventsError, NotFound
from eventsapp.core.http import MAIL_POLICY
from eventsapp.core.labels import N_
from eventsapp.directory.queries import person_for
from eventsapp.invitations import calendar_event
from eventsapp.mail import queries, retention
from eventsapp.mail.kinds import BounceKind, MailingKind, MessageState, Purpose
from eventsapp.mail.models import Message
from eventsapp.mail.reading import Copy, copy_of
from eventsapp.manage.guard import current_actor
from eventsapp.manage.mailing_rights import readable, there_for

bp = Blueprint("manage_messages", __name__, url_prefix="/manage")
log = structlog.get_logger()

OPENED = "mail_opened"
LASTS = timedelta(minutes=15)


@bp.get("/people/<int:person_id>/mails")
def of_person(person_id: int) -> str:
    """List what was mailed to somebody, the newest first, as far as the reader may know of it."""
    actor = current_actor()
    actor.demand_address_book()
    person = person_for(actor, person_id)
    cursor = request.args.get("after") or request.args.get("before")
    return render_template(
        "manage/messages/of_person.html",
        person=person,
        page=queries.messages_of_person(person.id, there_for(actor), cursor),
        state_of=MessageState,
        kind_of=MailingKind,
        closed=Purpose.ACCOUNT,
    )


@bp.get("/mail/messages/<int:message_id>")
def show(message_id: int) -> str:
    """Show what became of one mail; the mail itself to who has just opened it."""
    actor = current_actor()
    found = readable(actor, message_id)
    token = request.args.get("opened", "")
    return render_template(
        "manage/messages/show.html",
        message=found,
        state=MessageState(found.state),
        bounces=queries.bounces_of(found),
        kind_of=BounceKind,
        token=token,
        mail=_copy(found) if _is_opened(actor, found, token) else None,
        is_opened=_is_opened(actor, found, token),
        has_entry=calendar_event.goes_with(found),
        erased_at=retention.erased_at(found),
        sees_server=actor.is_coordinator,
    )


@bp.post("/mail/messages/<int:message_id>/open")
def open_mail(message_id: int) -> AnyResponse:
    """Write down that somebody reads a mail of another, and show it."""
    actor = current_actor()
    found = readable(actor, message_id)
    audit.record(actor, "mail.read", "message", found.id, mailing=found.mailing_id)
    token = tokens.sign_timed(OPENED, found.id, actor.person_id or 0)
    return redirect(url_for(".show", message_id=found.id, opened=token), 303)


@bp.get("/mail/messages/<int:message_id>/html")
def html(message_id: int) -> Response:
    """Give the HTML of an opened mail by itself, for the frame that can run nothing."""
    actor = current_actor()
    found = readable(actor, message_id)
    mail = _copy(found) if _is_opened(actor, found, request.args.get("opened", "")) else None
    if mail is None:
        raise NotFound(N_("Open the mail first, on its own page."))
    response = Response(mail.html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _is_opened(actor: Actor, found: Message, token: str) -> bool:
    try:
        return tokens.read_timed(OPENED, token, LASTS) == [found.id, actor.person_id or 0]
    except EventsError:
        return False


def _copy(found: Message) -> Copy | None:
    try:
        return copy_of(found)
    except (ValueError, TypeError, LookupError, TemplateError) as fault:
        # A mail of long ago whose template reads other values today.
        log.warning("mail cannot be shown", message=found.id, fault=repr(fault))
        return None
