"""The form of a contact list: its name, and rows of conditions that read as a sentence.

Rows live in the form as `c-0-ask`, `c-0-region` and so on, so that adding and removing one works
without JavaScript and nothing that was typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from eventsapp.contacts.rules import FIELDS, MOST_CONDITIONS, Ask


class ListForm(FlaskForm):  # type: ignore[misc]
    """Name, note and region of a contact list; the conditions stand beside it as `Row`s."""

    name = StringField(lazy_gettext("Name of the list"), [InputRequired(), Length(max=160)])
    note = TextAreaField(lazy_gettext("What this list is for"), [Optional(), Length(max=2000)])
    region_id = SelectField(lazy_gettext("Region"), [Optional()])
    version = HiddenField()


@dataclass
class Row:
    """One condition while it is being edited; values as they were typed."""

    ask: str
    is_or: bool = False
    is_not: bool = False
    values: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> list[str]:
        """Name the fields that this condition shows, in the order of the sentence."""
        used = FIELDS[Ask(self.ask)]
        return [name for name in ORDER if name in used]

    @property
    def label(self) -> str:
        """Give the untranslated sentence of the condition."""
        return Ask(self.ask).label


ORDER = (
    "at_least",
    "months",
    "word",
    "region",
    "municipality",
    "network",
    "theme",
    "meeting_kind",
    "since",
    "until",
)


def rows_from_form(data: Mapping[str, str]) -> list[Row]:
    """Read the rows that a form or an address carries, in their order."""
    known = {ask.value for ask in Ask}
    rows = []
    for index in range(MOST_CONDITIONS):
        ask = data.get(f"c-{index}-ask", "")
        if ask not in known:
            continue
        values = {
            name: data[f"c-{index}-{name}"][:80] for name in ORDER if data.get(f"c-{index}-{name}")
        }
        rows.append(
            Row(
                ask=ask,
                is_or=data.get(f"c-{index}-join") == "or",
                is_not=data.get(f"c-{index}-not") == "1",
                values=values,
            )
        )
    return rows


def rows_from_criteria(criteria: Mapping[str, Any]) -> list[Row]:
    """Spread kept criteria over rows: the rows of a group after its first are joined by "or"."""
    rows = []
    for entry in criteria.get("all", []):
        for position, leaf in enumerate(entry.get("any", [entry])):
            values = {name: str(leaf[name]) for name in ORDER if leaf.get(name) is not None}
            rows.append(
                Row(
                    ask=leaf["kind"],
                    is_or=position > 0,
                    is_not=bool(leaf.get("not")),
                    values=values,
                )
            )
    return rows


def criteria_of(rows: list[Row]) -> dict[str, Any]:
    """Make criteria of rows: each "and" begins a group, each "or" joins the one before."""
    groups: list[list[dict[str, Any]]] = []
    for row in rows:
        leaf: dict[str, Any] = {"kind": row.ask, **row.values}
        if row.is_not:
            leaf["not"] = True
        if row.is_or and groups:
            groups[-1].append(leaf)
        else:
            groups.append([leaf])
    return {"all": [group[0] if len(group) == 1 else {"any": group} for group in groups]}
