"""The lines of the meeting form (agenda, questions, co-organisers): one sub-form a line.

For `forms/meetings.py`. A list inside a line (speakers, choices) is typed as one per line of text,
which works the same on a phone, with a screen reader and without script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf.i18n import translations
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Optional

from eventsapp.meetings.kinds import QuestionKind
from eventsapp.meetings.plan import (
    AgendaLine,
    CoOrganiserLine,
    OptionLine,
    QuestionLine,
    SpeakerLine,
)

TIMES = ["%H:%M", "%H.%M", "%H:%M:%S"]
_SEATS = re.compile(r"(.*\S)\s*\((\d{1,6})\)")


class Row(Form):  # type: ignore[misc]
    """One line; its messages speak the language of the page, as those of the form around it."""

    class Meta:
        """Settings of WTForms."""

        def get_translations(self, _form: Form) -> Any:
            """Give the texts that Flask-WTF gives to whole forms."""
            return translations


class AgendaRow(Row):
    """A point of the agenda."""

    starts = TimeField(lazy_gettext("Time"), [Optional()], format=TIMES)
    title = StringField(lazy_gettext("What"))
    speakers = TextAreaField(lazy_gettext("Speakers"))
    description = TextAreaField(lazy_gettext("Explanation"))

    def line(self) -> AgendaLine:
        """Give the point as the plan has it."""
        speakers = [text.partition(",") for text in _each_line(self.speakers.data)]
        return AgendaLine(
            title=self.title.data or "",
            starts=self.starts.data,
            description=self.description.data or "",
            speakers=tuple(
                SpeakerLine(name=name.strip(), organisation=organisation.strip())
                for name, _, organisation in speakers
            ),
        )

    @staticmethod
    def typed(line: AgendaLine) -> dict[str, Any]:
        """Give what one would have typed for this point."""
        speakers = [
            ", ".join(part for part in (speaker.name, speaker.organisation) if part)
            for speaker in line.speakers
        ]
        return {
            "starts": line.starts,
            "title": line.title,
            "description": line.description,
            "speakers": "\n".join(speakers),
        }


class QuestionRow(Row):
    """An own question; `id` says which kept question this is."""

    id = HiddenField()
    label = StringField(lazy_gettext("Question"))
    kind = SelectField(lazy_gettext("How is it answered?"))
    options = TextAreaField(lazy_gettext("Choices"))
    is_sensitive = BooleanField(lazy_gettext("This is about health, food or support"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = [(kind.value, gettext(kind.label)) for kind in QuestionKind]

    def line(self) -> QuestionLine:
        """Give the question as the plan has it."""
        is_known = self.kind.data in list(QuestionKind)
        return QuestionLine(
            id=_number(self.id.data),
            label=self.label.data or "",
            kind=QuestionKind(self.kind.data) if is_known else QuestionKind.TEXT,
            options=tuple(_option(text) for text in _each_line(self.options.data)),
            is_sensitive=bool(self.is_sensitive.data),
        )

    @staticmethod
    def typed(line: QuestionLine) -> dict[str, Any]:
        """Give what one would have typed for this question."""
        options = [
            option.label if option.seats is None else f"{option.label} ({option.seats})"
            for option in line.options
        ]
        return {
            "id": str(line.id or ""),
            "label": line.label,
            "kind": line.kind.value,
            "options": "\n".join(options),
            "is_sensitive": line.is_sensitive,
        }


class CoOrganiserRow(Row):
    """An organisation with which the meeting is held; logos have a page of their own."""

    id = HiddenField()
    name = StringField(lazy_gettext("Organisation"))

    def line(self) -> CoOrganiserLine:
        """Give the organisation as the plan has it."""
        return CoOrganiserLine(id=_number(self.id.data), name=self.name.data or "")

    @staticmethod
    def typed(line: CoOrganiserLine) -> dict[str, Any]:
        """Give what one would have typed for this organisation."""
        return {"id": str(line.id or ""), "name": line.name}


def rearrange(rows: FieldList, act: str, index: int | None) -> None:
    """Add a line, or remove or raise one; what was typed in the others stays."""
    typed = list(rows.data)
    if act == "add":
        typed.append({})
    elif index is None or not 0 <= index < len(typed):
        return
    elif act == "remove":
        typed.pop(index)
    elif act == "up" and index > 0:
        typed[index - 1], typed[index] = typed[index], typed[index - 1]
    rows.process(None, typed[: rows.max_entries])


def drop_blank(rows: FieldList) -> None:
    """Forget lines in which nothing was typed."""
    kept = [typed for typed in rows.data if not _is_blank(typed)]
    if len(kept) != len(rows.entries):
        rows.process(None, kept)


def _is_blank(typed: dict[str, Any]) -> bool:
    """A line of which only the choices that have a default were touched is blank as well."""
    return not any(value for name, value in typed.items() if name not in ("id", "kind"))


def _each_line(text: str | None) -> Iterable[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _option(text: str) -> OptionLine:
    found = _SEATS.fullmatch(text)
    if found is None:
        return OptionLine(label=text)
    return OptionLine(label=found[1], seats=int(found[2]))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
