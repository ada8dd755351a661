"""The forms about colleagues and one's own account."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from eventsapp.accounts.advisors import LEVELS, ColleagueFacts, OwnFacts
from eventsapp.accounts.models import Account
from eventsapp.core.actor import Level
from eventsapp.core.language import label
from eventsapp.core.phones import show_phone
from eventsapp.directory.places import working_regions
from eventsapp.manage.forms.directory import number_or_none

TOO_LONG = lazy_gettext("This is too long.")


class OwnForm(FlaskForm):  # type: ignore[misc]
    """What colleagues tell of themselves."""

    given_name = StringField(lazy_gettext("First name"), [Optional(), Length(max=100)])
    prefix = StringField(lazy_gettext("Prefix (van der)"), [Optional(), Length(max=40)])
    family_name = StringField(
        lazy_gettext("Family name"),
        [InputRequired(lazy_gettext("Fill in a name.")), Length(max=120)],
    )
    phone = TelField(lazy_gettext("Telephone"), [Optional(), Length(max=60)])
    language = SelectField(
        lazy_gettext("Language of pages and mails"),
        choices=[
            SelectChoice("nl", lazy_gettext("Dutch")),
            SelectChoice("en", lazy_gettext("English")),
        ],
    )
    version = HiddenField()

    def show(self, account: Account) -> None:
        """Fill the form with what is known."""
        self.process(data=self.known(account))

    def known(self, account: Account) -> dict[str, object]:
        """Give what is known of a colleague by field."""
        person = account.person
        return {
            "given_name": person.given_name,
            "prefix": person.prefix,
            "family_name": person.family_name,
            "phone": show_phone(person.phone),
            "language": person.language,
            "version": person.version,
        }

    def own(self) -> OwnFacts:
        """Give what was filled in."""
        return OwnFacts(
            given_name=self.given_name.data or "",
            prefix=self.prefix.data or "",
            family_name=self.family_name.data or "",
            phone=self.phone.data or "",
            language=self.language.data or "nl",
        )


class ColleagueForm(OwnForm):
    """What a coordinator fills in of a colleague."""

    email = EmailField(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Fill in an e-mail address.")), Length(max=254)],
    )
    level = RadioField(lazy_gettext("Kind of account"), choices=[])
    region_ids = SelectMultipleField(
        lazy_gettext("Regions"),
        coerce=int,
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self) -> None:
        """Offer the levels and the working regions."""
        self.level.choices = [SelectChoice(level.value, label(level)) for level in LEVELS]
        self.region_ids.choices = [
            SelectChoice(region.id, region.name) for region in working_regions()
        ]

    def show_colleague(self, account: Account, region_ids: set[int]) -> None:
        """Fill the form with what is known, regions included."""
        known = self.known(account)
        known |= {"email": account.email, "level": account.level, "region_ids": region_ids}
        self.process(data=known)
        self.offer()

    def facts(self) -> ColleagueFacts:
        """Give what was filled in."""
        return ColleagueFacts(
            own=self.own(),
            email=self.email.data or "",
            level=Level(self.level.data),
            region_ids=frozenset(self.region_ids.data or ()),
        )


class HandOverForm(FlaskForm):  # type: ignore[misc]
    """To whom meetings and networks go."""

    to = SelectField(
        lazy_gettext("To whom"),
        [DataRequired(lazy_gettext("Choose a colleague."))],
        coerce=number_or_none,
    )

    def offer(self, colleagues: list[Account], without: int) -> None:
        """Offer all who can hold a meeting, but for who hands over."""
        able = (Level.ADVISOR.value, Level.COORDINATOR.value)
        self.to.choices = [
            SelectChoice("", gettext("Choose a colleague")),
            *(
                SelectChoice(str(one.person_id), one.person.name)
                for one in colleagues
                if one.person_id != without and one.level in able
            ),
        ]


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The present password and a new one; typed once, since the manager of a browser shows it."""

    present = PasswordField(
        lazy_gettext("Present password"),
        [InputRequired(lazy_gettext("Fill in your password.")), Length(max=1000, message=TOO_LONG)],
    )
    password = PasswordField(
        lazy_gettext("New password"),
        [InputRequired(lazy_gettext("Fill in a new password.")), Length(max=1000)],
    )
