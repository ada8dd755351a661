"""The form that settles "I no longer do this, ask …". `manage/notices.py` uses it."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    EmailField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from eventsapp.core.language import label
from eventsapp.core.text import without_controls
from eventsapp.directory.kinds import RoleKind
from eventsapp.directory.models import Role
from eventsapp.invitations.handover import Successor

SOMEBODY, NOBODY = "somebody", "nobody"


def plain(text: str | None) -> str:
    """Drop the characters that no page can show, as soon as they come in."""
    return without_controls(text or "")


def _at_most(characters: int) -> Length:
    message = lazy_gettext("This is too long: at most %(most)s characters.", most=characters)
    return Length(max=characters, message=message)


class HandOverForm(FlaskForm):  # type: ignore[misc]
    """Which functions end, on which day, and who does them now."""

    roles = SelectMultipleField(
        lazy_gettext("Which functions end?"),
        coerce=int,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    on = DateField(lazy_gettext("From which day?"), [InputRequired(lazy_gettext("Fill in a day."))])
    who = RadioField(
        lazy_gettext("Who does it now?"),
        choices=[
            SelectChoice(SOMEBODY, lazy_gettext("The person below")),
            SelectChoice(NOBODY, lazy_gettext("Nobody yet, or unknown")),
        ],
        default=SOMEBODY,
    )
    name = StringField(lazy_gettext("Name"), [Optional(), _at_most(160)], filters=[plain])
    email = EmailField(lazy_gettext("E-mail address"), [Optional(), _at_most(254)], filters=[plain])
    phone = TelField(lazy_gettext("Telephone"), [Optional(), _at_most(60)], filters=[plain])

    def offer(self, roles: Iterable[Role]) -> None:
        """Say which functions there are."""
        self.roles.choices = [
            SelectChoice(one.id, f"{label(RoleKind(one.kind))}, {one.organisation.name}")
            for one in roles
        ]

    def successor(self) -> Successor | None:
        """Give who does it now, None for nobody."""
        if self.who.data == NOBODY:
            return None
        return Successor(
            name=(self.name.data or "").strip(),
            email=(self.email.data or "").strip(),
            phone=(self.phone.data or "").strip(),
        )
