"""The preview of an edition: as any sort of reader gets it, on a desk, on a phone, dark, as text.

The mail stands in a frame of its own that can run nothing and reach nothing. Looking changes
nothing; only the test mail sends anything, and only to the addresses that are typed.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from eventsapp.core import submissions
from eventsapp.core.errors import InputError
from eventsapp.core.http import MAIL_POLICY
from eventsapp.directory.queries import addresses_of
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.previews import VIEWS, ReaderForm, TrialForm
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import trial as trials
from eventsapp.newsletters.editions import demand_make, edition_for, is_open, may_make
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.preview import Seen, seen_by

bp = Blueprint("manage_preview", __name__, url_prefix="/manage/editions/<int:edition_id>/preview")


@bp.get("")
def show(edition_id: int) -> ResponseReturnValue:
    """Show the edition as the chosen sort of reader gets it, and what that reader does not get.

    An open page asks time and again, with the version that it `known`: while somebody writes, who
    has the preview beside it sees the words come.
    """
    actor = current_actor()
    edition = edition_for(actor, edition_id)
    if request.args.get("known", type=int) == edition.content_version:
        return "", 204
    number = actor.person_id or 0
    own = addresses_of([number]).get(number) if may_make(actor, edition) else None
    return _page(edition, TrialForm(formdata=None, addresses=own or ""))


@bp.post("/trial")
def trial(edition_id: int) -> ResponseReturnValue:
    """Send a test mail; the same form again does nothing more."""
    actor = current_actor()
    edition = edition_for(actor, edition_id)
    demand_make(actor, edition)
    form, chosen = TrialForm(), _form(edition)
    done = url_for(".show", edition_id=edition.id, **chosen.chosen())
    try:
        addresses = trials.addresses_in(form.addresses.data or "")
    except InputError as fault:
        show_fault(form, fault)
        return _page(edition, form), 422
    key = request.form.get("form_key", "")
    if submissions.claim(key) is not None:
        return redirect(done, 303)
    count = trials.send(
        actor,
        edition,
        addresses,
        chosen.reader(),
        chosen.spoken,
        wants_text=bool(form.wants_text.data),
    )
    submissions.settle(key, done)
    if count:
        words = ngettext(
            "%(num)s test mail is on its way.", "%(num)s test mails are on their way.", count
        )
        flash(words, "success")
    if count < len(addresses):
        flash(gettext("Not every address gets mail from us: see “Who gets no mail”."), "warning")
    return redirect(done, 303)


def _page(edition: Edition, trial_form: TrialForm) -> str:
    form = _form(edition)
    view = request.args.get("view", "")
    view = view if view in VIEWS else VIEWS[0]
    seen = _seen(edition, form)
    return render_template(
        "manage/preview/show.html",
        edition=edition,
        is_open=is_open(edition),
        again=url_for(
            ".show",
            edition_id=edition.id,
            view=view,
            known=edition.content_version,
            **form.chosen(),
        ),
        f=form,
        trial=trial_form if may_make(current_actor(), edition) else None,
        trial_action=url_for(".trial", edition_id=edition.id, **form.chosen()),
        seen=seen,
        view=view,
        views=_views(edition, form, view),
        sender=edition.newsletter.sender_name or edition.newsletter.name,
        source=url_for(
            ".mail", edition_id=edition.id, dark="1" if view == "dark" else None, **form.chosen()
        ),
    )


@bp.get("/mail")
def mail(edition_id: int) -> Response:
    """Give the mail itself, for the frame."""
    edition = edition_for(current_actor(), edition_id)
    seen = _seen(edition, _form(edition))
    html = seen.in_the_dark if request.args.get("dark") else seen.html
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _form(edition: Edition) -> ReaderForm:
    form = ReaderForm(request.args)
    form.offer(edition.newsletter.language)
    return form


def _seen(edition: Edition, form: ReaderForm) -> Seen:
    return seen_by(edition, form.reader(), form.spoken)


def _views(edition: Edition, form: ReaderForm, view: str) -> list[dict[str, Any]]:
    """Give the ways to look at a mail, as links that keep the reader who was chosen."""
    words = (gettext("Desktop"), gettext("Phone"), gettext("Dark"), gettext("As text"))
    return [
        {
            "text": text,
            "href": url_for(".show", edition_id=edition.id, view=name, **form.chosen()),
            "current": name == view,
        }
        for name, text in zip(VIEWS, words, strict=True)
    ]
