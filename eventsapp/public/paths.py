"""Keeps to this site whatever address a form or a link asks to be led to."""

from __future__ import annotations

from urllib.parse import urlsplit


def own_path(wanted: str, otherwise: str) -> str:
    """Give a path within this site as it was asked for; for anything else the other one.

    Browsers read two slashes, or a slash and a backslash, as the start of another site, so only
    one plain slash may open it.
    """
    try:
        parts = urlsplit(wanted) if wanted.isprintable() and "\\" not in wanted else None
    except ValueError:
        return otherwise
    is_own = parts and not parts.scheme and not parts.netloc and wanted.startswith("/")
    return wanted if is_own and not wanted.startswith("//") else otherwise
