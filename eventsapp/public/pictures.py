"""Pictures of editions, for mail programs and web pages: open to all, found by what is in them.

GET changes nothing, and nothing is counted: a picture in a mail never tells who opened it.
"""

from __future__ import annotations

from flask import Blueprint, Response

from eventsapp.core.text import one_line
from eventsapp.newsletters.pictures import file_of

bp = Blueprint("public_pictures", __name__)


@bp.get("/pictures/<digest>/<size>")
def show(digest: str, size: str) -> Response:
    """Hand out a picture; it never changes, so it may be kept for ever."""
    content, media_type = file_of(one_line(digest), one_line(size))
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # web mail shows it too
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
