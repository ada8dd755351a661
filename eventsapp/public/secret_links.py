"""What holds for each page whose address is a secret of one reader: answering, leaving a list."""

from __future__ import annotations

import re

from flask import Response

_NEVER_IN_A_TOKEN = re.compile(r"[^A-Za-z0-9_.-]+")


def mended(token: str) -> str:
    """Take away what mail programs and people add to a link: a full stop, a bracket, a space."""
    return _NEVER_IN_A_TOKEN.sub("", token).strip(".") or token


def keep_to_yourself(response: Response) -> Response:
    """Keep the secret in the address from other sites and from search machines."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
