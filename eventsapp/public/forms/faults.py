"""What the forms of visitors share: how long a text may be, and faults found behind the form."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms.validators import Length

from eventsapp.core.errors import EventsError
from eventsapp.core.text import without_controls


def at_most(characters: int) -> Length:
    """Refuse a longer text in words that say how long it may be."""
    message = lazy_gettext("This is too long: at most %(most)s characters.", most=characters)
    return Length(max=characters, message=message)


def plain(text: str | None) -> str:
    """Drop the characters that no page can show, as soon as they come in."""
    return without_controls(text or "")


class Blamed:
    """A form that takes the fault which a use case found."""

    _fields: dict[str, Any]
    form_errors: list[str]

    def blame(self, fault: EventsError) -> None:
        """Put the fault beside its field, or on top where it has none."""
        sentence = gettext(fault.message, **fault.values)
        field = self._fields.get(fault.field or "")
        if field is None:
            self.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]
