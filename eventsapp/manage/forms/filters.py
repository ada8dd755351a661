"""The filters above the lists of the address book: GET forms, which change nothing."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from wtforms import Form, SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional

from eventsapp.core.labels import Labelled
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.places import all_regions, municipality_names
from eventsapp.manage.forms.directory import kinds, number_or_none

Choices = list[SelectChoice]


def region_choices() -> Choices:
    """Give all regions, grouped by their scheme."""
    return [
        SelectChoice(str(region.id), region.name, optgroup=region.scheme.name)
        for region in all_regions()
    ]


def municipality_choices() -> Choices:
    """Give the municipalities that exist today."""
    return [SelectChoice(str(number), name) for number, name in municipality_names()]


def known(value: str | None, kind: type[Labelled]) -> str:
    """Give a word of a closed list as the address had it, "" for any other."""
    return value if value and value in set(kind) else ""


class PlaceFilter(Form):  # type: ignore[misc]
    """Words, a region and a municipality."""

    q = StringField(lazy_gettext("Name or address"), [Optional(), Length(max=200)])
    region = SelectField(
        lazy_gettext("Region"), coerce=number_or_none, choices=[], validate_choice=False
    )
    municipality = SelectField(
        lazy_gettext("Municipality"), coerce=number_or_none, choices=[], validate_choice=False
    )
    kind = SelectField(lazy_gettext("Kind of organisation"), choices=[], validate_choice=False)

    def offer(self) -> None:
        """Offer what can be chosen."""
        self.region.choices = [SelectChoice("", gettext("All regions")), *region_choices()]
        self.municipality.choices = [
            SelectChoice("", gettext("All municipalities")),
            *municipality_choices(),
        ]
        self.kind.choices = [SelectChoice("", gettext("All kinds")), *kinds(OrganisationKind)]

    def chosen(self) -> list[tuple[str, str]]:
        """Give the chosen filters as text with the name in the address, for the chips."""
        return [
            (text, field.name)
            for field in self
            if isinstance(field, SelectField) and field.data and (text := _text_of(field))
        ]


class PeopleFilter(PlaceFilter):
    """What narrows the list of people down."""

    role = SelectField(lazy_gettext("Function"), choices=[], validate_choice=False)

    def offer(self) -> None:
        """Offer what can be chosen."""
        super().offer()
        self.role.choices = [SelectChoice("", gettext("All functions")), *kinds(RoleKind)]


class OrganisationFilter(PlaceFilter):
    """What narrows the list of organisations down."""

    ended = SelectField(lazy_gettext("Which ones"), choices=[], validate_choice=False)

    def offer(self) -> None:
        """Offer what can be chosen."""
        super().offer()
        self.ended.choices = [
            SelectChoice("", gettext("Those that exist")),
            SelectChoice("yes", gettext("Also those that ended")),
        ]


def _text_of(field: SelectField) -> str:
    return next((str(one.label) for one in field.choices if one.value == str(field.data)), "")
