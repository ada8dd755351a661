"""Templates: what every page may use, and rendering by name outside a request too.

The doors render through Flask; `mail/compose.py` renders by name. Nothing here asks the database.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g
from flask.templating import Environment

from eventsapp.core import dates
from eventsapp.core.language import current_language
from eventsapp.core.phones import show_phone, tel_link
from eventsapp.core.settings import settings
from eventsapp.core.submissions import new_key


class QuickEnvironment(Environment):
    """Templates of which each has no globals of its own.

    Jinja otherwise wraps the globals once for each template and compares them name by name for
    every file of macros that a page takes from: some five hundredths of the time of a page.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Give a template the globals of all."""
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Give all templates the date filters and the few values that each page shows."""
    env = app.jinja_env
    env.trim_blocks = True
    env.lstrip_blocks = True
    env.autoescape = _escapes
    env.filters["long_date"] = lambda value: dates.long_date(value, current_language())
    env.filters["short_date"] = lambda value: dates.short_date(value, current_language())
    env.filters["date_as"] = lambda value, pattern: dates.date_as(
        value, pattern, current_language()
    )
    env.filters["time_of_day"] = lambda value: dates.time_of_day(value, current_language())
    env.filters["moment"] = moment
    env.filters["phone"] = show_phone
    env.filters["tel"] = tel_link
    env.globals["time_range"] = lambda start, end: dates.time_range(start, end, current_language())
    env.globals["when"] = lambda start, end: dates.when(start, end, current_language())
    env.globals["form_key"] = new_key
    app.context_processor(_shared)


def _escapes(name: str | None) -> bool:
    """Escape everywhere but in plain text; Flask itself would leave mail layouts (.mjml) out."""
    return name is None or not name.endswith(".txt")


def _shared() -> dict[str, Any]:
    running = settings()
    return {
        "settings_public": {
            "programme_name": running.programme_name,
            "programme_phone": running.programme_phone,
            "mode": running.mode,
        },
        "current_actor": g.get("actor"),
        "locale": current_language(),
    }


def moment(value: datetime | None) -> str:
    """Write a UTC moment as local date and time of the programme."""
    if value is None:
        return ""
    local = dates.utc_to_local(value, settings().timezone)
    language = current_language()
    return f"{dates.short_date(local, language)}, {dates.time_of_day(local, language)}"


def render(name: str, **values: Any) -> str:
    """Render a template by name, in the present language, without needing a request."""
    return current_app.jinja_env.get_template(name).render(**values)
