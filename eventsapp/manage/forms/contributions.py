"""What is filled in to ask a colleague for a piece and to write it, for `manage/contributions.py`.

Lengths and what is missing are judged by `newsletters/writing.py`, which keeps what is not
finished yet.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from eventsapp.core.language import label
from eventsapp.core.text import without_controls
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.newsletters.contributions import MADE_INTO
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.writing import Piece


def plain(text: str | None) -> str:
    """Drop the characters that no mail can carry, as soon as they come in."""
    return without_controls(text or "")


class AskForm(FlaskForm):  # type: ignore[misc]
    """Who is asked for a piece, about what, and by when."""

    author = SelectField(
        lazy_gettext("Who do you ask?"),
        [InputRequired(lazy_gettext("Choose a colleague from the list."))],
        coerce=int,
        validate_choice=False,
    )
    brief = TextAreaField(
        lazy_gettext("What would you like to have?"), filters=[plain], render_kw={"rows": 4}
    )
    due_on = DateField(lazy_gettext("Wanted by"), [Optional()])

    def offer(self, colleagues: Iterable[tuple[int, str]]) -> None:
        """Say who can be asked."""
        self.author.choices = [(0, gettext("Choose somebody")), *colleagues]


class AskAgainForm(FlaskForm):  # type: ignore[misc]
    """The same piece once more, with other words or for another day."""

    brief = TextAreaField(
        lazy_gettext("What would you like to have?"), filters=[plain], render_kw={"rows": 4}
    )
    due_on = DateField(lazy_gettext("Wanted by"), [Optional()])


class PieceForm(FlaskForm):  # type: ignore[misc]
    """A piece as its author writes it, finished or not."""

    title = StringField(lazy_gettext("Title"), filters=[plain])
    body = TextAreaField(lazy_gettext("Your piece"), filters=[plain], render_kw={"rows": 14})
    picture = FileField(lazy_gettext("Picture"))
    picture_id = HiddenField()
    remove_picture = BooleanField(lazy_gettext("Without this picture"))
    alternative = StringField(lazy_gettext("What is to be seen in the picture?"), filters=[plain])
    version = HiddenField()
    pen = HiddenField()

    def piece(self, picture_id: int | None = None) -> Piece:
        """Give the piece as it was filled in; `picture_id` is one that came along just now."""
        if picture_id is None and not self.remove_picture.data:
            picture_id = number_or_none(self.picture_id.data)
        return Piece(
            title=self.title.data or "",
            body=self.body.data or "",
            picture_id=picture_id,
            alternative=self.alternative.data or "",
        )

    def seen_version(self) -> int:
        """Give the version that the author had before the eyes."""
        return number_or_none(self.version.data) or 0


class RemarkForm(FlaskForm):  # type: ignore[misc]
    """A few words to the editors."""

    remark = TextAreaField(
        lazy_gettext("What would you like to say?"), filters=[plain], render_kw={"rows": 3}
    )


class TakeInForm(FlaskForm):  # type: ignore[misc]
    """What a piece becomes in the edition."""

    kind = SelectField(lazy_gettext("What does it become?"), validate_choice=False)
    version = HiddenField()

    def offer(self) -> None:
        """Say what a piece can become."""
        self.kind.choices = [(one.value, label(one)) for one in MADE_INTO]

    def chosen(self) -> BlockKind | None:
        """Give what was chosen, None for what can't be."""
        return next((one for one in MADE_INTO if one == self.kind.data), None)
