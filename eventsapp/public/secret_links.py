"""What holds for each page whose address is a secret of one reader: answering, leaving a list."""

from __future__ import annotations

import re
from functools import partial

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from eventsapp.core.db import db
from eventsapp.core.errors import EventsError

_NEVER_IN_A_TOKEN = re.compile(r"[^A-Za-z0-9_.-]+")


def mended(token: str) -> str:
    """Take away what mail programs and people add to a link: a full stop, a bracket, a space."""
    return _NEVER_IN_A_TOKEN.sub("", token).strip(".") or token


def keep_to_yourself(response: Response) -> Response:
    """Keep the secret in the address from other sites and from search machines."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def explain_with(bp: Blueprint, template: str, *kinds: type[EventsError]) -> None:
    """Let a page of these links say what may be wrong with one, instead of the common page."""
    for kind in kinds:
        bp.register_error_handler(kind, partial(_explain, template))


def _explain(template: str, fault: EventsError) -> ResponseReturnValue:
    """Say of a link that we can't read what may have happened to it, and what to do."""
    db.session.rollback()
    return render_template(template), fault.status
