"""The forms about regions: a name, the advisors, and into which region one is dissolved."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from eventsapp.accounts.models import Account
from eventsapp.directory.models import Region
from eventsapp.directory.regions import LONGEST_NAME
from eventsapp.manage.forms.directory import number_or_none


class RegionForm(FlaskForm):  # type: ignore[misc]
    """The name of a region."""

    name = StringField(
        lazy_gettext("Name"),
        [InputRequired(lazy_gettext("Fill in a name.")), Length(max=LONGEST_NAME)],
    )
    version = HiddenField()


class AdvisorsForm(FlaskForm):  # type: ignore[misc]
    """Who are the advisors of a region; `seen` is who were when the page was opened."""

    person_ids = SelectMultipleField(
        lazy_gettext("Regional advisors"),
        coerce=int,
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    seen = HiddenField()

    def offer(self, accounts: list[Account]) -> None:
        """Offer who can be advisor of a region."""
        self.person_ids.choices = [
            SelectChoice(account.person_id, account.person.name) for account in accounts
        ]

    def show(self, person_ids: list[int]) -> None:
        """Fill the form with who are."""
        self.person_ids.data = person_ids
        self.seen.data = _joined(person_ids)

    def show_seen(self, person_ids: list[int]) -> None:
        """Let the form know who are now, and leave what was ticked."""
        self.seen.data = self.seen.raw_data = _joined(person_ids)

    def were(self) -> set[int]:
        """Give who were when the page was opened."""
        numbers = map(number_or_none, str(self.seen.data or "").split(","))
        return {number for number in numbers if number is not None}


class DissolveForm(FlaskForm):  # type: ignore[misc]
    """Which region takes over; and that one has read what happens."""

    successor = SelectField(
        lazy_gettext("Which region takes over?"), [Optional()], coerce=number_or_none
    )
    has_read = BooleanField(
        lazy_gettext("I have read what changes"),
        [InputRequired(lazy_gettext("Tick that you have read what changes."))],
    )
    version = HiddenField()

    def offer(self, regions: list[Region], needs_one: bool) -> None:
        """Offer the other regions of the division; none only where nothing would be lost."""
        first = gettext("Choose a region") if needs_one else gettext("no region")
        self.successor.choices = [
            SelectChoice("", first),
            *(SelectChoice(str(region.id), region.name) for region in regions),
        ]


def _joined(numbers: list[int]) -> str:
    return ",".join(map(str, sorted(numbers)))
