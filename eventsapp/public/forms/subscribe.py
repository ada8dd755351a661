"""What a reader of the newsletter fills in: to subscribe, to choose, to get a link by mail.

The address that is typed gets a mail, and the own page has its token: so these forms need no
session, and a page that stood open for a day can still be sent.
"""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from eventsapp.contacts.models import Subscription
from eventsapp.contacts.reader_kinds import LeaveReason, Pause, ReaderKind
from eventsapp.contacts.subscriptions import Choices
from eventsapp.core.language import current_language, label
from eventsapp.directory.places import municipality_names, themes, working_region_names
from eventsapp.public.forms.faults import at_most, plain
from eventsapp.public.forms.meetings import LANGUAGES
from eventsapp.public.forms.rsvp import TokenForm


def _number(value: object) -> int | None:
    """Read the number of a choice; whatever is none is no choice."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class ChoicesForm(TokenForm):
    """What a reader chooses; all of it may be left open."""

    reader_kind = SelectField(
        lazy_gettext("What describes you best?"), [Optional()], validate_choice=False
    )
    municipality_id = SelectField(
        lazy_gettext("In which municipality do you live or work?"),
        [Optional()],
        coerce=_number,
        validate_choice=False,
    )
    region_ids = SelectMultipleField(
        lazy_gettext("About which regions do you want to read?"),
        coerce=_number,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    theme_ids = SelectMultipleField(
        lazy_gettext("About which themes do you want to read?"),
        coerce=_number,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    language = SelectField(
        lazy_gettext("In which language shall we write to you?"), choices=LANGUAGES
    )
    wants_text = BooleanField(lazy_gettext("Send me text only, without pictures"))

    def offer(self) -> None:
        """Fill in what can be chosen; asks the database."""
        nothing = SelectChoice("", gettext("I do not choose"))
        self.reader_kind.choices = [
            nothing, *(SelectChoice(kind.value, label(kind)) for kind in ReaderKind)
        ]  # fmt: skip
        self.municipality_id.choices = [
            nothing, *(SelectChoice(number, name) for number, name in municipality_names())
        ]  # fmt: skip
        self.region_ids.choices = [
            SelectChoice(number, name) for number, name in working_region_names()
        ]
        words = current_language()
        self.theme_ids.choices = [SelectChoice(one.id, one.name(words)) for one in themes()]

    def chosen(self) -> Choices:
        """Give what was chosen; a number that makes no sense is none."""
        return Choices(
            reader_kind=self.reader_kind.data or "",
            municipality_id=self.municipality_id.data or None,
            region_ids=frozenset(one for one in self.region_ids.data or () if one),
            theme_ids=frozenset(one for one in self.theme_ids.data or () if one),
            language=self.language.data,
            wants_text=bool(self.wants_text.data),
        )


class SubscribeForm(ChoicesForm):
    """An address is enough. `website` is a trap: people don't see it, programs fill it."""

    email = StringField(
        lazy_gettext("Your e-mail address"),
        [InputRequired(lazy_gettext("Fill in an e-mail address.")), at_most(254)],
        filters=[plain],
    )
    name = StringField(lazy_gettext("Your name"), [Optional(), at_most(160)], filters=[plain])
    website = StringField(lazy_gettext("Leave this empty"), [Optional(), Length(max=10_000)])


class ReaderForm(ChoicesForm):
    """The choices on one's own page, with the version that they were shown in."""

    version = IntegerField(widget=HiddenInput())


class LinkForm(TokenForm):
    """Which address wants its own link once more."""

    email = StringField(
        lazy_gettext("Your e-mail address"),
        [InputRequired(lazy_gettext("Fill in an e-mail address.")), at_most(254)],
        filters=[plain],
    )
    website = StringField(lazy_gettext("Leave this empty"), [Optional(), Length(max=10_000)])


class PauseForm(TokenForm):
    """For how long no newsletter is to come."""

    months = RadioField(lazy_gettext("For how long?"), validate_choice=False)

    def offer(self) -> None:
        """Fill in what can be chosen."""
        self.months.choices = [SelectChoice(one.value, label(one)) for one in Pause]


class ReasonForm(TokenForm):
    """Why somebody left; told afterwards by who likes to."""

    reason = RadioField(lazy_gettext("Why did you leave?"), validate_choice=False)

    def offer(self) -> None:
        """Fill in what can be chosen."""
        self.reason.choices = [SelectChoice(one.value, label(one)) for one in LeaveReason]


def reader_form(subscription: Subscription) -> ReaderForm:
    """Make the form with what a reader chose."""
    person = subscription.person
    form = ReaderForm(
        formdata=None,
        reader_kind=subscription.reader_kind,
        municipality_id=person.municipality_id,
        region_ids=[one.id for one in subscription.regions],
        theme_ids=[one.id for one in subscription.themes],
        language=person.language,
        wants_text=subscription.wants_text,
        version=subscription.version,
    )
    form.offer()
    return form
