"""A paper that an advisor adds to a meeting. For `manage/papers.py`."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField

from eventsapp.core.errors import InputError


class PaperForm(FlaskForm):  # type: ignore[misc]
    """The file and what it is called."""

    title = StringField(lazy_gettext("Name of the paper"))
    file = FileField(lazy_gettext("File"), [FileRequired(lazy_gettext("Choose a file."))])

    def blame(self, fault: InputError) -> None:
        """Put a fault beside its field."""
        field = self.title if fault.field == "title" else self.file
        field.errors = [*field.errors, gettext(fault.message, **fault.values)]
