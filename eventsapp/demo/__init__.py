"""The demo's door: loads an invented programme, and plays the main job. `register(app)` adds it.

Everything here is invented and uses reserved domains; it refuses to run outside demo mode.
"""

from __future__ import annotations

from flask import Flask

from eventsapp.demo import commands


def register(app: Flask) -> None:
    """Add the demo's commands to the application."""
    commands.register(app)
