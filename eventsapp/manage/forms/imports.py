"""The forms of reading in a list: the file, and what each of its columns is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField

from eventsapp.core.labels import Labelled
from eventsapp.core.language import label
from eventsapp.directory.columns import Column


class FileForm(FlaskForm):  # type: ignore[misc]
    """The file with the list."""

    file = FileField(lazy_gettext("File"), [FileRequired(lazy_gettext("Choose a file."))])


class ColumnsForm(FlaskForm):  # type: ignore[misc]
    """A choice for each column; made for one list by `of`."""

    known: type[Labelled] = Column
    """What a column may be."""

    @classmethod
    def of(cls, headers: Sequence[str], chosen: Sequence[str]) -> Any:
        """Make the form for these columns, with what is chosen now."""
        choices = [
            SelectChoice("", gettext("is not read in")),
            *(SelectChoice(one.value, label(one)) for one in cls.known),
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
