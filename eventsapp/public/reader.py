"""`/r/…`: the page of one reader of a newsletter, by the link that stands in every edition.

The token is the secret: no account, no session, no cookie. Opening changes nothing; every act is a
POST. A newsletter is passed on to others, so the page shows nothing but the choices themselves.
"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from eventsapp.contacts import subscriptions
from eventsapp.core.addresses import mask
from eventsapp.core.db import db
from eventsapp.core.errors import Expired, NotFound
from eventsapp.core.http import csrf
from eventsapp.core.language import use_language
from eventsapp.newsletters.models import Newsletter
from eventsapp.public.secret_links import keep_to_yourself

bp = Blueprint("public_reader", __name__, url_prefix="/r")
csrf.exempt(bp)
bp.after_request(keep_to_yourself)


@bp.errorhandler(NotFound)
@bp.errorhandler(Expired)
def unknown(fault: NotFound | Expired) -> ResponseReturnValue:
    """Say of a link that we can't read what may have happened to it, and what to do."""
    db.session.rollback()
    return render_template("public/reader/unknown.html"), fault.status


@bp.get("/<token>")
def show(token: str) -> str:
    """Show what somebody reads and chose."""
    subscription = subscriptions.subscription_by_token(token)
    use_language(subscription.person.language)
    newsletter = db.session.get(Newsletter, subscription.newsletter_id)
    if newsletter is None:
        raise NotFound
    return render_template(
        "public/reader/show.html",
        token=token,
        subscription=subscription,
        newsletter=newsletter,
        address=mask(subscriptions.address_of(subscription)),
    )
