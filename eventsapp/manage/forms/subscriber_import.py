"""The forms of reading in readers: the file with its proof, and what each of its columns is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from eventsapp.contacts.subscriber_columns import Column
from eventsapp.core.language import label


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


class ReaderColumnsForm(FlaskForm):  # type: ignore[misc]
    """A choice for each column; made for one list by `of`."""

    @classmethod
    def of(cls, headers: Sequence[str], chosen: Sequence[str]) -> Any:
        """Make the form for these columns, with what is chosen now."""
        choices = [
            SelectChoice("", gettext("is not read in")),
            *(SelectChoice(one.value, label(one)) for one in Column),
        ]
        fields = {
            f"column-{index}": SelectField(
                header or gettext("Column %(number)s", number=index + 1),
                choices=choices,
                validate_choice=False,
                default=chosen[index] if index < len(chosen) else "",
            )
            for index, header in enumerate(headers)
        }
        made = type("ListColumnsForm", (cls,), fields)
        return made(formdata=None)
