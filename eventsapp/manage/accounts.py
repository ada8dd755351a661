"""Colleagues: who they are, and for the coordinator adding, changing, closing and handing over."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from eventsapp.accounts import advisors, colleagues
from eventsapp.accounts.models import Account
from eventsapp.core import submissions
from eventsapp.core.errors import Conflict, InputError
from eventsapp.invitations import organisers
from eventsapp.manage.changed import changed_meanwhile
from eventsapp.manage.forms.accounts import ColleagueForm, HandOverForm
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.guard import current_actor

bp = Blueprint("manage_accounts", __name__, url_prefix="/manage/colleagues")

Page = str | Response | tuple[str, int]


@bp.get("/")
def index() -> str:
    """List colleagues with their regions, so that everybody knows whom to ring."""
    actor = current_actor()
    with_closed = actor.is_coordinator and request.args.get("closed") == "yes"
    page = colleagues.colleagues_page(
        request.args.get("after") or request.args.get("before"), with_closed=with_closed
    )
    return render_template(
        "manage/accounts/index.html", page=page, with_closed=with_closed, actor=actor
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Add a colleague, who is invited by mail to choose a password."""
    actor = current_actor()
    advisors.demand_coordinator(actor)
    form = ColleagueForm()
    form.offer()
    if not form.is_submitted():
        form.level.data = "advisor"
    elif form.validate():
        key = request.form.get("form_key", "")
        if (done := submissions.claim(key)) is not None:
            return redirect(done, 303)
        try:
            account = advisors.add_advisor(actor, form.facts())
            place = url_for(".show", account_id=account.id)
            submissions.settle(key, place)
            flash(
                gettext("%(name)s is added and gets a mail.", name=account.person.name), "success"
            )
            return redirect(place, 303)
        except InputError as fault:
            show_fault(form, fault)
    status = 422 if form.is_submitted() else 200
    return render_template("manage/accounts/form.html", form=form, account=None), status


@bp.get("/<int:account_id>")
def show(account_id: int) -> str:
    """Show a colleague with what can be done."""
    actor = current_actor()
    account = _colleague(account_id)
    return render_template(
        "manage/accounts/show.html",
        account=account,
        regions=colleagues.regions_by_person([account.person_id])[account.person_id],
        work=organisers.foresee_handover(actor, account.person_id),
        is_own=account.id == actor.account_id,
    )


@bp.route("/<int:account_id>/edit", methods=["GET", "POST"])
def edit(account_id: int) -> Page:
    """Change a colleague; the second of two coordinators is told, and loses nothing."""
    actor, account = current_actor(), _colleague(account_id)
    form = ColleagueForm()
    form.offer()
    status, meanwhile = 200, None
    if not form.is_submitted():
        form.show_colleague(account, advisors.regions_of([account.person_id])[account.person_id])
    elif form.validate():
        version = number_or_none(form.version.data) or 0
        try:
            advisors.change_advisor(actor, account, form.facts(), version)
            flash(gettext("%(name)s is changed.", name=account.person.name), "success")
            return redirect(url_for(".show", account_id=account.id), 303)
        except InputError as fault:
            show_fault(form, fault)
        except Conflict as fault:
            status = 409
            if account.person.version == version:
                form.form_errors.append(sentence_of(fault))
            else:
                meanwhile = changed_meanwhile("account", account)
                form.version.data = form.version.raw_data = str(account.person.version)
    if form.errors and status == 200:
        status = 422
    return render_template(
        "manage/accounts/form.html", form=form, account=account, meanwhile=meanwhile
    ), status


@bp.route("/<int:account_id>/hand-over", methods=["GET", "POST"])
def hand_over(account_id: int) -> Page:
    """Give the coming meetings and the networks of a colleague to another; shown beforehand."""
    actor = current_actor()
    account = colleagues.account_for(actor, account_id)
    form = HandOverForm()
    form.offer(colleagues.active_colleagues(), without=account.person_id)
    home = _home_of(account)
    if form.validate_on_submit():
        done = organisers.hand_over(actor, account.person_id, form.to.data)
        flash(
            ngettext(
                "%(num)s meeting is handed over.",
                "%(num)s meetings are handed over.",
                len(done.meetings),
            ),
            "success",
        )
        return redirect(home, 303)
    return render_template(
        "manage/accounts/hand_over.html",
        form=form,
        account=account,
        home=home,
        work=organisers.foresee_handover(actor, account.person_id),
    ), 422 if form.is_submitted() else 200


@bp.post("/<int:account_id>/close")
def close(account_id: int) -> Response:
    """Close an account; open sessions end at once."""
    account = _colleague(account_id)
    return _done(
        account,
        lambda: advisors.close_account(current_actor(), account),
        gettext("The account of %(name)s is closed.", name=account.person.name),
    )


@bp.post("/<int:account_id>/open")
def open_again(account_id: int) -> Response:
    """Open a closed account again."""
    account = _colleague(account_id)
    return _done(
        account,
        lambda: advisors.open_account(current_actor(), account),
        gettext("%(name)s can sign in again. Choose the regions anew.", name=account.person.name),
    )


@bp.post("/<int:account_id>/mail-link")
def mail_link(account_id: int) -> Response:
    """Mail a colleague a fresh link to choose a password."""
    account = _colleague(account_id)
    return _done(
        account,
        lambda: advisors.mail_link(current_actor(), account),
        gettext("%(name)s gets a mail with a link.", name=account.person.name),
    )


def _done(account: Account, act: Callable[[], object], sentence: str) -> Response:
    """Do one act of one button, and say on the page of the colleague what came of it."""
    try:
        act()
        flash(sentence, "success")
    except Conflict as fault:
        # Nothing was written yet, so there is nothing to roll back.
        flash(sentence_of(fault), "error")
    return redirect(url_for(".show", account_id=account.id), 303)


def _colleague(account_id: int) -> Account:
    """Give an account to a coordinator; Forbidden for others."""
    advisors.demand_coordinator(current_actor())
    return colleagues.account_for(current_actor(), account_id)


def _home_of(account: Account) -> str:
    if current_actor().is_coordinator:
        return url_for(".show", account_id=account.id)
    return url_for("manage_own_account.show")
