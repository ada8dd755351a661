"""The filters above the lists of the address book: GET forms, which change nothing."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from wtforms import Form, SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional

from eventsapp.core import drawing
from eventsapp.core.labels import Labelled
from eventsapp.core.language import label
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.places import municipality_names, region_names
from eventsapp.manage.forms.directory import number_or_none

Choices = list[SelectChoice]


def region_choices() -> Choices:
    """Give all regions, grouped by their scheme."""
    return [
        SelectChoice(str(number), name, optgroup=scheme) for number, name, scheme in region_names()
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
        self.region.choices = drawing.offer(region_names(), ("", gettext("All regions")))
        towns = municipality_names()
        self.municipality.choices = drawing.offer(towns, ("", gettext("All municipalities")))
        self.kind.choices = _kinds(OrganisationKind, gettext("All kinds"))

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
        self.role.choices = _kinds(RoleKind, gettext("All functions"))


class OrganisationFilter(PlaceFilter):
    """What narrows the list of organisations down."""

    ended = SelectField(lazy_gettext("Which ones"), choices=[], validate_choice=False)

    def offer(self) -> None:
        """Offer what can be chosen."""
        super().offer()
        self.ended.choices = drawing.offer(
            [], ("", gettext("Those that exist")), ("yes", gettext("Also those that ended"))
        )


def _kinds(kind: type[Labelled], every: str) -> drawing.Offer:
    return drawing.offer(((member.value, label(member)) for member in kind), ("", every))


def _text_of(field: SelectField) -> str:
    return next((str(one.label) for one in field.choices if one.value == str(field.data)), "")
