"""Sign in, sign out, and a forgotten password: the way into the advisors' door.

Nobody learns here who has an account: a wrong address and a wrong password read the same, and
so does asking for a new password.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.accounts import sessions
from eventsapp.core import http
from eventsapp.core.errors import EventsError
from eventsapp.core.settings import settings
from eventsapp.public.forms.signin import SignInForm

bp = Blueprint("public_signin", __name__)


@bp.get("/sign-in")
def sign_in() -> str | Response:
    """Show the form; whoever is signed in already goes on."""
    goal = _own_path(request.args.get("next", ""))
    if sessions.resolve(http.cookie()):
        return redirect(goal, 303)
    return _sign_in_page(SignInForm(), goal)


@bp.post("/sign-in")
def open_session() -> Response | tuple[str, int]:
    """Open a session and lead on to the page that was wanted."""
    form, goal = SignInForm(), _own_path(request.args.get("next", ""))
    if not form.validate():
        return _sign_in_page(form, goal), 422
    try:
        secret = sessions.sign_in(
            form.email.data or "",
            form.password.data or "",
            address=request.remote_addr or "",
            browser=request.user_agent.string,
        )
    except EventsError as fault:
        form.password.errors = [gettext(fault.message, **fault.values)]
        return _sign_in_page(form, goal), fault.status
    # What was prepared before signing in, a form token among it, holds no longer.
    session.clear()
    response = redirect(goal, 303)
    http.remember(response, secret, timedelta(days=settings().session_days))
    return response


@bp.post("/sign-out")
def sign_out() -> Response:
    """End the session here and on the server."""
    sessions.sign_out(http.cookie())
    session.clear()
    flash(gettext("You are signed out."), "success")
    response = redirect(url_for("public_signin.sign_in"), 303)
    http.forget(response)
    return response


def _sign_in_page(form: SignInForm, goal: str) -> str:
    demo = settings().demo_password if settings().is_demo else ""
    return render_template("public/signin/sign_in.html", form=form, goal=goal, demo_password=demo)


def _own_path(wanted: str) -> str:
    """Keep a path within this site; anything else becomes the advisors' home.

    Browsers read "//host" and "/\\\\host" as another site, so only one plain slash may open it.
    """
    parts = urlsplit(wanted) if wanted.isprintable() and "\\" not in wanted else None
    is_own = parts and not parts.scheme and not parts.netloc and wanted.startswith("/")
    if not is_own or wanted.startswith("//"):
        return url_for("manage_home.show")
    return wanted
