"""The forms of reading in readers: the file with its proof, and what each of its columns is."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from eventsapp.contacts.subscriber_columns import Column
from eventsapp.manage.forms.imports import ColumnsForm


class ReadersFileForm(FlaskForm):  # type: ignore[misc]
    """The file, and how the people in it agreed to get the newsletter."""

    newsletter = HiddenField()
    file = FileField(lazy_gettext("File"), [FileRequired(lazy_gettext("Choose a file."))])
    proof = TextAreaField(
        lazy_gettext("How did these people agree?"),
        [
            InputRequired(
                lazy_gettext("Tell how these people agreed; without that nobody may be added.")
            ),
            Length(max=1000),
        ],
    )
    words = TextAreaField(
        lazy_gettext("In which words did they agree?"), [Optional(), Length(max=1000)]
    )


class ReaderColumnsForm(ColumnsForm):
    """A choice for each column of a list of readers."""

    known = Column
