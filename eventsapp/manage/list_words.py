"""The words of a contact list on the screen: choices of its conditions, and their sentences.

`manage/lists.py` asks; the choices come from the address book in the reader's language.
"""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy import select

from eventsapp.contacts.models import ContactList
from eventsapp.core.db import db
from eventsapp.core.labels import Labelled
from eventsapp.core.language import current_language, label
from eventsapp.directory import places
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.models import Municipality, Network, Region, RegionScheme, Theme
from eventsapp.manage.condition_sentences import groups_of
from eventsapp.manage.forms.lists import Row, criteria_of, rows_from_criteria
from eventsapp.meetings.kinds import MeetingKind
from eventsapp.newsletters.models import Edition

Choice = tuple[str, str]


def choices_of(rows: list[Row], *, but: str = "") -> dict[str, list[Choice]]:
    """Give the choices of the fields that these rows show, but for one that is not asked for."""
    used = {name for row in rows for name in row.fields} - {but}
    choices: dict[str, list[Choice]] = {}
    if "region" in used:
        choices["region"] = [
            (str(one.id), f"{one.name} ({one.scheme.name})") for one in places.all_regions()
        ]
    if "municipality" in used:
        rows_ = db.session.execute(
            select(Municipality.id, Municipality.name).order_by(Municipality.name)
        )
        choices["municipality"] = [(str(one), name) for one, name in rows_]
    if "theme" in used:
        themes = db.session.scalars(select(Theme).order_by(Theme.position))
        choices["theme"] = [(str(one.id), one.name(current_language())) for one in themes]
    if "network" in used:
        networks = db.session.execute(
            select(Network.id, Network.name).where(~Network.is_confidential).order_by(Network.name)
        )
        choices["network"] = [(str(one), name) for one, name in networks]
    choices["meeting_kind"] = _words(MeetingKind)
    return choices | {
        "word-organisation_kind": _words(OrganisationKind),
        "word-role_kind": _words(RoleKind),
        "word-language": [("nl", gettext("Dutch")), ("en", gettext("English"))],
    }


def _words(kind: type[Labelled]) -> list[Choice]:
    return [(one.value, label(one)) for one in kind]


def sentences_of(kept: ContactList | Edition) -> list[list[str]]:
    """Read the conditions that are kept with something out as plain sentences, by group."""
    return sentences_of_rows(rows_from_criteria(kept.criteria))


def sentences_of_rows(rows: list[Row]) -> list[list[str]]:
    """Read rows out as plain sentences; none while one of them is not filled in."""
    choices = choices_of(rows, but="region")
    names = {field: dict(offered) for field, offered in choices.items()}
    if any(row.values.get("region") for row in rows):
        names["region"] = _region_names()
    return groups_of(criteria_of(rows), names)


def _region_names() -> dict[str, str]:
    """Name every region, with its division where one does not work by it; dissolved ones too."""
    statement = select(Region.id, Region.name, RegionScheme.name, RegionScheme.is_working)
    found = db.session.execute(statement.join(RegionScheme, RegionScheme.id == Region.scheme_id))
    return {
        str(number): name if is_working else f"{name} ({scheme})"
        for number, name, scheme, is_working in found
    }


def column_titles() -> list[str]:
    """Give the titles of the columns of an exported list."""
    return [
        gettext("Given name"),
        gettext("Prefix"),
        gettext("Family name"),
        gettext("E-mail address"),
        gettext("Telephone"),
        gettext("Function"),
        gettext("Organisation"),
        gettext("Municipality"),
        gettext("Language"),
    ]
