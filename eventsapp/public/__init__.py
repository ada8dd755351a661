"""The visitors' door: pages that need no account. `register(app)` hangs them."""

from __future__ import annotations

from flask import Flask

from eventsapp.public import (
    archive,
    clicks,
    dossier,
    health,
    meetings,
    metrics,
    papers,
    pictures,
    postoffice,
    reader,
    rsvp,
    signin,
    site,
    subscribe,
    surveys,
    unsubscribe,
)

PAGES = (
    archive,
    clicks,
    dossier,
    health,
    meetings,
    metrics,
    papers,
    pictures,
    postoffice,
    reader,
    rsvp,
    signin,
    site,
    surveys,
    subscribe,
    unsubscribe,
)


def register(app: Flask) -> None:
    """Hang the pages of this door on the application."""
    site.init_app(app)
    for page in PAGES:
        app.register_blueprint(page.bp)
