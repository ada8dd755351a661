"""Who is signed in: every page of this door passes here first.

`admit` stands before each request of the door and `leave` after it; views ask `current_actor`.
It leaves no transaction open before a view that acts, so that no lock is held while the view
reads a file or hashes a password.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from flask import Response, flash, g, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.accounts import sessions
from eventsapp.core.actor import Actor
from eventsapp.core.db import db, read_only
from eventsapp.core.http import SAFE, cookie
from eventsapp.core.language import use_language


def admit() -> AnyResponse | None:
    """Let in who is signed in, in their own language; send others to the sign-in page."""
    if request.method in SAFE:
        found = sessions.resolve(cookie())
    else:
        with read_only():
            found = sessions.resolve(cookie())
        db.session.rollback()
    if found is None:
        return _to_sign_in()
    g.actor, g.session_id = found.actor, found.session_id
    use_language(found.actor.language)
    return None


def leave(response: Response) -> Response:
    """Write down now and then when sessions were last used, with a request that writes anyway."""
    if request.method not in SAFE and response.status_code < 400 and g.get("actor"):
        sessions.write_last_seen_if_due()
    return response


def current_actor() -> Actor:
    """Give who is signed in; every page of this door has somebody."""
    return cast(Actor, g.actor)


def current_session_id() -> int:
    """Give the session in which this request is made."""
    return cast(int, g.session_id)


def _to_sign_in() -> AnyResponse:
    if request.method not in SAFE:
        flash(gettext("Your sign-in has ended. What you sent was not kept."), "warning")
    address = url_for("public_signin.sign_in", next=_way_back())
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _way_back() -> str:
    """Give the page to come back to: this one, or for a form the page that it stood on."""
    if request.method in SAFE and not request.headers.get("HX-Request"):
        return request.full_path.rstrip("?")
    before = urlsplit(request.referrer or "")
    is_own = before.netloc == request.host and before.path.startswith("/manage")
    return before.path if is_own else url_for("manage_home.show")
