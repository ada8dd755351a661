"""The visitors' door: pages that need no account. `register(app)` hangs them."""

from __future__ import annotations

from flask import Flask

from eventsapp.public import health, papers, postoffice


def register(app: Flask) -> None:
    """Hang the pages of this door on the application."""
    for module in (health, papers, postoffice):
        app.register_blueprint(module.bp)
