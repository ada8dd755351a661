"""The forms of inviting: whom to choose, as the address says it, and the opening lines of the mail.

`manage/invitations.py` uses them. An address may hold anything: what can't be read is left out.
"""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form, RadioField, SearchField, SelectField, StringField, TextAreaField

from eventsapp.directory.kinds import OrganisationKind, RoleKind

ORGANISATIONS, PEOPLE = "organisations", "people"

Choices = list[tuple[str, str]]


class AudienceForm(Form):  # type: ignore[misc]
    """Whom to look for; every field narrows it down further."""

    what = RadioField(lazy_gettext("Whom do you invite?"), default=ORGANISATIONS)
    region = SelectField(lazy_gettext("Region"))
    municipality = StringField(lazy_gettext("Municipality"))
    kind = SelectField(lazy_gettext("Kind of organisation"))
    role = SelectField(lazy_gettext("Function"))
    theme = SelectField(lazy_gettext("Theme of the organisation"))
    network = SelectField(lazy_gettext("Network"))
    came = SelectField(lazy_gettext("Came before"))
    contact_list = SelectField(lazy_gettext("Contact list"), name="list")
    find = SearchField(lazy_gettext("Search by name"))

    def __init__(
        self,
        args: MultiDict[str, str],
        *,
        regions: Choices,
        themes: Choices,
        networks: Choices,
        lists: Choices,
    ) -> None:
        super().__init__(args)
        anything = ("", gettext("Makes no difference"))
        self.what.choices = [
            (ORGANISATIONS, gettext("Organisations, through their contact person")),
            (PEOPLE, gettext("People")),
        ]
        self.region.choices = [anything, *regions]
        self.theme.choices = [anything, *themes]
        self.network.choices = [anything, *networks]
        self.contact_list.choices = [anything, *lists]
        self.kind.choices = [anything, *((k.value, gettext(k.label)) for k in OrganisationKind)]
        self.role.choices = [anything, *((k.value, gettext(k.label)) for k in RoleKind)]
        self.came.choices = [
            anything,
            ("6", gettext("in the last half year")),
            ("12", gettext("in the last year")),
            ("24", gettext("in the last two years")),
        ]
        for field in self:
            known = getattr(field, "choices", None)
            if known and field.data not in [value for value, _ in known]:
                field.data = known[0][0]

    def is_narrowed(self) -> bool:
        """Tell whether anything but organisations or people was asked for."""
        return any(field.data for field in self if field.name not in ("what", "find"))


class SendForm(FlaskForm):  # type: ignore[misc]
    """The last look before invitations go out."""

    opening = TextAreaField(
        lazy_gettext("Opening lines of the mail"),
        description=lazy_gettext("Stands under the greeting. Empty: a friendly standard sentence."),
        render_kw={"rows": 5, "maxlength": 2000},
    )
