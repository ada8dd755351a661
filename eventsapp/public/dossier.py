"""`/mine/…`: what we hold on one person, by a link that was mailed to that person a moment ago.

See it, take it along as a file, ask that it is erased. The token is the secret and works for a
day; opening changes nothing.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Expired, NotFound
from eventsapp.core.http import csrf
from eventsapp.core.language import use_language
from eventsapp.directory.models import Person
from eventsapp.privacy import erasure_requests
from eventsapp.privacy.dossier import as_data, dossier_of
from eventsapp.privacy.dossier_links import person_by_token
from eventsapp.public.secret_links import explain_with, keep_to_yourself, mended

bp = Blueprint("public_dossier", __name__, url_prefix="/mine")
csrf.exempt(bp)
bp.after_request(keep_to_yourself)
explain_with(bp, "public/dossier/unknown.html", NotFound, Expired)


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show all that we hold."""
    if (whole := mended(token)) != token:
        return redirect(url_for(".show", token=whole), 302)
    person = _person(token)
    return render_template(
        "public/dossier/show.html",
        token=token,
        sections=dossier_of(person),
        asked=erasure_requests.open_request(person.id),
        may_take_back=erasure_requests.may_take_back(person),
        done=request.args.get("done", ""),
    )


@bp.post("/<token>/file")
def file(token: str) -> ResponseReturnValue:
    """Give all of it as a file that a program can read."""
    text = json.dumps(as_data(_person(token)), ensure_ascii=False, indent=2)
    response = Response(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="mijn-gegevens.json"'
    return response


@bp.post("/<token>/erase")
def erase(token: str) -> ResponseReturnValue:
    """Ask that all of it is erased."""
    erasure_requests.ask(_person(token))
    return redirect(url_for(".show", token=token, done="asked"), 303)


@bp.post("/<token>/keep")
def keep(token: str) -> ResponseReturnValue:
    """Think better of it: the request is taken back, and nothing is erased."""
    try:
        erasure_requests.take_back(_person(token))
    except Conflict:
        db.session.rollback()
        return redirect(url_for(".show", token=token), 303)
    return redirect(url_for(".show", token=token, done="kept"), 303)


def _person(token: str) -> Person:
    """Give whose page this is, and speak that person's language from here on."""
    found = person_by_token(token)
    use_language(found.language)
    return found
