"""Which language a page or a mail speaks, and how texts and times are written in it.

Dutch first. A signed-in advisor and a participant by link get the language that is kept with the
person; others choose by a cookie. Mails are rendered inside `speaking`.

A page asks for some hundred texts. The catalogue is therefore looked up once in a request, and
texts without values are made safe for HTML once in a process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, get_translations, gettext, refresh
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

LANGUAGES = ("nl", "en")
COOKIE = "language"

babel = Babel()
MOST_SHOWN = 5000  # texts without values that are kept ready; there are some two thousand


def init_app(app: Flask) -> None:
    """Set up gettext with Dutch as the default."""
    app.config["BABEL_DEFAULT_LOCALE"] = "nl"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Amsterdam"
    babel.init_app(app, locale_selector=_choose)
    app.jinja_env.globals.update(_=_text, gettext=_text)
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
        g.pop("texts", None)
        refresh()


def current_language() -> str:
    """Give the language code of the present page or mail: nl or en."""
    return _texts().language if has_app_context() else "nl"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Render in this language inside the block, within a request or outside one."""
    before = g.pop("texts", None)
    try:
        with force_locale(code if code in LANGUAGES else "nl"):
            yield
    finally:
        g.texts = before


class _Texts:
    """The texts of one language, with those that need no values ready for HTML."""

    def __init__(self, language: str, catalogue: Any) -> None:
        self.language = language
        self.gettext = catalogue.gettext
        self._plain: dict[str, str] = {}
        self._safe: dict[str, str] = {}

    def give(self, message: str, is_html: bool) -> str:
        """Give a text that needs no values."""
        kept = self._safe if is_html else self._plain
        if message not in kept:
            text = self.gettext(message) % {}
            if len(kept) > MOST_SHOWN:
                kept.clear()
            kept[message] = Markup(text) if is_html else text  # noqa: S704 - our own text
        return kept[message]


def _texts() -> _Texts:
    """Give the texts of the present language, found once in a request."""
    found: _Texts | None = g.get("texts")
    if found is None:
        kept = current_app.extensions.setdefault("eventsapp.texts", {})
        language = str(get_locale())
        if language not in kept:
            kept[language] = _Texts(language, get_translations())
        found = g.texts = kept[language]
    return found


@pass_eval_context
def _text(rendering: EvalContext, message: str, **values: Any) -> str:
    """Translate a text of a template; values are made safe where the template is HTML."""
    if not values:
        return _texts().give(message, rendering.autoescape)
    text = _texts().gettext(message)
    return (Markup(text) if rendering.autoescape else text) % values  # noqa: S704 - our own text


def translate(message: str, **values: Any) -> str:
    """Put a sentence marked with `N_` into the present language, for floors without Flask."""
    return gettext(message, **values)


def label(member: Any) -> str:
    """Translate the label of a `Labelled` word; an empty value gives an empty text."""
    if not member:
        return ""
    return str(_texts().gettext(getattr(member, "label", str(member))))
