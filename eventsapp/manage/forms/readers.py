"""The filters above the lists of readers: GET forms, which change nothing."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext, lazy_gettext
from wtforms import Form, SelectField, StringField
from wtforms.validators import Length, Optional

from eventsapp.contacts.subscriber_choice import ReaderState, Wanted
from eventsapp.contacts.subscriber_figures import Reached
from eventsapp.core import drawing
from eventsapp.core.dates import now
from eventsapp.core.language import current_language, label
from eventsapp.directory import places
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.filters import known
from eventsapp.manage.reader_words import KINDS, kind_name

EVERYBODY = "all"
PERIODS = (30, 90, 365)


class ReadersFilter(Form):  # type: ignore[misc]
    """What narrows the list of readers down."""

    q = StringField(lazy_gettext("Name or address"), [Optional(), Length(max=200)])
    state = SelectField(lazy_gettext("Which ones"), choices=[], validate_choice=False)
    kind = SelectField(lazy_gettext("Kind of reader"), choices=[], validate_choice=False)
    region = SelectField(
        lazy_gettext("Reads about region"),
        coerce=number_or_none,
        choices=[],
        validate_choice=False,
    )
    municipality = SelectField(
        lazy_gettext("Municipality"), coerce=number_or_none, choices=[], validate_choice=False
    )
    theme = SelectField(
        lazy_gettext("Reads about theme"), coerce=number_or_none, choices=[], validate_choice=False
    )
    language = SelectField(lazy_gettext("Language"), choices=[], validate_choice=False)
    days = SelectField(
        lazy_gettext("Came or left"), coerce=number_or_none, choices=[], validate_choice=False
    )

    def wanted(self) -> Wanted:
        """Give what was chosen; what is on no list is left out."""
        state = self.state.data
        days = self.days.data if self.days.data in PERIODS else None
        return Wanted(
            text=(self.q.data or "")[:200],
            state=None if state == EVERYBODY else _state(state),
            kind=self.kind.data if self.kind.data in KINDS else "",
            region_id=self.region.data,
            municipality_id=self.municipality.data,
            theme_id=self.theme.data,
            language=self.language.data if self.language.data in ("nl", "en") else "",
            since=now() - timedelta(days=days) if days else None,
        )

    def offer(self) -> None:
        """Offer what can be chosen."""
        self.state.choices = drawing.offer(
            ((one.value, label(one)) for one in (ReaderState.PAUSED, ReaderState.LEFT)),
            ("", label(ReaderState.READS)),
            (EVERYBODY, gettext("All of them")),
        )
        self.kind.choices = drawing.offer(
            ((one, kind_name(one)) for one in KINDS), ("", gettext("All kinds"))
        )
        regions = places.working_region_names()
        self.region.choices = drawing.offer(regions, ("", gettext("All regions")))
        towns = places.municipality_names()
        self.municipality.choices = drawing.offer(towns, ("", gettext("All municipalities")))
        themes = [(one.id, one.name(current_language())) for one in places.themes()]
        self.theme.choices = drawing.offer(themes, ("", gettext("All themes")))
        self.language.choices = drawing.offer(
            [], ("", gettext("All languages")), ("nl", gettext("Dutch")), ("en", gettext("English"))
        )
        periods = ((days, gettext("in the last %(days)s days", days=days)) for days in PERIODS)
        self.days.choices = drawing.offer(periods, ("", gettext("whenever")))

    def chosen(self) -> list[tuple[str, str]]:
        """Give the chosen filters as text with the name in the address, for the chips."""
        return [
            (text, field.name)
            for field in self
            if isinstance(field, SelectField) and field.data and (text := _text_of(field))
        ]


class TownsFilter(Form):  # type: ignore[misc]
    """What narrows the list of municipalities down."""

    reached = SelectField(lazy_gettext("Which ones"), choices=[], validate_choice=False)
    region = SelectField(
        lazy_gettext("Region"), coerce=number_or_none, choices=[], validate_choice=False
    )

    def offer(self) -> None:
        """Offer what can be chosen."""
        self.reached.choices = drawing.offer(
            ((one.value, label(one)) for one in Reached), ("", gettext("All municipalities"))
        )
        regions = places.working_region_names()
        self.region.choices = drawing.offer(regions, ("", gettext("All regions")))

    def chosen(self) -> list[tuple[str, str]]:
        """Give the chosen filters as text with the name in the address, for the chips."""
        return [(text, field.name) for field in self if field.data and (text := _text_of(field))]

    def shows(self) -> str:
        """Give which municipalities are shown, "" for all."""
        return known(self.reached.data, Reached)


def _state(value: str | None) -> ReaderState:
    return ReaderState(value) if value in set(ReaderState) else ReaderState.READS


def _text_of(field: SelectField) -> str:
    return next((str(one.label) for one in field.choices if one.value == str(field.data)), "")
