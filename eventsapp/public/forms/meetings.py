"""What a visitor fills in to come to a public meeting. For `public/meetings.py`."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from eventsapp.public.forms.faults import Blamed, at_most, plain

LANGUAGES = [SelectChoice("nl", "Nederlands"), SelectChoice("en", "English")]


class SignUpForm(Blamed, FlaskForm):  # type: ignore[misc]
    """Name and address are enough. `website` is a trap: people don't see it, programs fill it."""

    name = StringField(
        lazy_gettext("Your name"),
        [InputRequired(lazy_gettext("Fill in your name.")), at_most(160)],
        filters=[plain],
    )
    email = StringField(
        lazy_gettext("Your e-mail address"),
        [InputRequired(lazy_gettext("Fill in an e-mail address.")), at_most(254)],
        filters=[plain],
    )
    organisation = StringField(
        lazy_gettext("For which organisation do you come?"),
        [Optional(), at_most(200)],
        filters=[plain],
    )
    language = SelectField(
        lazy_gettext("In which language shall we write to you?"), choices=LANGUAGES
    )
    website = StringField(lazy_gettext("Leave this empty"), [Optional(), Length(max=10_000)])
