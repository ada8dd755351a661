"""What the forms about meetings offer to choose from, and with what a new meeting begins.

For `manage/meetings.py`. Offers what the actor may choose; the use cases judge once more.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, time
from typing import Any

from flask import request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from eventsapp.core.actor import Actor, Level
from eventsapp.core.errors import Forbidden, InputError
from eventsapp.core.labels import N_
from eventsapp.core.language import current_language
from eventsapp.directory.models import Region
from eventsapp.directory.places import working_region_names, working_regions
from eventsapp.manage.forms.meeting_filters import FilterForm
from eventsapp.manage.forms.meetings import CopyForm, MeetingForm, TimesForm
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.references import advisors, network_names_open_to, networks_open_to, themes

Choices = list[tuple[str, str]]
CUSTOMARY_TIMES = (time(13, 30), time(16))


def may_plan(actor: Actor) -> bool:
    """Tell whether the actor may plan meetings at all."""
    return actor.is_coordinator or (actor.level is Level.ADVISOR and bool(actor.regions))


def demand_plan(actor: Actor) -> None:
    """Raise Forbidden for who may not plan meetings."""
    if not may_plan(actor):
        raise Forbidden(N_("Only an advisor with a region can plan a meeting."))


def filter_form(actor: Actor) -> FilterForm:
    """Give the filters of the list and the month, read from the address."""
    return FilterForm(
        request.args,
        actor,
        regions=working_region_names(),
        themes=_themes(),
        networks=network_names_open_to(actor),
    )


def starting_values(actor: Actor, args: MultiDict[str, str]) -> dict[str, Any]:
    """Give what a new meeting begins with: the own region, and the day or network asked for."""
    values: dict[str, Any] = {"organiser_person_id": actor.person_id}
    values["starts"], values["ends"] = CUSTOMARY_TIMES
    if len(actor.regions) == 1:
        (values["lead_region_id"],) = actor.regions
    network = args.get("network", "")
    if network.isascii() and network.isdigit() and len(network) < 10:
        values["network_id"] = int(network)
    with suppress(ValueError):
        values["day"] = date.fromisoformat(args.get("day", ""))
    return values


def offer(form: MeetingForm, actor: Actor, meeting: Meeting | None = None) -> None:
    """Fill in what can be chosen; what a meeting has already stays among it."""
    regions = working_regions()
    networks = _named(networks_open_to(actor))
    people = _named(advisors())
    if meeting is not None:
        known = {region.id for region in regions}
        regions += [region for region in meeting.regions if region.id not in known]
        kept = [meeting.organiser, *meeting.deputies]
        people = _with(people, [(str(person.id), person.name) for person in kept])
        if meeting.network is not None:
            networks = _with(networks, [(str(meeting.network.id), meeting.network.name)])
    elif actor.person_id is not None:
        people = _with(people, [(str(actor.person_id), actor.name)])
    form.offer(_named(regions), _themes(), networks, people)
    form.lead_region_id.choices = [
        ("", gettext("Choose a region")),
        *_named(_leading(regions, actor, meeting)),
    ]


def offer_regions(form: CopyForm, actor: Actor, needs_region: bool) -> None:
    """Offer the own regions to who copies a meeting of another region."""
    if needs_region:
        form.lead_region_id.choices = _named(_leading(working_regions(), actor, None))
    else:
        del form.lead_region_id


def blame(form: TimesForm, fault: InputError) -> None:
    """Put a fault beside its field, or on top of a form that has no such field."""
    told = gettext(fault.message, **fault.values)
    field = form._fields.get(fault.field or "")
    if field is None:
        form.form_errors.append(told)
    else:
        field.errors = [*field.errors, told]


def _leading(regions: list[Region], actor: Actor, meeting: Meeting | None) -> list[Region]:
    """Give the regions in which the actor may let a meeting be led."""
    kept = meeting.lead_region_id if meeting else None
    return [region for region in regions if actor.may_write({region.id}) or region.id == kept]


def _themes() -> Choices:
    language = current_language()
    return [(str(theme.id), theme.name(language)) for theme in themes()]


def _named(rows: Any) -> Choices:
    return [(str(row.id), row.name) for row in rows]


def _with(choices: Choices, more: Choices) -> Choices:
    known = {value for value, _ in choices}
    return [*choices, *((value, name) for value, name in dict(more).items() if value not in known)]
