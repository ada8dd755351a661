"""The preview of an edition: as any sort of reader gets it, on a desk, on a phone, dark, as text.

The mail stands in a frame of its own that can run nothing and reach nothing. Looking changes
nothing and sends nothing.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext

from eventsapp.core.http import MAIL_POLICY
from eventsapp.manage.forms.previews import VIEWS, ReaderForm
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters.editions import edition_for
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.preview import Seen, seen_by

bp = Blueprint("manage_preview", __name__, url_prefix="/manage/editions/<int:edition_id>/preview")


@bp.get("")
def show(edition_id: int) -> str:
    """Show the edition as the chosen sort of reader gets it, and what that reader does not get."""
    edition = edition_for(current_actor(), edition_id)
    form = _form(edition)
    view = request.args.get("view", "")
    view = view if view in VIEWS else VIEWS[0]
    seen = _seen(edition, form)
    return render_template(
        "manage/preview/show.html",
        edition=edition,
        f=form,
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
