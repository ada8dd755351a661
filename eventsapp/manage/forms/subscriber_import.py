"""The forms of reading in readers: the file with its proof, and what each of its columns is."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from eventsapp.contacts.subscriber_columns import Column
from eventsapp.manage.forms.imports import ColumnsForm, FileForm


class ReadersFileForm(FileForm):
    """The file, and how the people in it agreed to get the newsletter."""

    newsletter = HiddenField()
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
