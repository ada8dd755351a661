"""Who came without an invitation, in one line: somebody known is found, somebody new is added.

Both permissions are asked by themselves and written into the log of consent. While a name is
typed, whoever is known by it appears beneath; without script that happens after the first press.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug import Response
from wtforms import SelectChoice

from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.errors import InputError
from eventsapp.core.text import fold, one_line
from eventsapp.directory import people
from eventsapp.directory.facts import AddressFacts, PersonFacts
from eventsapp.directory.models import Person
from eventsapp.directory.queries import (
    PersonLine,
    organisation_for,
    organisations_page,
    people_page,
    person_for,
    roles_of,
)
from eventsapp.directory.rules import split_name
from eventsapp.invitations import attendance, attendees
from eventsapp.invitations.attendance import WalkIn
from eventsapp.manage.forms.attendance import NEW, NONE, WalkInForm, number
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.guard import current_actor
from eventsapp.manage.permissions import PERMISSIONS, keep_consent
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

bp = Blueprint("manage_walk_ins", __name__, url_prefix="/manage/meetings/<int:meeting_id>/walk-in")

Page = str | tuple[str, int] | Response
MOST_FOUND = 6


@bp.get("")
def new(meeting_id: int) -> Page:
    """Show the line to fill in; for somebody's substitute with what is known already."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    form = WalkInForm()
    represented = number(request.args.get("represents"))
    line = attendees.attendee(actor, meeting, represented) if represented else None
    if line is not None and line.invitation is not None:
        form.represents.data = str(line.person.id)
        form.name.data = line.invitation.substitute_name
        form.email.data = line.invitation.substitute_email
        form.organisation.data = line.organisation.name if line.organisation else ""
    _offer(actor, form)
    return _page(meeting, form)


@bp.get("/found")
def found(meeting_id: int) -> str:
    """Give who is known by what is typed; a piece of the page."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    form = WalkInForm(request.args)
    _offer(actor, form)
    return render_template("manage/walk_ins/found.html", meeting=meeting, f=form)


@bp.post("")
def add(meeting_id: int) -> Page:
    """Put somebody on the list as present, having asked who it is where that is not sure."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    form = WalkInForm()
    is_valid = form.validate()
    # First of all: a second press would be asked whether it means whom the first one added.
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    _offer(actor, form)
    if not is_valid or not _is_sure(form):
        return _page(meeting, form), 422
    try:
        person = _person(actor, form)
        _keep(actor, meeting, form, person)
    except InputError as fault:
        show_fault(form, fault)
        return _page(meeting, form), 422
    place = url_for("manage_attendance.index", meeting_id=meeting_id, _anchor=f"line-{person.id}")
    submissions.settle(key, place)
    flash(gettext("%(name)s is on the list as present.", name=person.name), "success")
    return redirect(place, 303)


def _offer(actor: Actor, form: WalkInForm) -> None:
    """Offer who and which organisation may be meant."""
    text = one_line(form.email.data or "", 160) or one_line(form.name.data or "", 160)
    known = people_page(actor, text=text).items[:MOST_FOUND] if fold(text) else []
    if not known and (form.email.data or "").strip() and fold(form.name.data or ""):
        known = people_page(actor, text=one_line(form.name.data or "", 160)).items[:MOST_FOUND]
    form.person.choices = [SelectChoice(str(line.id), _described(line)) for line in known]
    if known:
        form.person.choices.append(SelectChoice(NEW, gettext("None of these: a new person")))
    typed = one_line(form.organisation.data or "", 160)
    organisations = organisations_page(actor, text=typed).items[:MOST_FOUND] if fold(typed) else []
    form.organisation_id.choices = [
        SelectChoice(
            str(one.id),
            f"{one.name}, {one.place}" if one.place else one.name,
        )
        for one in organisations
    ]
    if organisations:
        form.organisation_id.choices.append(SelectChoice(NONE, gettext("None of these")))
        same = [one for one in organisations if fold(one.name) == fold(typed)]
        if not form.organisation_id.data and len(same) == 1:
            form.organisation_id.data = str(same[0].id)


def _described(line: PersonLine) -> str:
    work = ", ".join(dict.fromkeys(function.organisation for function in line.functions[:2]))
    return f"{line.name} – {work}" if work else line.name


def _is_sure(form: WalkInForm) -> bool:
    """Tell whether it is said who this is; if not, ask beside the choices."""
    offered = {choice.value for choice in form.person.choices}
    if form.person.data not in offered:
        form.person.data = _same_as_typed(form, offered)
    if offered and form.person.data is None:
        form.person.errors = [gettext("Choose who it is, or say that it is somebody new.")]
    offered = {choice.value for choice in form.organisation_id.choices}
    if form.organisation_id.data not in offered:
        form.organisation_id.data = None
    if offered and form.organisation_id.data is None:
        form.organisation_id.errors = [gettext("Choose which organisation it is.")]
    return not (form.person.errors or form.organisation_id.errors)


def _same_as_typed(form: WalkInForm, offered: set[str]) -> str | None:
    """Give the one whose name and address are both what was typed: then there is nothing to ask."""
    email = (form.email.data or "").strip()
    same = people.find_same(email, form.name.data or "") if email else None
    return str(same.id) if same is not None and str(same.id) in offered else None


def _person(actor: Actor, form: WalkInForm) -> Person:
    chosen = number(form.person.data)
    if chosen is not None:
        return person_for(actor, chosen)
    name, email = form.name.data or "", (form.email.data or "").strip()
    same = people.find_same(email, name) if email else None
    if same is not None:
        return same
    given, prefix, family = split_name(one_line(name, 160))
    facts = PersonFacts(
        given_name=given,
        prefix=prefix,
        family_name=family,
        addresses=(AddressFacts(email),) if email else (),
    )
    if number(form.organisation_id.data) is None and form.organisation.data:
        # Not in the address book yet: what was said at the door is not lost.
        facts = replace(facts, note=gettext("Came for: %(name)s", name=form.organisation.data))
    try:
        return people.add_person(actor, facts)
    except InputError as fault:
        field = "email" if (fault.field or "").startswith("address") else "name"
        raise InputError(fault.message, field, **fault.values) from fault


def _keep(actor: Actor, meeting: Meeting, form: WalkInForm, person: Person) -> None:
    organisation_id = number(form.organisation_id.data)
    if organisation_id is not None:
        organisation_for(actor, organisation_id)
    elif not form.organisation.data:
        held = roles_of([person.id], today()).get(person.id, [])
        organisation_id = held[0].organisation_id if held else None
    said = {name: form.permission(name) for name in PERMISSIONS}
    attendance.add_walk_in(
        actor,
        meeting,
        WalkIn(
            person_id=person.id,
            organisation_id=organisation_id,
            represents=number(form.represents.data),
            may_invite=said["may_invite"],
            may_send_newsletter=said["may_send_newsletter"],
        ),
    )
    for permission, is_given in said.items():
        if is_given is not None:
            keep_consent(actor, meeting, person.id, permission, is_given)


def _page(meeting: Meeting, form: WalkInForm) -> str:
    return render_template(
        "manage/walk_ins/new.html",
        meeting=meeting,
        f=form,
        is_open=attendance.is_open(meeting),
        watch={
            "hx-get": url_for(".found", meeting_id=meeting.id),
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#found",
            "hx-include": "#walk-in",
            "hx-sync": "closest form:replace",
        },
    )
