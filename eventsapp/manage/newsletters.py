"""Newsletters: the list of their editions, and how each newsletter is set.

Editors land here. One edition is `editions.py`; readers are another page.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug import Response

from eventsapp.core import submissions
from eventsapp.core.actor import Level
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError
from eventsapp.manage.edition_view import picture_address
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.forms.newsletters import NewsletterForm
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import newsletters, pictures
from eventsapp.newsletters.models import Newsletter, Picture
from eventsapp.newsletters.queries import editions_page
from eventsapp.newsletters.scaling import Scaled, scaled

bp = Blueprint("manage_newsletters", __name__, url_prefix="/manage/newsletters")

Page = str | Response | tuple[str, int]


@bp.get("/")
def index() -> Page:
    """Show the editions, those in the making first as they are the newest."""
    actor = current_actor()
    known = newsletters.newsletters()
    newsletter_id = number_or_none(request.args.get("newsletter"))
    page = editions_page(
        actor,
        newsletter_id=newsletter_id,
        dropped=request.args.get("state") == "dropped",
        cursor=request.args.get("after") or request.args.get("before"),
    )
    return render_template(
        "manage/newsletters/index.html",
        page=page,
        newsletters=known,
        pages=_pages(),
        choices=[
            {
                "text": text,
                "href": url_for(".index", newsletter=number),
                "current": number == newsletter_id,
            }
            for number, text in [(None, gettext("All")), *((one.id, one.name) for one in known)]
        ],
        shows_dropped=request.args.get("state") == "dropped",
        may_make=actor.makes_newsletters,
        may_write_region=actor.makes_newsletters or bool(actor.regions),
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Begin one more newsletter."""
    return _settings(None)


@bp.route("/<int:newsletter_id>", methods=["GET", "POST"])
def settings(newsletter_id: int) -> Page:
    """Set how a newsletter looks, who sends it, and its rhythm."""
    return _settings(newsletters.newsletter_for(current_actor(), newsletter_id))


def _pages() -> list[dict[str, Any]]:
    """Give the pages that belong to the newsletter, those that there are."""
    wanted = (
        ("manage_newsletters.index", gettext("Editions")),
        ("manage_subscribers.index", gettext("Readers")),
        ("manage_surveys.index", gettext("Surveys")),
    )
    return [
        {"text": text, "href": url_for(endpoint), "current": endpoint == request.endpoint}
        for endpoint, text in wanted
        if endpoint in current_app.view_functions
    ]


def _settings(newsletter: Newsletter | None) -> Page:
    actor = current_actor()
    if not actor.makes_newsletters:
        raise Forbidden
    form = NewsletterForm.of(newsletter)
    if actor.level is Level.EDITOR:
        form.hide_from_editors()
    if request.method != "POST":
        return _page(form, newsletter)
    number = newsletter.id if newsletter is not None else None
    db.session.rollback()  # a picture is scaled while nothing is locked
    uploaded = _uploaded(form)
    newsletter = newsletters.newsletter_for(actor, number) if number else None
    if not form.validate() or form.picture_file.errors:
        return _page(form, newsletter), 422
    key = request.form.get("form_key", "")
    if newsletter is None and (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        made = _keep(form, newsletter, uploaded)
    except InputError as fault:
        show_fault(form, fault)
        return _page(form, newsletter), 422
    except Conflict as fault:
        form.version.data = str(newsletter.version if newsletter else "")
        form.version.raw_data = None
        form.form_errors.append(sentence_of(fault))
        return _page(form, newsletter), 409
    place = url_for(".settings", newsletter_id=made.id)
    submissions.settle(key, place)
    flash(gettext("The settings are kept."), "success")
    return redirect(place, 303)


def _keep(
    form: NewsletterForm, newsletter: Newsletter | None, uploaded: Scaled | None
) -> Newsletter:
    actor = current_actor()
    picture_id = newsletter.masthead_picture_id if newsletter is not None else None
    if form.picture_gone.data:
        picture_id = None
    if uploaded is not None:
        picture_id = pictures.keep(actor, uploaded, form.picture_file.data.filename).id
    plan = form.plan(picture_id)
    if newsletter is None:
        return newsletters.start_newsletter(actor, plan)
    version = number_or_none(form.version.data) or 0
    opened = newsletters.change_newsletter(actor, newsletter, plan, version)
    if opened:
        flash(
            gettext(
                "What readers see changed, so these need a new sign-off: %(editions)s",
                editions=", ".join(one.title for one in opened),
            ),
            "warning",
        )
    return newsletter


def _uploaded(form: NewsletterForm) -> Scaled | None:
    file = request.files.get("picture_file")
    if file is None or not file.filename:
        return None
    try:
        return scaled(file.read(), "picture_file")
    except InputError as fault:
        form.form_errors.append(sentence_of(fault))
        return None


def _page(form: NewsletterForm, newsletter: Newsletter | None) -> str:
    picture_id = newsletter.masthead_picture_id if newsletter is not None else None
    picture = db.session.get(Picture, picture_id) if picture_id else None
    return render_template(
        "manage/newsletters/settings.html",
        f=form,
        newsletter=newsletter,
        picture=picture_address(picture) if picture is not None else "",
    )
