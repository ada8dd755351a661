"""What a mail server says when somebody calls: by that a receiver of ours is told from others."""

from __future__ import annotations

import socket

OURS = "eventsapp"
PATIENCE = 5
_ANYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - called, not opened


def greeting_at(host: str, port: int) -> str:
    """Call a port of this machine and give the line it greets with. Raises OSError."""
    with socket.create_connection((_ANYWHERE.get(host, host), port), timeout=PATIENCE) as link:
        link.settimeout(PATIENCE)
        with link.makefile("rb") as heard:
            return heard.readline(512).decode("ascii", "replace").strip()


def is_ours(greeting: str) -> bool:
    """Tell whether a receiver of this product greets like that."""
    return greeting.startswith("220 ") and OURS in greeting.split()
