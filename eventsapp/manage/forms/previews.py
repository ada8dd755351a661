"""The forms of the preview: as which reader one looks (GET, changes nothing), and a test mail."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Form, SelectField, StringField

from eventsapp.core.language import LANGUAGES, current_language
from eventsapp.directory.places import themes, working_region_names
from eventsapp.newsletters.blocks import Reader

EVERYTHING, NO_REGION = "", "none"
VIEWS = ("desktop", "phone", "dark", "text")


class ReaderForm(Form):  # type: ignore[misc]
    """A region, a theme and a language: what decides which blocks somebody gets."""

    region = SelectField(lazy_gettext("Region of the reader"), choices=[], validate_choice=False)
    theme = SelectField(lazy_gettext("Theme"), choices=[], validate_choice=False)
    language = SelectField(lazy_gettext("Language"), choices=[], validate_choice=False)

    def offer(self, language: str) -> None:
        """Offer what can be chosen; without a choice the language is that of the newsletter."""
        self.region.choices = [
            (EVERYTHING, gettext("Everything that stands in it")),
            (NO_REGION, gettext("A reader without a region")),
            *((str(number), name) for number, name in working_region_names()),
        ]
        self.theme.choices = [
            ("", gettext("All themes")),
            *((str(theme.id), theme.name(current_language())) for theme in themes()),
        ]
        self.language.choices = [("nl", gettext("Dutch")), ("en", gettext("English"))]
        for field, default in ((self.region, ""), (self.theme, ""), (self.language, language)):
            if field.data not in dict(field.choices):
                field.data = default

    @property
    def spoken(self) -> str:
        """Give the language that was chosen."""
        return self.language.data if self.language.data in LANGUAGES else "nl"

    def reader(self) -> Reader | None:
        """Give the sort of reader that was chosen; None for all that stands in the edition."""
        if self.region.data == EVERYTHING and not self.theme.data:
            return None
        region = self.region.data
        return Reader(
            regions=frozenset({int(region)}) if region.isdigit() else frozenset(),
            themes=frozenset({int(self.theme.data)}) if self.theme.data else frozenset(),
            language=self.spoken,
        )

    def chosen(self) -> dict[str, Any]:
        """Give what was chosen, for links that keep it."""
        return {
            name: value
            for name, value in (
                ("region", self.region.data),
                ("theme", self.theme.data),
                ("language", self.language.data),
            )
            if value
        }


class TrialForm(FlaskForm):  # type: ignore[misc]
    """To which addresses a test mail goes; they are judged by `newsletters/trial.py`."""

    addresses = StringField(
        lazy_gettext("To which addresses?"),
        description=lazy_gettext("Five at most, with a comma between them."),
    )
    wants_text = BooleanField(
        lazy_gettext("As text only"),
        description=lazy_gettext("As readers get it who chose mail without pictures and colours."),
    )
