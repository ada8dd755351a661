"""Sign in, sign out, and a forgotten password: the way into the advisors' door.

Nobody learns here who has an account: a wrong address and a wrong password read the same, and
so does asking for a new password.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import (
    Blueprint,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.accounts import new_password, sessions
from eventsapp.core import http
from eventsapp.core.errors import EventsError, Expired, InputError, NotFound
from eventsapp.core.http import csrf
from eventsapp.core.language import use_language
from eventsapp.core.settings import settings
from eventsapp.public.forms.signin import ForgottenForm, NewPasswordForm, SignInForm
from eventsapp.public.paths import own_path

bp = Blueprint("public_signin", __name__)


@bp.get("/sign-in")
def sign_in() -> str | Response:
    """Show the form; whoever is signed in already goes on."""
    goal = _goal()
    if sessions.resolve(http.cookie()):
        return redirect(goal, 303)
    return _sign_in_page(SignInForm(), goal)


@bp.post("/sign-in")
def open_session() -> Response | tuple[str, int]:
    """Open a session and lead on to the page that was wanted."""
    form, goal = SignInForm(), _goal()
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
    return _enter(secret, goal)


@bp.post("/sign-out")
def sign_out() -> Response:
    """End the session here and on the server."""
    sessions.sign_out(http.cookie())
    session.clear()
    flash(gettext("You are signed out."), "success")
    response = redirect(url_for("public_signin.sign_in"), 303)
    http.forget(response)
    return response


@bp.route("/forgotten", methods=["GET", "POST"])
def forgot() -> ResponseReturnValue:
    """Mail a link to choose a new password; the page says the same for every address."""
    form = ForgottenForm()
    if request.method != "POST":
        return _forgot_page(form)
    if not form.validate():
        return _forgot_page(form), 422
    try:
        new_password.ask(form.email.data or "", request.remote_addr or "")
    except EventsError as fault:
        form.email.errors = [gettext(fault.message, **fault.values)]
        return _forgot_page(form), fault.status
    return redirect(url_for(".forgot", done="asked"), 303)


@bp.get("/reset/<token>")
def reset(token: str) -> ResponseReturnValue:
    """Show where to choose a password, for who has the link of our mail."""
    return _with_link(token, lambda holder: _reset_page(NewPasswordForm(), token, holder))


@bp.post("/reset/<token>")
def choose_password(token: str) -> ResponseReturnValue:
    """Keep the new password, end all open sessions and open a new one here."""
    form = NewPasswordForm()
    is_filled = form.validate()

    def choose(holder: new_password.Holder) -> ResponseReturnValue:
        if not is_filled:
            return _reset_page(form, token, holder), 422
        try:
            new_password.replace_password(holder, form.password.data or "")
        except InputError as fault:
            form.password.errors = [gettext(fault.message, **fault.values)]
            return _reset_page(form, token, holder), fault.status
        secret = sessions.open_session(holder.account_id, request.user_agent.string)
        entered = _enter(secret, url_for("manage_home.show"))
        flash(gettext("Your password is set. You are signed in."), "success")
        return entered

    return _with_link(token, choose)


csrf.exempt(choose_password)  # the token is the secret


def _with_link(
    token: str, then: Callable[[new_password.Holder], ResponseReturnValue]
) -> ResponseReturnValue:
    """Go on with the account of a link, or say in plain words why it does not work."""
    try:
        holder = new_password.read_link(token)
        use_language(holder.language)
        answer = make_response(then(holder))
    except (NotFound, Expired) as fault:
        sentence = gettext(fault.message, **fault.values)
        page = render_template("public/signin/no_link.html", sentence=sentence)
        answer = make_response(page, fault.status)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _forgot_page(form: ForgottenForm) -> str:
    is_asked = request.method != "POST" and request.args.get("done") == "asked"
    return render_template("public/signin/forgot.html", form=form, is_asked=is_asked)


def _reset_page(form: NewPasswordForm, token: str, holder: new_password.Holder) -> str:
    return render_template("public/signin/reset.html", form=form, token=token, holder=holder)


def _enter(secret: str, goal: str) -> Response:
    """Give the browser its session. A form token from before signing in holds no longer."""
    session.clear()
    response = redirect(goal, 303)
    http.remember(response, secret, timedelta(days=settings().session_days))
    return response


def _sign_in_page(form: SignInForm, goal: str) -> str:
    demo = settings().demo_password if settings().is_demo else ""
    return render_template("public/signin/sign_in.html", form=form, goal=goal, demo_password=demo)


def _goal() -> str:
    """Give the page that was wanted before signing in, on this site only."""
    return own_path(request.args.get("next", ""), url_for("manage_home.show"))
