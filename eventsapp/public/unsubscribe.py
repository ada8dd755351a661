"""`/u/…`: leaving the newsletter, by a press on the page or by the one click of RFC 8058.

A POST is enough: no cookie, no sign-in, no question, and the same answer however often it comes.
GET and HEAD show a page with one button and change nothing, because scanners open links too. Only
afterwards one may say why, or come back.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from eventsapp.contacts import subscriptions, unsubscribe
from eventsapp.contacts.models import Subscription
from eventsapp.core.db import db
from eventsapp.core.errors import InputError, NotFound
from eventsapp.core.http import csrf
from eventsapp.core.language import use_language
from eventsapp.mail.lists import ONE_CLICK
from eventsapp.mail.models import Message
from eventsapp.newsletters.models import Newsletter
from eventsapp.public.forms.subscribe import ReasonForm
from eventsapp.public.secret_links import explain_with, keep_to_yourself

bp = Blueprint("public_unsubscribe", __name__, url_prefix="/u")
csrf.exempt(bp)
bp.after_request(keep_to_yourself)
explain_with(bp, "public/unsubscribe/unknown.html", NotFound)

BACK = "Came back by the link of a mail"


@bp.get("/<token>")
def show(token: str) -> str:
    """Ask whether somebody wants to leave, or say that it is done already."""
    message = unsubscribe.letter_of(unsubscribe.message_number(token))
    return _page(token, message, is_done=message is not None and unsubscribe.has_left(message))


@bp.post("/<token>")
def leave(token: str) -> str:
    """Leave at once. The answer is the page itself: who posts here need not follow anything."""
    number = unsubscribe.message_number(token)
    is_one_click = request.form.get("List-Unsubscribe") == "One-Click"
    unsubscribe.leave(
        number,
        how="one_click" if is_one_click else "link",
        words=ONE_CLICK if is_one_click else "",
    )
    return _page(token, unsubscribe.letter_of(number), is_done=True)


@bp.post("/<token>/why")
def why(token: str) -> ResponseReturnValue:
    """Keep why somebody left, who liked to say so."""
    form = ReasonForm()
    message, subscription = _reader(token)
    try:
        subscriptions.say_why(subscription, form.reason.data or "")
    except InputError as fault:
        db.session.rollback()
        form.blame(fault)
        message, subscription = _reader(token)
        return _page(token, message, is_done=True, sent=form), fault.status
    return _page(token, message, is_done=unsubscribe.has_left(message), has_said=True)


@bp.post("/<token>/come-back")
def come_back(token: str) -> str:
    """Let who left by mistake read again."""
    message, subscription = _reader(token)
    subscriptions.come_back(unsubscribe.holder_of(message), subscription, how="link", words=BACK)
    use_language(message.language)
    return render_template(
        "public/unsubscribe/back.html",
        newsletter=db.session.get(Newsletter, subscription.newsletter_id),
        own_page=subscriptions.link_for(subscription),
        address=message.address,
    )


def _reader(token: str) -> tuple[Message, Subscription]:
    """Give the mail and the subscription behind a link; NotFound where there is none."""
    message = unsubscribe.letter_of(unsubscribe.message_number(token))
    subscription = unsubscribe.subscription_behind(message) if message is not None else None
    if message is None or subscription is None:
        raise NotFound
    return message, subscription


def _page(
    token: str,
    message: Message | None,
    *,
    is_done: bool,
    sent: ReasonForm | None = None,
    has_said: bool = False,
) -> str:
    subscription = None
    if message is not None:
        use_language(message.language)
        subscription = unsubscribe.subscription_behind(message)
    form = sent or ReasonForm(formdata=None)
    form.offer()
    return render_template(
        "public/unsubscribe/show.html",
        token=token,
        message=message,
        is_done=is_done,
        newsletter=db.session.get(Newsletter, subscription.newsletter_id) if subscription else None,
        own_page=subscriptions.link_for(subscription) if subscription else "",
        form=form if subscription is not None and not subscription.end_reason else None,
        has_said=has_said,
    )
