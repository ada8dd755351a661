"""The advisors' door: sign-in is demanded for every page. `register(app)` hangs them."""

from __future__ import annotations

from flask import Flask

from eventsapp.manage import navigation


def register(app: Flask) -> None:
    """Hang the pages of this door on the application."""
    navigation.init_app(app)
