"""The forms of the address book: people, functions, organisations, networks.

They judge what a browser can send at all; the directory judges the rest, and its refusals are
shown beside the field by `faults.show_fault`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from eventsapp.core.language import label
from eventsapp.core.phones import show_phone
from eventsapp.directory.facts import (
    AddressFacts,
    OrganisationFacts,
    PersonFacts,
    RoleFacts,
)
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.models import Network, Organisation, Person
from eventsapp.directory.networks import NetworkFacts


def number_or_none(value: Any) -> int | None:
    """Read a choice that may be left open."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def kinds(kind: type[OrganisationKind] | type[RoleKind]) -> list[SelectChoice]:
    """Give a closed list as choices, in the reader's language."""
    return [SelectChoice(member.value, label(member)) for member in kind]


class AddressForm(PlainForm):  # type: ignore[misc]
    """One address of a person; an empty one is left out."""

    email = EmailField(lazy_gettext("E-mail address"), [Optional(), Length(max=254)])
    via = StringField(lazy_gettext("Via"), [Optional(), Length(max=120)])


class PersonForm(FlaskForm):  # type: ignore[misc]
    """All that is known of a person."""

    given_name = StringField(lazy_gettext("First name"), [Optional(), Length(max=100)])
    prefix = StringField(lazy_gettext("Prefix (van der)"), [Optional(), Length(max=40)])
    family_name = StringField(lazy_gettext("Family name"), [InputRequired(), Length(max=120)])
    addresses = FieldList(
        FormField(AddressForm), label=lazy_gettext("E-mail addresses"), max_entries=12
    )
    phone = TelField(lazy_gettext("Telephone"), [Optional(), Length(max=60)])
    municipality_id = SelectField(
        lazy_gettext("Own municipality"), [Optional()], coerce=number_or_none, choices=[]
    )
    salutation = StringField(lazy_gettext("Salutation"), [Optional(), Length(max=160)])
    language = SelectField(
        lazy_gettext("Language of mails"),
        choices=[
            SelectChoice("nl", lazy_gettext("Dutch")),
            SelectChoice("en", lazy_gettext("English")),
        ],
    )
    note = TextAreaField(lazy_gettext("Remark"), [Optional(), Length(max=20_000)])
    is_other = BooleanField(lazy_gettext("This is somebody else"))
    version = HiddenField()

    def show(self, person: Person) -> None:
        """Fill the form with what is known."""
        self.process(
            data={
                "given_name": person.given_name,
                "prefix": person.prefix,
                "family_name": person.family_name,
                "phone": show_phone(person.phone),
                "municipality_id": person.municipality_id,
                "salutation": person.salutation,
                "language": person.language,
                "note": person.note,
                "version": person.version,
                "addresses": [{"email": one.email, "via": one.via} for one in person.addresses],
            }
        )

    def add_empty_address(self) -> None:
        """See to one empty line for a further address."""
        entries = self.addresses.entries
        if len(entries) < 10 and (not entries or entries[-1].form.email.data):
            self.addresses.append_entry()

    def facts(self, person: Person | None = None) -> PersonFacts:
        """Give what was filled in; the outside number stays as it is."""
        return PersonFacts(
            given_name=self.given_name.data or "",
            prefix=self.prefix.data or "",
            family_name=self.family_name.data or "",
            salutation=self.salutation.data or "",
            language=self.language.data,
            phone=self.phone.data or "",
            municipality_id=self.municipality_id.data,
            note=self.note.data or "",
            external_id=person.external_id if person else None,
            addresses=tuple(
                AddressFacts(entry.form.email.data or "", entry.form.via.data or "")
                for entry in self.addresses.entries
            ),
        )


class RoleForm(FlaskForm):  # type: ignore[misc]
    """A function: what somebody does for an organisation, from when."""

    kind = SelectField(lazy_gettext("Function"), choices=[])
    title = StringField(lazy_gettext("In their own words"), [Optional(), Length(max=120)])
    valid_from = DateField(lazy_gettext("Since"), [InputRequired()])
    valid_until = DateField(lazy_gettext("Until"), [Optional()])
    is_contact = BooleanField(lazy_gettext("Gets the invitations for this organisation"))
    address_id = SelectField(
        lazy_gettext("Is written at"), [Optional()], coerce=number_or_none, choices=[]
    )

    def offer(self, person: Person) -> None:
        """Offer the functions there are, and the addresses of this person."""
        self.kind.choices = kinds(RoleKind)
        first = gettext("the first address")
        self.address_id.choices = [
            SelectChoice("", first),
            *(SelectChoice(str(one.id), one.email) for one in person.addresses),
        ]

    def facts(self) -> RoleFacts:
        """Give what was filled in."""
        return RoleFacts(
            kind=self.kind.data,
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            title=self.title.data or "",
            is_contact=self.is_contact.data,
            address_id=self.address_id.data,
        )


class EndForm(FlaskForm):  # type: ignore[misc]
    """The day on which something comes to an end."""

    on = DateField(lazy_gettext("First day on which it is over"), [InputRequired()])

    def begin(self, on: date) -> None:
        """Propose a day."""
        if not self.is_submitted():
            self.on.data = on


class EndOrganisationForm(EndForm):
    """The end of an organisation, and whether its people go on at the successor."""

    carry_over = BooleanField(
        lazy_gettext("The people go on in the same functions at the successor")
    )


class OrganisationForm(FlaskForm):  # type: ignore[misc]
    """All that is known of an organisation."""

    name = StringField(lazy_gettext("Name"), [InputRequired(), Length(max=200)])
    aliases = StringField(lazy_gettext("Other names"), [Optional(), Length(max=200)])
    kind = SelectField(lazy_gettext("Kind"), choices=[])
    municipality_id = SelectField(
        lazy_gettext("Municipality"), [Optional()], coerce=number_or_none, choices=[]
    )
    region_id = SelectField(
        lazy_gettext("Or a whole region"), [Optional()], coerce=number_or_none, choices=[]
    )
    email = EmailField(lazy_gettext("General mailbox"), [Optional(), Length(max=254)])
    phone = TelField(lazy_gettext("Telephone"), [Optional(), Length(max=60)])
    website = StringField(lazy_gettext("Website"), [Optional(), Length(max=290)])
    theme_ids = SelectMultipleField(
        lazy_gettext("Themes"),
        coerce=int,
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    note = TextAreaField(lazy_gettext("Remark"), [Optional(), Length(max=20_000)])
    version = HiddenField()

    def show(self, organisation: Organisation) -> None:
        """Fill the form with what is known."""
        self.process(
            data={
                **{
                    name: getattr(organisation, name)
                    for name in (
                        *("name", "aliases", "kind", "municipality_id", "region_id"),
                        *("email", "website", "note", "version"),
                    )
                },
                "phone": show_phone(organisation.phone),
                "theme_ids": [theme.id for theme in organisation.themes],
            }
        )

    def facts(self, organisation: Organisation | None = None) -> OrganisationFacts:
        """Give what was filled in; the outside number stays as it is."""
        return OrganisationFacts(
            name=self.name.data or "",
            kind=self.kind.data,
            municipality_id=self.municipality_id.data,
            region_id=self.region_id.data,
            aliases=self.aliases.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            website=self.website.data or "",
            note=self.note.data or "",
            external_id=organisation.external_id if organisation else None,
            theme_ids=tuple(self.theme_ids.data or ()),
        )


class NetworkForm(FlaskForm):  # type: ignore[misc]
    """A network: name, region, rhythm, who keeps it."""

    name = StringField(lazy_gettext("Name"), [InputRequired(), Length(max=200)])
    region_id = SelectField(lazy_gettext("Region"), [Optional()], coerce=number_or_none, choices=[])
    cadence_weeks = IntegerField(
        lazy_gettext("How often: every so many weeks"), [Optional(), NumberRange(1, 104)]
    )
    description = TextAreaField(lazy_gettext("What it is for"), [Optional(), Length(max=20_000)])
    organiser_person_id = SelectField(
        lazy_gettext("Organiser"), [Optional()], coerce=number_or_none, choices=[]
    )
    deputy_ids = SelectMultipleField(
        lazy_gettext("Deputies"),
        coerce=int,
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    is_confidential = BooleanField(lazy_gettext("Closed group"))
    version = HiddenField()

    def show(self, network: Network) -> None:
        """Fill the form with what is known."""
        names = ("name", "region_id", "cadence_weeks", "description", "organiser_person_id")
        self.process(
            data={
                **{name: getattr(network, name) for name in names},
                "is_confidential": network.is_confidential,
                "deputy_ids": [person.id for person in network.deputies],
                "version": network.version,
            }
        )

    def facts(self) -> NetworkFacts:
        """Give what was filled in."""
        return NetworkFacts(
            name=self.name.data or "",
            region_id=self.region_id.data,
            cadence_weeks=self.cadence_weeks.data,
            description=self.description.data or "",
            organiser_person_id=self.organiser_person_id.data,
            is_confidential=self.is_confidential.data,
            deputy_ids=tuple(self.deputy_ids.data or ()),
        )


class MailForm(FlaskForm):  # type: ignore[misc]
    """Whether somebody wants mail, and how we know."""

    wants = RadioField(
        lazy_gettext("Mail about meetings"),
        choices=[
            SelectChoice("yes", lazy_gettext("May be invited")),
            SelectChoice("no", lazy_gettext("Wants no invitations")),
        ],
    )
    wants_newsletter = RadioField(
        lazy_gettext("Newsletter"),
        choices=[
            SelectChoice("unknown", lazy_gettext("Not asked yet")),
            SelectChoice("yes", lazy_gettext("May be sent")),
            SelectChoice("no", lazy_gettext("Does not want it")),
        ],
    )
    how = SelectField(
        lazy_gettext("How do you know?"),
        choices=[
            SelectChoice("telephone", lazy_gettext("by telephone")),
            SelectChoice("mail", lazy_gettext("by mail")),
            SelectChoice("meeting", lazy_gettext("said at a meeting")),
            SelectChoice("letter", lazy_gettext("by letter")),
        ],
    )
    words = StringField(lazy_gettext("What was said"), [InputRequired(), Length(max=500)])
