"""What is asked of somebody who came without an invitation. For `manage/walk_ins.py`.

Only a name is needed. Who it is and for whom they come is chosen from what was found; "new" and
"none" say that it is nobody of these.
"""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length, Optional

NEW, NONE = "new", "none"
YES, NO = "yes", "no"
_TOO_LONG = lazy_gettext("This is too long: at most %(most)s characters.", most=160)
_YES_OR_NO = [SelectChoice(YES, lazy_gettext("Yes")), SelectChoice(NO, lazy_gettext("No"))]


class WalkInForm(FlaskForm):  # type: ignore[misc]
    """One line: who, for whom, and the two permissions, each asked by itself."""

    name = StringField(
        lazy_gettext("Name"),
        [InputRequired(lazy_gettext("Fill in a name.")), Length(max=160, message=_TOO_LONG)],
    )
    person = RadioField(lazy_gettext("Who is it?"), choices=[], validate_choice=False)
    email = StringField(
        lazy_gettext("E-mail address"), [Optional(), Length(max=160, message=_TOO_LONG)]
    )
    organisation = StringField(
        lazy_gettext("Comes for which organisation?"),
        [Optional(), Length(max=160, message=_TOO_LONG)],
    )
    organisation_id = RadioField(
        lazy_gettext("Which organisation is it?"), choices=[], validate_choice=False
    )
    may_invite = RadioField(
        lazy_gettext("May we invite you to meetings from now on?"),
        [Optional()],
        choices=_YES_OR_NO,
    )
    may_send_newsletter = RadioField(
        lazy_gettext("May we send you the newsletter?"), [Optional()], choices=_YES_OR_NO
    )
    represents = HiddenField()

    def permission(self, name: str) -> bool | None:
        """Give what was said about a permission, None when it was not asked."""
        said = self[name].data
        return None if said not in (YES, NO) else said == YES


def number(text: str | None) -> int | None:
    """Read the number of a choice; None for anything else."""
    is_number = bool(text) and text is not None and text.isascii() and text.isdigit()
    return int(text) if is_number and text and len(text) < 10 else None
