"""What a list or month of meetings is narrowed down to, as the address says it.

`manage/meetings.py` uses it. An address may hold anything: what can't be read is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, SelectField

from eventsapp.core.actor import Actor
from eventsapp.core.drawing import offer
from eventsapp.core.language import label
from eventsapp.meetings.kinds import MeetingKind, MeetingStatus
from eventsapp.meetings.queries import PERIODS, MeetingFilters

OWN, ALL = "own", "all"

Choices = list[tuple[str, str]]
Named = Sequence[tuple[int | str, str]]


class FilterForm(Form):  # type: ignore[misc]
    """The filters; without any an advisor sees the own regions from today on."""

    region = SelectField(lazy_gettext("Region"))
    period = SelectField(lazy_gettext("When"))
    kind = SelectField(lazy_gettext("Kind"))
    theme = SelectField(lazy_gettext("Theme"))
    network = SelectField(lazy_gettext("Network"))
    status = SelectField(lazy_gettext("Status"))
    mine = BooleanField(lazy_gettext("Only those that I organise"))

    def __init__(
        self,
        args: MultiDict[str, str],
        actor: Actor,
        regions: Named,
        themes: Named,
        networks: Named,
    ) -> None:
        super().__init__(args)
        self._own = actor.regions
        self.day = _day(args.get("day", ""))
        own = [(OWN, gettext("My regions"))] if actor.regions else []
        everything = ("", gettext("All"))
        self.region.choices = offer(regions, *own, (ALL, gettext("All regions")))
        self.period.choices = offer(
            [],
            ("upcoming", gettext("To come")),
            ("past", gettext("Past")),
            ("all", gettext("Always")),
        )
        self.kind.choices = offer(((one.value, label(one)) for one in MeetingKind), everything)
        self.status.choices = offer(((one.value, label(one)) for one in MeetingStatus), everything)
        self.theme.choices = offer(themes, everything)
        self.network.choices = offer(networks, everything)
        for field in (self.region, self.period, self.kind, self.theme, self.network, self.status):
            if not any(one.value == field.data for one in field.choices):
                field.data = field.choices[0].value

    def filters(self) -> MeetingFilters:
        """Give the filters as the queries want them."""
        region = self.region.data
        regions = {OWN: self._own, ALL: frozenset()}.get(region)
        return MeetingFilters(
            region_ids=frozenset({int(region)}) if regions is None else regions,
            period=self.period.data if self.period.data in PERIODS else "upcoming",
            day=self.day,
            kind=self.kind.data,
            status=self.status.data,
            theme_id=int(self.theme.data) if self.theme.data else None,
            network_id=int(self.network.data) if self.network.data else None,
            is_mine=bool(self.mine.data),
        )

    def chosen(self) -> list[tuple[str, str]]:
        """Give what was chosen, in words, with the name in the address."""
        words: list[tuple[str, str]] = []
        for field in (self.region, self.period, self.kind, self.theme, self.network, self.status):
            if field.data != field.choices[0].value:
                words.append((field.choices.labels[field.data], field.name))
        if self.mine.data:
            words.append((gettext("Only mine"), "mine"))
        return words


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def month_of(text: str, today: date) -> date:
    """Read a month from an address ("2027-01"), this month when it is none; gives its first day."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return first if 2000 <= first.year <= 2100 else today.replace(day=1)


def rows_as_choices(rows: Any, name: str = "name") -> Choices:
    """Give rows with a number and a name as choices of a form."""
    return [(str(row.id), getattr(row, name)) for row in rows]
