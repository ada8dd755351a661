"""Commands for the administrator: accounts, demo programme, settings."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add the administrator's commands to the application."""
