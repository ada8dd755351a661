"""The forms of requests to be erased: one that was told, agreeing, refusing, taking more time."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from eventsapp.core.language import label
from eventsapp.core.text import without_controls
from eventsapp.privacy.erasure_requests import LONGEST, TOLD
from eventsapp.privacy.kinds import Refusal


def _words_to_person(question: Any, **more: Any) -> Any:
    """Make the field for what the person is told, in words of one's own."""
    too_long = lazy_gettext("This is too long: at most %(most)s characters.", most=LONGEST)
    return TextAreaField(
        question,
        [Length(max=LONGEST, message=too_long)],
        filters=[lambda text: without_controls(text or "")],
        **more,
    )


class EnterForm(FlaskForm):  # type: ignore[misc]
    """How and when somebody asked us."""

    how = SelectField(lazy_gettext("How did they ask?"), validate_choice=False)
    asked_on = DateField(
        lazy_gettext("On which day?"), [InputRequired(lazy_gettext("Fill in a day."))]
    )

    def offer(self) -> None:
        """Say how one may ask."""
        self.how.choices = [SelectChoice(one.value, label(one)) for one in TOLD]


class AgreeForm(FlaskForm):  # type: ignore[misc]
    """The tick before the press that cannot be undone for long.

    The page holds another form with the token; the template writes it here by itself.
    """

    class Meta:
        """No second field of the same name on the page: the application checks the token."""

        csrf = False

    has_read = BooleanField(
        lazy_gettext("I have read what is erased and what stays"),
        [InputRequired(lazy_gettext("Tick that you have read it."))],
    )


class ExtendForm(FlaskForm):  # type: ignore[misc]
    """Why the answer takes longer; the person reads it."""

    class Meta:
        """No second field of the same name on the page: the application checks the token."""

        csrf = False

    words = _words_to_person(lazy_gettext("Why do you need more time?"), id="delay")


class RefuseForm(FlaskForm):  # type: ignore[misc]
    """Why a request is refused; the person reads it."""

    reason = RadioField(lazy_gettext("Why?"), validate_choice=False)
    words = _words_to_person(lazy_gettext("Explain it to the person"))

    def offer(self) -> None:
        """Say which reasons there are."""
        self.reason.choices = [SelectChoice(one.value, label(one)) for one in Refusal]
