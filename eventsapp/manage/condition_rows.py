"""The rows of a form of conditions: one more, one less, and what is wrong with one in words."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from eventsapp.contacts import rules
from eventsapp.core.errors import InputError
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.lists import Row


def changes_rows(rows: list[Row]) -> bool:
    """Apply an "add", "remove" or "count" button; tell whether one was pressed."""
    act = request.form.get("act", "")
    if act == "add" and request.form.get("ask", "") in set(rules.Ask):
        rows.append(Row(request.form["ask"]))
    elif act.startswith("remove-"):
        position = number_or_none(act.removeprefix("remove-"))
        if position is not None and position < len(rows):
            del rows[position]
    return act in ("add", "count") or act.startswith("remove-")


def sentence_of_condition(fault: InputError) -> str:
    """Write a refusal; what a condition asks is a text of its own."""
    values = {
        name: gettext(str(value)) if name == "ask" else value
        for name, value in fault.values.items()
    }
    return gettext(fault.message, **values)
