"""Tells who changed a meeting while somebody else had its form open. For `meetings.py`.

The form keeps all that was typed; this adds what stands there now, so that nothing is overwritten
unseen.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from eventsapp.core.dates import short_date, time_of_day
from eventsapp.core.language import current_language
from eventsapp.core.text import html_to_text, one_line
from eventsapp.manage.forms.meetings import MeetingForm
from eventsapp.meetings.history import changes_since
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.plan import MeetingPlan
from eventsapp.meetings.planning import differences, plan_of

# Fields of the plan that the form calls otherwise.
_IN_FORM = {"starts_wall": "starts", "ends_wall": "ends", "is_public": "audience"}


def told(
    form: MeetingForm, meeting: Meeting, version: int, meant: MeetingPlan | None
) -> dict[str, Any]:
    """Give who changed what since a version, and where the typed plan differs from what is kept."""
    changes = [
        {
            "name": change.name or gettext("A colleague"),
            "at": change.at,
            "fields": ", ".join(_label(form, name) for name in change.fields),
        }
        for change in changes_since(meeting.id, version)
    ]
    present = plan_of(meeting)
    rows = [
        {
            "label": _label(form, name),
            "kept": _shown(getattr(present, name)),
            "typed": _shown(getattr(meant, name)),
        }
        for name in (differences(present, meant) if meant else [])
    ]
    return {"changes": changes, "rows": rows}


def _label(form: MeetingForm, name: str) -> str:
    known = {"mail_plan": gettext("Mail plan"), "status": gettext("Status")}
    name = _IN_FORM.get(name, name)
    field = form._fields.get(name)
    return str(field.label.text) if field is not None else known.get(name, name)


def _shown(value: object) -> str:
    """Write a value in a few words; what has many parts is counted."""
    language = current_language()
    if isinstance(value, datetime):
        return f"{short_date(value, language)}, {time_of_day(value, language)}"
    if isinstance(value, date):
        return short_date(value, language)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if value is None or value == "":
        return gettext("nothing")
    if isinstance(value, frozenset | tuple | dict):
        return gettext("%(count)s chosen or filled in", count=len(value))
    return one_line(html_to_text(str(value), None), 160)
