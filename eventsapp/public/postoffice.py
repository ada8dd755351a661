"""The post office as pages: every mail that the try-out sent, as its reader sees it.

Exists in demo mode on the machine itself only; elsewhere these pages are not there.
"""

from __future__ import annotations

from email.message import EmailMessage
from ipaddress import ip_address
from smtplib import SMTPException

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
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.core.http import MAIL_POLICY
from eventsapp.core.settings import settings
from eventsapp.invitations import reply_address
from eventsapp.mail import tryout
from eventsapp.mail.postoffice import Kept, PostOffice

bp = Blueprint("public_postoffice", __name__)

SIZE = 50
LETTER, UNDELIVERABLE = "letter", "undeliverable"
LONGEST_ANSWER = 10_000
# Links in a mail open a page of their own: that is what one tries out here.
POLICY = MAIL_POLICY.replace("sandbox;", "sandbox allow-popups allow-popups-to-escape-sandbox;")


def office() -> PostOffice:
    """Give the post office, or 404 where it may not be seen."""
    running = settings()
    try:
        is_here = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        is_here = False
    if not (running.is_demo and is_here):
        abort(404)
    return PostOffice(running.data_dir / "postoffice")


@bp.get("/postoffice")
def index() -> str:
    """Show the mails, the newest first."""
    words = request.args.get("q", "")[:100]
    before = request.args.get("before", type=int)
    found = office().newest(before=before, words=words, most=SIZE + 1)
    older = found[SIZE - 1].id if len(found) > SIZE else None
    return render_template(
        "public/postoffice/index.html", mails=found[:SIZE], words=words, older=older, before=before
    )


@bp.get("/postoffice.json")
def json() -> Response:
    """List the mails for programs, the newest first; `after` and `to` narrow it down."""
    after = request.args.get("after", 0, type=int)
    to = request.args.get("to", "")[:254]
    found = office().newest(words=to, most=min(request.args.get("most", 5000, type=int), 20000))
    return jsonify(
        [
            {
                "id": one.id,
                "to": one.to,
                "subject": one.subject,
                "received": one.received.isoformat(),
            }
            for one in found
            if one.id > after
        ]
    )


@bp.get("/postoffice/<int:number>")
def show(number: int) -> str:
    """Show one mail: as it looks, as text, its calendar entry, its headers."""
    kept = _kept(number)
    message = kept.message
    return render_template(
        "public/postoffice/show.html",
        kept=kept,
        headers=[(name, str(value)) for name, value in message.items()],
        text=_content(message, "text/plain"),
        calendar=_content(message, "text/calendar"),
        has_html=_part(message, "text/html") is not None,
        ways=_ways(kept),
        attachments=[
            (one.get_filename() or one.get_content_type(), len(one.get_payload(decode=True) or b""))
            for one in message.iter_attachments()
            if isinstance(one, EmailMessage) and one.get_filename()
        ],
    )


@bp.get("/postoffice/<int:number>/html")
def html(number: int) -> Response:
    """Show the HTML of a mail by itself, in a cage of its own."""
    content = _content(_kept(number).message, "text/html")
    # Within the cage a link can only open a tab of its own.
    content = content.replace("<head>", '<head><base target="_blank">', 1)
    response = Response(content, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@bp.get("/postoffice/<int:number>.eml")
def raw(number: int) -> Response:
    """Give a mail as the octets that came in."""
    response = Response(_kept(number).octets, content_type="message/rfc822")
    response.headers.set("Content-Disposition", "inline", filename=f"{number}.eml")
    return response


@bp.post("/postoffice/<int:number>/answer")
def answer(number: int) -> AnyResponse:
    """Answer a mail as its reader, by letter or from a calendar, or let it come back."""
    kept = _kept(number)
    way = request.form.get("way", "")
    if way not in _ways(kept):
        abort(404)
    words = request.form.get("words", "").strip()[:LONGEST_ANSWER]
    if way == LETTER and not words:
        flash(gettext("Type an answer first."), "error")
        return redirect(url_for(".show", number=number), 303)
    made = _made(kept, way, words)
    sender = "" if way == UNDELIVERABLE else kept.to
    try:
        tryout.hand_in(made, sender)
    except (OSError, SMTPException):
        flash(gettext("The post office is closed: it opens with the product itself."), "error")
    else:
        flash(gettext("It is on its way to the programme."), "success")
    return redirect(url_for(".show", number=number), 303)


def _ways(kept: Kept) -> list[str]:
    """Give the ways in which the reader of a mail could answer it, as far as we would hear it."""
    message = kept.message
    ways = []
    if reply_address.person_of(tryout.reply_to(message)) is not None:
        ways.append(LETTER)
        if tryout.calendar_answer(message, _content(message, "text/calendar"), kept.to, "accepted"):
            ways += tryout.PARTSTATS
    is_ours = tryout.reply_to(message) and not reply_address.is_ours(kept.to)
    if is_ours and settings().bounce_address and message.get("Message-ID"):
        ways.append(UNDELIVERABLE)
    return ways


def _made(kept: Kept, way: str, words: str) -> EmailMessage:
    message = kept.message
    if way == LETTER:
        return tryout.letter(message, kept.to, words)
    if way == UNDELIVERABLE:
        return tryout.undeliverable(message, kept.to)
    calendar = _content(message, "text/calendar")
    return tryout.calendar_answer(message, calendar, kept.to, way) or abort(404)


def _kept(number: int) -> Kept:
    return office().find(number) or abort(404)


def _part(message: EmailMessage, kind: str) -> EmailMessage | None:
    for part in message.walk():
        if part.get_content_type() == kind and isinstance(part, EmailMessage):
            return part
    return None


def _content(message: EmailMessage, kind: str) -> str:
    part = _part(message, kind)
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
