"""The sections of the meeting form: which are unfolded, and what each tells while folded.

For `manage/meetings.py`. A section with a fault, or in which a line was just added, is open.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext

from eventsapp.core.dates import short_date
from eventsapp.core.language import current_language
from eventsapp.manage.forms.meetings import MeetingForm

SECTIONS = {
    "practical": ("capacity", "answer_by", "last_day", "access", "directions"),
    "agenda": ("agenda",),
    "texts": ("description", "opening", "theme_ids"),
    "audience": ("audience", "is_confidential", "network_id", "language", "region_ids"),
    "together": ("organiser_person_id", "deputy_ids", "co_organisers"),
    "questions": ("questions",),
}


def sections(form: MeetingForm, row: str) -> dict[str, dict[str, Any]]:
    """Give for each section whether it is `opened` and what is `told` of it."""
    opened = {
        name: row in fields or any(form[field].errors for field in fields)
        for name, fields in SECTIONS.items()
    }
    told = {
        "practical": _practical(form),
        "agenda": _counted(
            ngettext("%(num)s point", "%(num)s points", len(form.agenda.entries)), form.agenda
        ),
        "texts": _texts(form),
        "audience": _audience(form),
        "together": _together(form),
        "questions": _counted(
            ngettext("%(num)s question", "%(num)s questions", len(form.questions.entries)),
            form.questions,
        ),
    }
    return {"opened": opened, "told": told}


def _counted(text: str, rows: Any) -> str:
    return text if rows.entries else gettext("nothing yet")


def _practical(form: MeetingForm) -> str:
    parts = []
    if form.capacity.data:
        parts.append(ngettext("%(num)s seat", "%(num)s seats", form.capacity.data))
    if form.answer_by.data:
        day = short_date(form.answer_by.data, current_language())
        parts.append(gettext("answer before or on %(day)s", day=day))
    return " · ".join(parts) or gettext("nothing yet")


def _texts(form: MeetingForm) -> str:
    parts = []
    if form.description.data:
        parts.append(gettext("description"))
    if form.opening.data:
        parts.append(gettext("own opening lines"))
    if count := len(form.theme_ids.data or ()):
        parts.append(ngettext("%(num)s theme", "%(num)s themes", count))
    return " · ".join(parts) or gettext("nothing yet")


def _audience(form: MeetingForm) -> str:
    if form.is_confidential.data:
        return gettext("closed group")
    is_public = form.audience.data == "public"
    parts = [gettext("everybody") if is_public else gettext("only who is invited")]
    if form.network_id.data:
        parts.append(dict(form.network_id.choices).get(str(form.network_id.data), ""))
    return " · ".join(part for part in parts if part)


def _together(form: MeetingForm) -> str:
    people = dict(form.organiser_person_id.choices)
    parts = [people.get(str(form.organiser_person_id.data), "")]
    if count := len(form.deputy_ids.data or ()):
        parts.append(ngettext("%(num)s second advisor", "%(num)s second advisors", count))
    if count := len(form.co_organisers.entries):
        parts.append(ngettext("%(num)s organisation", "%(num)s organisations", count))
    return " · ".join(part for part in parts if part)
