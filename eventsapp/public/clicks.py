"""`/l/…`: the way by which a counted link of an edition leads to its page.

Only where a newsletter counts at all; only to the links of that edition, so nobody can use it to
lead elsewhere. Counts without asking who: no cookie, no address, no time of day.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.newsletters import clicks

bp = Blueprint("public_clicks", __name__, url_prefix="/l")

_FETCHED_AHEAD = ("Purpose", "Sec-Purpose", "X-Moz")


@bp.get("/<int:edition_id>/<int:number>")
def follow(edition_id: int, number: int) -> AnyResponse:
    """Lead on. What a browser fetches in case somebody presses is no press."""
    is_press = request.method == "GET" and not any(request.headers.get(n) for n in _FETCHED_AHEAD)
    response = redirect(clicks.follow(edition_id, number, counts=is_press), 302)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
