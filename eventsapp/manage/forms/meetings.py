"""What an advisor types about a meeting, and the plan that it means.

`manage/meetings.py` uses it. Field names are those of the plan, so that a fault in the plan finds
its field. The form checks what only a form can know; `meetings/plan.py` judges the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    URLField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from eventsapp.core.errors import InputError
from eventsapp.manage.forms.meeting_rows import (
    TIMES,
    AgendaRow,
    CoOrganiserRow,
    QuestionRow,
    drop_blank,
    rearrange,
)
from eventsapp.meetings.kinds import Access, MeetingKind
from eventsapp.meetings.plan import (
    MOST_AGENDA_LINES,
    MOST_CO_ORGANISERS,
    MOST_QUESTIONS,
    MeetingPlan,
)

ROWS = ("agenda", "questions", "co_organisers")
# Fields of the form that are called otherwise in the plan, for telling what differs.
_SAME_NAME = (
    "title", "network_id", "answer_by", "language", "place_name", "street", "postcode", "town",
    "directions", "online_url", "capacity", "description", "opening", "is_confidential",
)  # fmt: skip

Choices = list[tuple[str, str]]


def number_or_none(value: Any) -> int | None:
    """Read the number of a row from a form; an empty choice is None."""
    if value in (None, ""):
        return None
    return int(value)


class Checkboxes(SelectMultipleField):  # type: ignore[misc]
    """Several of a list, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class TimesForm(FlaskForm):  # type: ignore[misc]
    """When a meeting is: a day and two wall times."""

    day = DateField(lazy_gettext("Date"), [InputRequired(lazy_gettext("Choose a date."))])
    starts = TimeField(
        lazy_gettext("From"), [InputRequired(lazy_gettext("Fill in a time."))], format=TIMES
    )
    ends = TimeField(
        lazy_gettext("Until"), [InputRequired(lazy_gettext("Fill in a time."))], format=TIMES
    )

    def wall_times(self) -> tuple[datetime, datetime]:
        """Give start and end as wall times; the day, start and end must have been typed."""
        day = self.day.data
        return datetime.combine(day, self.starts.data), datetime.combine(
            self.last_day_of(day), self.ends.data
        )

    def last_day_of(self, day: Any) -> Any:
        """Give the day on which it ends."""
        return day


class CopyForm(TimesForm):
    """A copy asks only when; the region only of who may not write in the earlier one's."""

    lead_region_id = SelectField(lazy_gettext("Region"), coerce=number_or_none)


class CancelForm(FlaskForm):  # type: ignore[misc]
    """Why a meeting is cancelled."""

    reason = TextAreaField(lazy_gettext("Why is it cancelled?"))


class MeetingForm(TimesForm):
    """A meeting: the short part first, the rest in sections."""

    title = StringField(
        lazy_gettext("Title"), [InputRequired(lazy_gettext("Give the meeting a title."))]
    )
    kind = SelectField(lazy_gettext("Kind"))
    lead_region_id = SelectField(
        lazy_gettext("Region"),
        [InputRequired(lazy_gettext("Choose a region from the list."))],
        coerce=number_or_none,
    )
    last_day = DateField(lazy_gettext("Last day"), [Optional()])
    place_name = StringField(lazy_gettext("Place"))
    street = StringField(lazy_gettext("Street and number"))
    postcode = StringField(lazy_gettext("Postcode"))
    town = StringField(lazy_gettext("Town"))
    online_url = URLField(lazy_gettext("Link to take part online"))
    directions = TextAreaField(lazy_gettext("How to get there"))
    access = Checkboxes(lazy_gettext("What the place offers"))
    capacity = IntegerField(
        lazy_gettext("Number of seats"), [Optional()], render_kw={"inputmode": "numeric"}
    )
    answer_by = DateField(lazy_gettext("Answer before or on"), [Optional()])
    agenda = FieldList(
        FormField(AgendaRow), lazy_gettext("Agenda"), max_entries=MOST_AGENDA_LINES + 1
    )
    description = TextAreaField(lazy_gettext("What it is about"))
    opening = TextAreaField(lazy_gettext("Own opening lines of the mail"))
    theme_ids = Checkboxes(lazy_gettext("Themes"), coerce=int)
    network_id = SelectField(lazy_gettext("Network"), coerce=number_or_none)
    region_ids = Checkboxes(lazy_gettext("Other regions"), coerce=int)
    organiser_person_id = SelectField(lazy_gettext("Organiser"), coerce=number_or_none)
    deputy_ids = Checkboxes(lazy_gettext("Second advisors"), coerce=int)
    co_organisers = FieldList(
        FormField(CoOrganiserRow), lazy_gettext("Together with"), max_entries=MOST_CO_ORGANISERS + 1
    )
    questions = FieldList(
        FormField(QuestionRow), lazy_gettext("Own questions"), max_entries=MOST_QUESTIONS + 1
    )
    audience = RadioField(lazy_gettext("Who may come?"), default="invited")
    is_confidential = BooleanField(lazy_gettext("Closed group"))
    language = RadioField(lazy_gettext("Spoken language"), default="nl")
    version = HiddenField()

    def offer(
        self, regions: Choices, themes: Choices, networks: Choices, advisors: Choices
    ) -> None:
        """Fill in what can be chosen; called before anything is judged."""
        self.kind.choices = [(kind.value, gettext(kind.label)) for kind in MeetingKind]
        self.lead_region_id.choices = [("", gettext("Choose a region")), *regions]
        self.region_ids.choices = regions
        self.theme_ids.choices = themes
        self.network_id.choices = [("", gettext("No network")), *networks]
        self.organiser_person_id.choices = advisors
        self.deputy_ids.choices = advisors
        self.access.choices = [(offer.value, gettext(offer.label)) for offer in Access]
        self.audience.choices = [
            ("invited", gettext("Only who is invited")),
            ("public", gettext("Everybody: it has a public page on which one signs up")),
        ]
        self.language.choices = [("nl", gettext("Dutch")), ("en", gettext("English"))]

    def rearrange(self, asked: str) -> str | None:
        """Add, remove or raise a line ("add:agenda", "up:agenda:2"); give the list's name.

        None when nothing of the kind was asked.
        """
        act, _, rest = asked.partition(":")
        name, _, place = rest.partition(":")
        if act not in ("add", "remove", "up") or name not in ROWS:
            return None
        rearrange(self[name], act, int(place) if place.isascii() and place.isdigit() else None)
        return name

    def last_day_of(self, day: Any) -> Any:
        """Give the day on which it ends: mostly the same."""
        return self.last_day.data or day

    def plan(self, kept: MeetingPlan | None = None) -> MeetingPlan | None:
        """Give the plan that was typed, on top of what a form does not ask (`kept`).

        None while what every meeting needs is missing; the fields tell what.
        """
        for name in ROWS:
            drop_blank(self[name])
        self.validate()
        needed = (self.day, self.starts, self.ends, self.lead_region_id)
        if any(field.data is None or field.errors for field in needed):
            return None
        starts, ends = self.wall_times()
        typed = {name: getattr(self, name).data for name in _SAME_NAME}
        typed = {name: "" if _is_text(name) and value is None else value
                 for name, value in typed.items()}  # fmt: skip
        base = kept or MeetingPlan(title="", lead_region_id=0, starts_wall=starts, ends_wall=ends)
        is_known = self.kind.data in list(MeetingKind)
        return replace(
            base,
            **typed,
            kind=MeetingKind(self.kind.data) if is_known else MeetingKind.NETWORK,
            lead_region_id=self.lead_region_id.data,
            starts_wall=starts,
            ends_wall=ends,
            region_ids=frozenset(self.region_ids.data or ()) - {self.lead_region_id.data},
            theme_ids=frozenset(self.theme_ids.data or ()),
            organiser_person_id=self.organiser_person_id.data,
            deputy_ids=frozenset(self.deputy_ids.data or ()) - {self.organiser_person_id.data},
            is_public=self.audience.data == "public",
            access=tuple(offer for offer in Access if offer.value in (self.access.data or ())),
            agenda=tuple(row.form.line() for row in self.agenda),
            questions=tuple(row.form.line() for row in self.questions),
            co_organisers=tuple(row.form.line() for row in self.co_organisers),
        )

    def blame(self, faults: Iterable[InputError]) -> None:
        """Put each fault beside its field; what has no field stands on top."""
        for fault in faults:
            told = gettext(fault.message, **fault.values)
            field = self._field_of(fault.field or "")
            if field is None:
                self.form_errors.append(told)
            elif told not in field.errors:
                field.errors = [*field.errors, told]
        for name in ROWS:
            rows = self[name]
            own = [error for error in rows.errors if isinstance(error, str)]
            rows.errors = [*own, *(row.errors for row in rows if row.errors)]

    def _field_of(self, name: str) -> Any:
        first, *rest = name.split("-")
        field = self._fields.get(first)
        if field is None or not rest:
            return field
        index = int(rest[0])
        return (
            field.entries[index].form._fields.get(rest[1]) if index < len(field.entries) else field
        )


def typed(plan: MeetingPlan) -> dict[str, Any]:
    """Give what one would have typed for this plan."""
    is_one_day = plan.starts_wall.date() == plan.ends_wall.date()
    return {
        **{name: getattr(plan, name) for name in _SAME_NAME},
        "kind": plan.kind.value,
        "lead_region_id": plan.lead_region_id,
        "day": plan.starts_wall.date(),
        "starts": plan.starts_wall.time(),
        "ends": plan.ends_wall.time(),
        "last_day": None if is_one_day else plan.ends_wall.date(),
        "region_ids": sorted(plan.region_ids),
        "theme_ids": sorted(plan.theme_ids),
        "organiser_person_id": plan.organiser_person_id,
        "deputy_ids": sorted(plan.deputy_ids),
        "audience": "public" if plan.is_public else "invited",
        "access": list(plan.access),
        "agenda": [AgendaRow.typed(line) for line in plan.agenda],
        "questions": [QuestionRow.typed(line) for line in plan.questions],
        "co_organisers": [CoOrganiserRow.typed(line) for line in plan.co_organisers],
    }


def _is_text(name: str) -> bool:
    return name not in ("network_id", "answer_by", "capacity", "is_confidential")
