"""The words of a contact list on the screen: choices of its conditions, and their sentences.

`manage/lists.py` asks; the choices come from the address book in the reader's language.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from eventsapp.contacts.models import ContactList
from eventsapp.core.db import db
from eventsapp.core.labels import Labelled
from eventsapp.core.language import current_language, label
from eventsapp.directory import places
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.models import Municipality, Network, Theme
from eventsapp.manage.forms.lists import Row, rows_from_criteria
from eventsapp.meetings.kinds import MeetingKind
from eventsapp.newsletters.models import Edition

Choice = tuple[str, str]


def choices_of(rows: list[Row]) -> dict[str, list[Choice]]:
    """Give the choices of the fields that these rows show."""
    used = {name for row in rows for name in row.fields}
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


def sentences_of(kept: ContactList | Edition) -> list[dict[str, Any]]:
    """Read the conditions that are kept with something out as short sentences."""
    rows = rows_from_criteria(kept.criteria)
    choices = choices_of(rows)
    sentences = []
    for row in rows:
        parts = []
        for name in row.fields:
            value = row.values.get(name)
            if value is None:
                continue
            options = dict(choices.get(name) or choices.get(f"word-{row.ask}", []))
            parts.append((name, options.get(value, value)))
        sentences.append({"row": row, "parts": parts})
    return sentences


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
