"""A typed look at the settings of the running application.

`app.py` puts the object in; everyone else asks here and never reads the environment.
"""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from config import Mailbox, MailServer, Settings, Signature

__all__ = ["Mailbox", "MailServer", "Settings", "Signature", "keep", "settings"]

KEY = "eventsapp.settings"


def keep(app: Flask, settings: Settings) -> None:
    """Put the settings in the application."""
    app.extensions[KEY] = settings


def settings() -> Settings:
    """Give the settings of the application that is running."""
    return cast(Settings, current_app.extensions[KEY])
