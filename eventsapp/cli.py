"""Commands for the administrator: accounts, demo programme, settings."""

from __future__ import annotations

from flask import Flask

from eventsapp.accounts import models as accounts  # noqa: F401
from eventsapp.contacts import models as contacts  # noqa: F401
from eventsapp.invitations import models as invitations  # noqa: F401
from eventsapp.mail import models as mail  # noqa: F401


def register(app: Flask) -> None:
    """Add the administrator's commands to the application."""
