"""Papers and logos for whoever has the signed link: no account, nothing to be guessed.

A paper is handed out as a download and a logo as a picture, each with headers under which nothing
in it can run. GET changes nothing, and nothing is counted.
"""

from __future__ import annotations

import io

from flask import Blueprint, Response, send_file

from eventsapp.meetings.papers import logo_by_token, paper_by_token

bp = Blueprint("public_papers", __name__)

LOCKED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@bp.get("/papers/<token>")
def show(token: str) -> Response:
    """Hand out a paper under its own name."""
    paper = paper_by_token(token)
    response = send_file(
        io.BytesIO(paper.content),
        mimetype=paper.media_type,
        as_attachment=True,
        download_name=paper.filename,
        last_modified=paper.added_at,
    )
    return _safe(response)


@bp.get("/logos/<token>")
def logo(token: str) -> Response:
    """Show a logo."""
    content, media_type = logo_by_token(token)
    response = send_file(io.BytesIO(content), mimetype=media_type)
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # web mail shows it too
    return _safe(response)


def _safe(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
