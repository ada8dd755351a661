"""What holds for each page whose address is a secret of one reader: answering, leaving a list."""

from __future__ import annotations

from flask import Response


def keep_to_yourself(response: Response) -> Response:
    """Keep the secret in the address from other sites and from search machines."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
