"""The forms on a letter: who comes instead, and the words of a reply, for `manage/post.py`."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from eventsapp.core.text import without_controls


def plain(text: str | None) -> str:
    """Drop the characters that no page can show, as soon as they come in."""
    return without_controls(text or "")


class SubstituteForm(FlaskForm):  # type: ignore[misc]
    """Who comes in the writer's place; its page writes the token itself, for it has two forms."""

    class Meta:
        """No second field with the same id."""

        csrf = False

    substitute_name = StringField(lazy_gettext("Name of who comes instead"), filters=[plain])


class ReplyForm(FlaskForm):  # type: ignore[misc]
    """What is mailed back."""

    text = TextAreaField(lazy_gettext("What you write back"), filters=[plain])
