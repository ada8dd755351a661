"""`/u/…`: leaving the newsletter, by a press on the page or by the one click of RFC 8058.

A POST is enough: no cookie, no sign-in, no question, and the same answer however often it comes.
GET and HEAD show a page with one button and change nothing, because scanners open links too.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from eventsapp.contacts import unsubscribe
from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.http import csrf
from eventsapp.core.language import use_language
from eventsapp.mail.lists import ONE_CLICK
from eventsapp.mail.models import Message
from eventsapp.public.secret_links import keep_to_yourself

bp = Blueprint("public_unsubscribe", __name__, url_prefix="/u")
csrf.exempt(bp)
bp.after_request(keep_to_yourself)


@bp.errorhandler(NotFound)
def unknown(_fault: NotFound) -> ResponseReturnValue:
    """Say of a link that we can't read what may have happened to it, and what to do."""
    db.session.rollback()
    return render_template("public/unsubscribe/unknown.html"), 404


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


def _page(token: str, message: Message | None, *, is_done: bool) -> str:
    if message is not None:
        use_language(message.language)
    return render_template(
        "public/unsubscribe/show.html", token=token, message=message, is_done=is_done
    )
