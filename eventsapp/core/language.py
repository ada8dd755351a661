"""Which language a page or a mail speaks, and how texts and times are written in it.

Dutch first. A signed-in advisor and a participant by link get the language that is kept with the
person; others choose by a cookie. Mails are rendered inside `speaking`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, gettext, refresh

LANGUAGES = ("nl", "en")
COOKIE = "language"

babel = Babel()


def init_app(app: Flask) -> None:
    """Set up gettext with Dutch as the default."""
    app.config["BABEL_DEFAULT_LOCALE"] = "nl"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Amsterdam"
    babel.init_app(app, locale_selector=_choose)
    app.jinja_env.filters["label"] = label


def _choose() -> str:
    if not has_request_context():
        return "nl"
    chosen = g.get("language") or request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else "nl"


def use_language(code: str | None) -> None:
    """Let the rest of this request speak a person's own language."""
    if code in LANGUAGES:
        g.language = code
        refresh()


def current_language() -> str:
    """Give the language code of the present page or mail: nl or en."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "nl"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Render in this language inside the block, within a request or outside one."""
    with force_locale(code if code in LANGUAGES else "nl"):
        yield


def translate(message: str, **values: Any) -> str:
    """Put a sentence marked with `N_` into the present language, for floors without Flask."""
    return gettext(message, **values)


def label(member: Any) -> str:
    """Translate the label of a `Labelled` word; an empty value gives an empty text."""
    if not member:
        return ""
    return gettext(getattr(member, "label", str(member)))
