"""What holds for every request: one commit, one error page, safe headers, the sign-in cookie.

Returning commits, raising rolls back. GET and HEAD run in read-only transactions. The doors use
`cookie`, `remember` and `forget` for sign-in, and never commit themselves.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from eventsapp.core import db as database
from eventsapp.core import room
from eventsapp.core.db import db
from eventsapp.core.errors import EventsError
from eventsapp.core.settings import settings

csrf = CSRFProtect()
log = structlog.get_logger()

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "frame-src 'self'"
)
# For showing a mail in a frame: its own styles and our own pictures; nothing runs or is sent.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    """Hang the rules of every request on the application."""
    csrf.init_app(app)
    app.before_request(_begin)
    app.after_request(_headers)
    app.after_request(_finish)
    app.teardown_request(_release)
    app.register_error_handler(EventsError, _explain)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OverflowError, _no_such_number)
    app.register_error_handler(DataError, _no_such_number)
    app.register_error_handler(Exception, _unexpected)


def _begin() -> None:
    database.set_read_only(request.method in SAFE)
    if "\0" in request.path:
        raise NotFound  # PostgreSQL takes no text with a NUL: no page has such an address


def _finish(response: Response) -> Response:
    if request.method in SAFE or response.status_code >= 400:
        db.session.rollback()
        return response
    try:
        db.session.commit()
    except Exception as fault:
        return make_response(current_app.handle_user_exception(fault))
    room.watch.returned()
    return response


def _release(_fault: BaseException | None) -> None:
    database.set_read_only(False)


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if settings().base_url.startswith("https:"):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response


def _page(status: int, title: str, sentence: str, **more: Any) -> tuple[str, int]:
    db.session.rollback()
    database.set_read_only(True)
    said = {"title": title, "sentence": sentence, "reference": "", "what_to_do": "", "typed": ()}
    return render_template("error.html", status=status, **(said | more)), status


def _explain(fault: EventsError) -> tuple[str, int]:
    return _page(fault.status, gettext("That did not work"), gettext(fault.message, **fault.values))


def _stale_form(_fault: CSRFError) -> tuple[str, int]:
    return _page(
        400,
        gettext("This page was open too long"),
        gettext("Go back, reload the page and send the form again. Nothing was changed."),
    )


def _too_large(_fault: RequestEntityTooLarge) -> tuple[str, int]:
    return _page(
        413,
        gettext("That is too large"),
        gettext(
            "At most %(size)s MB can be sent at once. Nothing was changed: go back and choose a "
            "smaller file.",
            size=settings().upload_limit_mb,
        ),
    )


def _http_error(fault: HTTPException) -> tuple[str, int] | HTTPException:
    if fault.code is None or fault.code < 400:
        return fault
    titles = {
        404: gettext("This page does not exist"),
        403: gettext("You may not see this"),
        405: gettext("This page works in another way"),
        429: gettext("Too many tries"),
    }
    sentences = {
        404: gettext("The address may be wrong or the page may have been removed."),
        403: gettext("Ask the coordinator if you need this page."),
        429: gettext("Wait a few minutes and try again."),
    }
    return _page(
        fault.code,
        titles.get(fault.code, gettext("That did not work")),
        sentences.get(fault.code, gettext("Go back and try again.")),
    )


def _no_such_number(fault: OverflowError | DataError) -> Any:
    """Say that a page does not exist when its number is larger than any row can have."""
    if isinstance(fault, DataError) and type(fault.orig).__name__ != "NumericValueOutOfRange":
        return _unexpected(fault)
    return _http_error(NotFound())


def _unexpected(fault: Exception) -> tuple[str, int]:
    if room.is_lacking(fault):
        return _no_room()
    reference = secrets.token_hex(4)
    log.exception("unexpected", reference=reference, path=request.path, exc_info=fault)
    return _page(
        500,
        gettext("Something went wrong on our side"),
        gettext("Nothing was changed. Try again; if it stays, tell us this number."),
        reference=reference,
    )


def _no_room() -> tuple[str, int]:
    """Say that the disk is full; what was typed stands in the page, to be sent once more."""
    room.watch.lacks(settings().data_dir, f"{request.method} {request.endpoint}")
    typed = _typed()
    what_to_do = (
        gettext("What you filled in is kept in this page: leave it open and send it again later.")
        if typed
        else gettext("Go back and try again later.")
    )
    return _page(
        503,
        gettext("This cannot be kept now"),
        gettext("The disk of our server is full. Nothing was changed."),
        what_to_do=what_to_do,
        again=request.full_path if request.query_string else request.path,
        typed=typed,
    )


def _typed() -> list[tuple[str, str]]:
    """Give the fields of the form that was sent, none where a page should not repeat them."""
    if request.method != "POST" or request.files:
        return []
    if any("password" in name for name in request.form):
        return []
    return list(request.form.items(multi=True))


def _cookie_name() -> str:
    return "__Host-session" if settings().base_url.startswith("https:") else "eventsapp_session"


def cookie() -> str:
    """Give the secret of the sign-in cookie, or an empty text."""
    return request.cookies.get(_cookie_name(), "")


def remember(response: Any, secret: str, lifetime: timedelta) -> None:
    """Set the sign-in cookie: not readable by scripts, not sent along from other sites."""
    response.set_cookie(
        _cookie_name(),
        secret,
        max_age=int(lifetime.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings().base_url.startswith("https:"),
        path="/",
    )


def forget(response: Any) -> None:
    """Take the sign-in cookie away."""
    response.delete_cookie(_cookie_name(), path="/", httponly=True, samesite="Lax")


def actor_or_none() -> Any:
    """Give whoever is signed in during this request, as the door resolved it."""
    return g.get("actor")
