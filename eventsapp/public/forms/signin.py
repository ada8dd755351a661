"""Forms to sign in and to choose a password anew."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired, InputRequired, Length

from eventsapp.core.text import one_line


def _one_line(text: str | None) -> str | None:
    return one_line(text, 1000) if text else text


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Address and password."""

    email = EmailField(
        lazy_gettext("E-mail address"),
        filters=[_one_line],
        validators=[
            DataRequired(lazy_gettext("Fill in your e-mail address.")),
            Length(max=254, message=lazy_gettext("This is too long for an e-mail address.")),
        ],
    )
    password = PasswordField(
        lazy_gettext("Password"),
        validators=[
            InputRequired(lazy_gettext("Fill in your password.")),
            Length(max=1000, message=lazy_gettext("This is too long for a password.")),
        ],
    )


class ForgottenForm(FlaskForm):  # type: ignore[misc]
    """The address to which a link is mailed."""

    email = EmailField(
        lazy_gettext("E-mail address"),
        filters=[_one_line],
        validators=[
            DataRequired(lazy_gettext("Fill in your e-mail address.")),
            Length(max=254, message=lazy_gettext("This is too long for an e-mail address.")),
        ],
    )


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password. The token in the address is the secret, so no session CSRF."""

    class Meta:
        """Without session CSRF."""

        csrf = False

    password = PasswordField(
        lazy_gettext("New password"),
        validators=[InputRequired(lazy_gettext("Fill in a new password."))],
    )
