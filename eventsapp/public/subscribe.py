"""`/subscribe`: anybody subscribes to the newsletter, and confirms it by the mail that follows.

Whatever is typed, the page says the same: it tells nobody who is known to us. GET changes nothing;
the link in the mail shows a button, because scanners open links too. Nothing here needs a cookie.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from eventsapp.contacts import subscription_requests, typing_errors
from eventsapp.contacts.reader_links import mail_links
from eventsapp.contacts.subscriptions import link_for
from eventsapp.core import limits, submissions
from eventsapp.core.db import db
from eventsapp.core.errors import Expired, InputError, NotFound
from eventsapp.core.http import csrf
from eventsapp.core.labels import N_
from eventsapp.core.language import current_language, use_language
from eventsapp.newsletters.joining import active_newsletters
from eventsapp.newsletters.models import Newsletter
from eventsapp.public.forms.subscribe import LinkForm, SubscribeForm
from eventsapp.public.secret_links import keep_to_yourself

bp = Blueprint("public_subscribe", __name__, url_prefix="/subscribe")
csrf.exempt(bp)

MOST_PER_HOUR = 60  # from one address of the network: a room full of people shares one
WITHIN = timedelta(hours=1)


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the form, or which newsletters there are where there are several."""
    found = active_newsletters()
    if len(found) == 1:
        return _page(found[0], _fresh())
    return render_template("public/subscribe/index.html", newsletters=found)


@bp.get("/<int:newsletter_id>")
def show(newsletter_id: int) -> ResponseReturnValue:
    """Show the form for one newsletter."""
    return _page(_active(newsletter_id), _fresh())


@bp.post("/<int:newsletter_id>")
def ask(newsletter_id: int) -> ResponseReturnValue:
    """Mail the link that confirms it, and say so; the same answer to whatever address."""
    # Counted first, in a transaction of its own: the request has asked nothing yet.
    limits.hit("subscribe", request.remote_addr or "", MOST_PER_HOUR, WITHIN)
    newsletter = _active(newsletter_id)
    form = SubscribeForm()
    if not form.validate():
        return _page(newsletter, form, 422)
    email = form.email.data or ""
    key = request.form.get("form_key", "")
    if not form.website.data and submissions.claim(key) is None:
        try:
            email = subscription_requests.ask(
                newsletter.id,
                name=form.name.data or "",
                email=email,
                choices=form.chosen(),
                title=newsletter.name,
                words=agreed(newsletter),
            )
        except InputError as fault:
            form.blame(fault)
            db.session.rollback()
            return _page(_active(newsletter_id), form, fault.status)
        submissions.settle(key, url_for(".index"))
    form.website.data = ""
    form.offer()
    return render_template(
        "public/subscribe/asked.html",
        newsletter=newsletter,
        form=form,
        email=email,
        meant=typing_errors.meant(email),
    )


@bp.get("/confirm/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Show the button that makes it so, or that it was pressed before."""
    try:
        row = subscription_requests.request_by_token(token)
    except (NotFound, Expired) as fault:
        return _stopped(fault)
    use_language(row.language)
    made = subscription_requests.subscription_made(row)
    body = render_template(
        "public/subscribe/confirm.html",
        token=token,
        row=row,
        newsletter=db.session.get(Newsletter, row.newsletter_id),
        own_page=link_for(made) if made is not None else "",
    )
    return keep_to_yourself(make_response(body))


@bp.post("/confirm/<token>")
def keep(token: str) -> ResponseReturnValue:
    """Make a reader of who pressed, and lead to the own page."""
    try:
        made = subscription_requests.confirm(token)
    except (NotFound, Expired) as fault:
        return _stopped(fault)
    place = url_for("public_reader.show", token=link_for(made).rpartition("/")[2], done="new")
    return keep_to_yourself(make_response(redirect(place, 303)))


@bp.get("/link")
def link() -> str:
    """Ask for which address the link to the own page is wanted."""
    return render_template("public/subscribe/link.html", form=LinkForm(formdata=None), email="")


@bp.post("/link")
def send_link() -> ResponseReturnValue:
    """Mail readers the link to their own page; says the same whoever they are."""
    form = LinkForm()
    limits.hit("subscribe", request.remote_addr or "", MOST_PER_HOUR, WITHIN)
    if form.validate() and not form.website.data:
        try:
            mail_links(form.email.data or "")
        except InputError as fault:
            form.blame(fault)
            db.session.rollback()
    status = 422 if form.errors else 200
    email = "" if form.errors else form.email.data
    return render_template("public/subscribe/link.html", form=form, email=email), status


def agreed(newsletter: Newsletter) -> str:
    """Give the words above the button, which whoever presses it agrees to."""
    return gettext(
        "You agree that we keep these details and mail you “%(name)s”. You can leave with one "
        "press, at the bottom of each mail.",
        name=newsletter.name,
    )


def _fresh() -> SubscribeForm:
    return SubscribeForm(formdata=None, language=current_language())


def _active(newsletter_id: int) -> Newsletter:
    """Give a newsletter that one can subscribe to; else NotFound."""
    found = db.session.get(Newsletter, newsletter_id)
    if found is None or not found.is_active:
        raise NotFound(N_("One cannot subscribe to this newsletter any more."))
    return found


def _page(newsletter: Newsletter, form: SubscribeForm, status: int = 200) -> tuple[str, int]:
    form.offer()
    body = render_template(
        "public/subscribe/show.html", newsletter=newsletter, form=form, agreed=agreed(newsletter)
    )
    return body, status


def _stopped(fault: NotFound | Expired) -> ResponseReturnValue:
    """Say why a link can't be used any more, and what to do."""
    db.session.rollback()
    sentence = gettext(fault.message, **fault.values)
    body = render_template("public/subscribe/stopped.html", sentence=sentence)
    return keep_to_yourself(make_response(body)), fault.status
