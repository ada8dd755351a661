"""Styles, scripts and pictures of our own, each at an address that names the state they are in.

The state stands in the path, not behind a question mark, so that what a script imports and a style
fetches from beside it has it too: after an upgrade no browser mixes old files with new ones. The
templates ask `asset`; nobody else makes such an address.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, has_request_context, request, send_from_directory, url_for
from markupsafe import Markup, escape

YEAR = 365 * 86400


def init_app(app: Flask, folder: Path) -> None:
    """Serve these files, and give templates `asset("css/base.css")`."""
    state = _state(folder)

    def serve(state_asked: str, filename: str) -> Response:
        # A page that was open during an upgrade may ask by the old state: it gets what there is.
        is_present = state_asked == state
        response = send_from_directory(folder, filename, max_age=YEAR if is_present else 0)
        response.cache_control.public = True
        if is_present:
            response.cache_control.immutable = True
        return response

    @lru_cache(maxsize=256)
    def address(_root: str, name: str) -> Markup:
        return escape(url_for("static", state_asked=state, filename=name))

    app.add_url_rule("/static/<state_asked>/<path:filename>", "static", serve)
    app.jinja_env.globals["asset"] = lambda name: address(root(), name)


def root() -> str:
    """Give the path under which a proxy shows the product, for it begins every address."""
    return request.script_root if has_request_context() else ""


def _state(folder: Path) -> str:
    digest = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
