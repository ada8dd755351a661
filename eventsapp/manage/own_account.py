"""My account: name, telephone, language, password, and the devices on which I am signed in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.accounts import advisors, colleagues, new_password, sessions
from eventsapp.accounts.models import Account
from eventsapp.core.errors import Conflict, InputError, NotFound, TooMany
from eventsapp.core.language import use_language
from eventsapp.manage.browsers import browser_name
from eventsapp.manage.changed import changed_meanwhile
from eventsapp.manage.forms.accounts import OwnForm, PasswordForm
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.guard import current_actor, current_session_id

bp = Blueprint("manage_own_account", __name__, url_prefix="/manage/me")

Page = str | Response | tuple[str, int]


@bp.get("/")
def show() -> str:
    """Show one's own account."""
    return _page(200)[0]


@bp.post("/")
def change() -> Page:
    """Change one's own name, telephone and language."""
    account, form = _own(), OwnForm()
    if not form.validate():
        return _page(422, form=form)
    version = number_or_none(form.version.data) or 0
    try:
        advisors.change_own(current_actor(), account, form.own(), version)
    except InputError as fault:
        show_fault(form, fault)
        return _page(422, form=form)
    except Conflict:
        form.version.data = form.version.raw_data = str(account.person.version)
        return _page(409, form=form, meanwhile=changed_meanwhile("account", account))
    use_language(account.person.language)
    flash(gettext("Your details are kept."), "success")
    return redirect(url_for(".show"), 303)


@bp.route("/password", methods=["GET", "POST"])
def change_password() -> Page:
    """Replace the password; all other devices are signed out."""
    form = PasswordForm()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            new_password.change_password(
                current_actor().account_id or 0,
                form.present.data or "",
                form.password.data or "",
                keep_session=current_session_id(),
            )
            flash(gettext("Your new password is kept. Other devices are signed out."), "success")
            return redirect(url_for(".show"), 303)
        except (InputError, TooMany) as fault:
            fault.field = fault.field or "present"
            show_fault(form, fault)
            status = fault.status
    return render_template("manage/own_account/password.html", form=form), status


@bp.post("/copies")
def choose_copies() -> Response:
    """Turn copies of letters in one's own mailbox on or off."""
    wants = request.form.get("wants") == "1"
    advisors.choose_copies(current_actor(), _own(), wants)
    if wants:
        flash(gettext("You get copies of letters in your own mailbox."), "success")
    else:
        flash(gettext("You get no more copies. Letters wait for you in “Post”."), "success")
    return redirect(url_for(".show"), 303)


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    """Sign out one other device."""
    try:
        sessions.end_own_session(current_actor(), session_id)
        flash(gettext("That device is signed out."), "success")
    except NotFound as fault:
        flash(sentence_of(fault), "warning")
    return redirect(url_for(".show"), 303)


@bp.post("/sessions/end")
def end_others() -> Response:
    """Sign out all other devices."""
    sessions.end_all(current_actor().account_id or 0, but=current_session_id())
    flash(gettext("All other devices are signed out."), "success")
    return redirect(url_for(".show"), 303)


def _own() -> Account:
    actor = current_actor()
    return colleagues.account_for(actor, actor.account_id or 0)


def _page(
    status: int,
    form: OwnForm | None = None,
    meanwhile: object = None,
) -> tuple[str, int]:
    account = _own()
    if form is None:
        form = OwnForm()
        form.show(account)
    devices = [
        {
            "id": session.id,
            "name": browser_name(session.browser),
            "seen_at": sessions.seen_at(session),
            "opened_at": session.created_at,
            "is_this": session.id == current_session_id(),
        }
        for session in sessions.open_sessions(current_actor())
    ]
    page = render_template(
        "manage/own_account/show.html",
        account=account,
        form=form,
        devices=devices,
        regions=colleagues.regions_by_person([account.person_id])[account.person_id],
        meanwhile=meanwhile,
    )
    return page, status
