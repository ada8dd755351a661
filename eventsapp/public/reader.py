"""`/r/…`: the page of one reader of a newsletter, by the link that stands in every edition.

The token is the secret: no account, no session, no cookie. Opening changes nothing; every act is a
POST. A newsletter is passed on to others, so the page shows nothing but the choices themselves:
what we hold besides goes by a fresh link to the reader's own address.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventsapp.contacts import subscriptions
from eventsapp.contacts.models import Subscription
from eventsapp.contacts.reader_links import mail_link
from eventsapp.core import limits
from eventsapp.core.actor import Actor
from eventsapp.core.addresses import mask
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Expired, InputError, NotFound
from eventsapp.core.http import csrf
from eventsapp.core.language import use_language
from eventsapp.newsletters.models import Newsletter
from eventsapp.privacy.dossier_links import mail_dossier_link
from eventsapp.public.forms.rsvp import TokenForm
from eventsapp.public.forms.subscribe import PauseForm, ReaderForm, ReasonForm, reader_form
from eventsapp.public.secret_links import explain_with, keep_to_yourself, mended

bp = Blueprint("public_reader", __name__, url_prefix="/r")
csrf.exempt(bp)
bp.after_request(keep_to_yourself)
explain_with(bp, "public/reader/unknown.html", NotFound, Expired)

DONE = frozenset({"new", "kept", "paused", "resumed", "left", "why", "back", "mailed"})
BACK = "Came back by the own page"


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show what somebody reads and chose, or that they left."""
    if (whole := mended(token)) != token:
        return redirect(url_for(".show", token=whole), 302)
    return _page(_reader(token), token)


@bp.get("/<token>/<path:_rest>")
def back(token: str, _rest: str) -> ResponseReturnValue:
    """Lead whoever reloads or copies the address of a form back to the page itself."""
    return redirect(url_for(".show", token=token), 302)


@bp.post("/<token>/choices")
def choices(token: str) -> ResponseReturnValue:
    """Keep what was chosen."""
    form = ReaderForm()

    def work(holder: Actor, reader: Subscription) -> None:
        subscriptions.change(holder, reader, form.chosen(), form.version.data or 0)

    return _done(token, form, work, "kept")


@bp.post("/<token>/pause")
def pause(token: str) -> ResponseReturnValue:
    """Send nothing for some months."""
    form = PauseForm()

    def work(holder: Actor, reader: Subscription) -> None:
        subscriptions.pause(holder, reader, form.months.data or "")

    return _done(token, form, work, "paused")


@bp.post("/<token>/resume")
def resume(token: str) -> ResponseReturnValue:
    """End the pause."""
    return _done(token, TokenForm(), subscriptions.resume, "resumed")


@bp.post("/<token>/leave")
def leave(token: str) -> ResponseReturnValue:
    """Leave at once; nothing is asked."""

    def work(holder: Actor, reader: Subscription) -> None:
        subscriptions.leave(holder, reader, how="own_page")

    return _done(token, TokenForm(), work, "left")


@bp.post("/<token>/why")
def why(token: str) -> ResponseReturnValue:
    """Keep why somebody left, who liked to say so."""
    form = ReasonForm()

    def work(_holder: Actor, reader: Subscription) -> None:
        subscriptions.say_why(reader, form.reason.data or "")

    return _done(token, form, work, "why")


@bp.post("/<token>/come-back")
def come_back(token: str) -> ResponseReturnValue:
    """Let who left read again."""

    def work(holder: Actor, reader: Subscription) -> None:
        subscriptions.come_back(holder, reader, how="own_page", words=BACK)

    return _done(token, TokenForm(), work, "back")


@bp.post("/<token>/dossier")
def dossier(token: str) -> ResponseReturnValue:
    """Mail a link to what we hold of this reader, to the address that we know."""
    # Counted first, in a transaction of its own: the request has asked nothing yet.
    limits.hit("dossier", str(subscriptions.numbers_of(token)[0]), 3, timedelta(hours=1))

    def work(_holder: Actor, reader: Subscription) -> None:
        mail_dossier_link(reader)

    return _done(token, TokenForm(), work, "mailed")


@bp.post("/<token>/new-link")
def new_link(token: str) -> ResponseReturnValue:
    """Make the links in earlier mails worthless, and mail a new one to the address that we know."""
    limits.hit("new link", str(subscriptions.numbers_of(token)[0]), 3, timedelta(hours=1))
    reader = _reader(token)
    subscriptions.revoke_links(reader)
    mail_link(reader, subscriptions.link_for(reader))
    return render_template(
        "public/reader/renewed.html", address=mask(subscriptions.address_of(reader))
    )


def _reader(token: str) -> Subscription:
    """Give whose page this is, and speak that reader's language from here on."""
    found = subscriptions.subscription_by_token(token)
    use_language(found.person.language)
    return found


def _done(
    token: str,
    form: TokenForm,
    work: Callable[[Actor, Subscription], object],
    done: str,
) -> ResponseReturnValue:
    """Do what was asked and show the page; on a fault show it with what was typed."""
    reader = _reader(token)
    if not form.validate():
        return _page(reader, token, sent=form, status=422)
    try:
        work(subscriptions.holder_of(reader), reader)
    except (InputError, Conflict) as fault:
        db.session.rollback()
        form.blame(fault)
        return _page(_reader(token), token, sent=form, status=fault.status)
    return redirect(url_for(".show", token=token, done=done), 303)


def _page(
    reader: Subscription, token: str, *, sent: TokenForm | None = None, status: int = 200
) -> ResponseReturnValue:
    newsletter = db.session.get(Newsletter, reader.newsletter_id)
    if newsletter is None:
        raise NotFound
    done = request.args.get("done", "")
    shown: dict[str, Any] = {
        "token": token,
        "newsletter": newsletter,
        "address": mask(subscriptions.address_of(reader)),
        "done": done if done in DONE else "",
        "faults": sent if sent is not None and sent.form_errors else None,
    }
    if reader.ended_at is not None:
        form = sent if isinstance(sent, ReasonForm) else ReasonForm(formdata=None)
        form.offer()
        body = render_template(
            "public/reader/left.html", form=form, has_said=bool(reader.end_reason), **shown
        )
        return body, status
    until = reader.paused_until
    pausing = sent if isinstance(sent, PauseForm) else PauseForm(formdata=None)
    pausing.offer()
    body = render_template(
        "public/reader/show.html",
        form=_choices_form(reader, sent),
        pausing=pausing,
        paused_until=until if until is not None and until > today() else None,
        **shown,
    )
    return body, status


def _choices_form(reader: Subscription, sent: TokenForm | None) -> ReaderForm:
    """Give the form with what holds, or what was typed with the version that holds now."""
    if not isinstance(sent, ReaderForm):
        return reader_form(reader)
    sent.offer()
    sent.version.raw_data = None
    sent.version.data = reader.version
    return sent
