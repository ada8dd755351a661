"""The clock's door: what runs without anybody asking. `register(app)` adds its commands."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add the commands of this door to the application."""
