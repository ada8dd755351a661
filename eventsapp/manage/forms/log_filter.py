"""What the log is narrowed down to; a GET form, in which anything may stand."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, Form, SelectChoice, SelectField
from wtforms.validators import Optional

from eventsapp.accounts.models import Account
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.log_words import KINDS


class LogFilter(Form):  # type: ignore[misc]
    """Who, which kind of act, and when."""

    who = SelectField(lazy_gettext("Who"), coerce=number_or_none, choices=[], validate_choice=False)
    kind = SelectField(lazy_gettext("What"), choices=[], validate_choice=False)
    since = DateField(lazy_gettext("From"), [Optional()])
    until = DateField(lazy_gettext("Up to and including"), [Optional()])

    def offer(self, colleagues: list[Account]) -> None:
        """Offer what can be chosen; dates that no calendar holds drop out."""
        self.who.choices = [
            SelectChoice("", gettext("Everybody")),
            *(SelectChoice(str(one.person_id), one.person.name) for one in colleagues),
        ]
        self.kind.choices = [
            SelectChoice("", gettext("Everything")),
            *(SelectChoice(name, gettext(text)) for name, (text, _) in KINDS.items()),
        ]
        for field in (self.since, self.until):
            if field.data is not None and not 2000 <= field.data.year <= 2200:  # noqa: PLR2004
                field.data = None

    @property
    def active(self) -> int:
        """Tell how many filters hold."""
        values: list[object | date] = [
            self.who.data, self.kind.data in KINDS, self.since.data, self.until.data
        ]  # fmt: skip
        return sum(1 for value in values if value)
