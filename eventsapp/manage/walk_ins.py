"""Walk-ins: who came without an invitation, added in one line.

A known person is found while the name is typed; a new one is made of the same line. Both
permissions are asked, and may be left for later.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug import Response

from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import fold
from eventsapp.directory import people
from eventsapp.directory.facts import AddressFacts, PersonFacts
from eventsapp.directory.models import Organisation, Person
from eventsapp.directory.queries import (
    PersonLine,
    contains_words,
    is_known,
    person_for,
    person_lines,
)
from eventsapp.directory.rules import split_name
from eventsapp.invitations import attendance
from eventsapp.invitations.attendance import WalkIn
from eventsapp.manage.guard import current_actor
from eventsapp.manage.permissions import PERMISSIONS, keep_consent, question_of
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

bp = Blueprint("manage_walk_ins", __name__, url_prefix="/manage/meetings/<int:meeting_id>/walk-in")

MOST_FOUND = 8


@bp.get("")
def new(meeting_id: int) -> str:
    """Show the line to fill in, with the known people of that name beneath it."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    text = request.args.get("name", "")[:200]
    if request.headers.get("HX-Request"):
        return render_template(
            "manage/walk_ins/found.html", meeting=meeting, found=_found(text), text=text
        )
    return _page(meeting, {"name": text})


@bp.post("")
def add(meeting_id: int) -> Response | tuple[str, int]:
    """Note the walk-in: the known person whose button was pressed, or a new one."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    place = url_for("manage_attendance.index", meeting_id=meeting_id)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        person = _person(actor)
        _note(actor, meeting, person)
    except InputError as fault:
        db.session.rollback()
        meeting = meeting_for(actor, meeting_id, write=True)
        sentence = gettext(fault.message, **fault.values)
        return _page(meeting, dict(request.form), {_field_of(fault): sentence}), 422
    submissions.settle(key, place)
    flash(gettext("%(name)s is on the list as present.", name=person.name), "success")
    return redirect(f"{place}#line-{person.id}", 303)


def _field_of(fault: InputError) -> str:
    """Give the field of this short form at which a fault of the address book shows."""
    field = fault.field or "name"
    if field.startswith("addresses"):
        return "email"
    return field if field in ("email", "phone", "organisation") else "name"


def _person(actor: Actor) -> Person:
    known = request.form.get("person", type=int)
    if known is not None:
        return person_for(actor, known)
    name, email = request.form.get("name", ""), request.form.get("email", "").strip()
    if not fold(name):
        raise InputError(N_("Fill in a name."), "name")
    if email and (same := people.find_same(email, name)) is not None:
        return same
    given, prefix, family = split_name(name)
    facts = PersonFacts(
        given_name=given,
        prefix=prefix,
        family_name=family,
        phone=request.form.get("phone", "")[:60],
        addresses=(AddressFacts(email),) if email else (),
    )
    return people.add_person(actor, facts)


def _note(actor: Actor, meeting: Meeting, person: Person) -> None:
    said = {one: {"yes": True, "no": False}.get(request.form.get(one, "")) for one in PERMISSIONS}
    db.session.flush()  # the mark names a new person by number
    attendance.add_walk_in(
        actor,
        meeting,
        WalkIn(
            person_id=person.id,
            organisation_id=_organisation_named(request.form.get("organisation", "")),
            may_invite=said["may_invite"],
            may_send_newsletter=said["may_send_newsletter"],
        ),
    )
    for permission, is_given in said.items():
        if is_given is not None:
            keep_consent(actor, meeting, person.id, permission, is_given)


def _organisation_named(name: str) -> int | None:
    """Find the one organisation of this name; raise InputError when there is none or several."""
    wanted = fold(name)
    if not wanted:
        return None
    rows = db.session.execute(
        select(Organisation.id, Organisation.name).where(
            Organisation.ended_on.is_(None), Organisation.search_key.like(f"{wanted}%")
        )
    ).all()
    same = [row.id for row in rows if fold(row.name) == wanted]
    if len(same) != 1:
        raise InputError(
            N_("We do not know this organisation by this name. Leave it open if need be."),
            "organisation",
        )
    return int(same[0])


def _found(text: str) -> list[PersonLine]:
    if len(fold(text)) < 2:
        return []
    statement = (
        select(Person)
        .where(is_known(), Person.ended_on.is_(None), *contains_words(Person.search_key, text))
        .order_by(Person.sort_key, Person.id)
        .limit(MOST_FOUND)
    )
    return person_lines(list(db.session.scalars(statement)))


def _page(meeting: Meeting, typed: dict[str, str], faults: dict[str, str] | None = None) -> str:
    return render_template(
        "manage/walk_ins/new.html",
        meeting=meeting,
        typed=typed,
        faults=faults or {},
        found=_found(typed.get("name", "")),
        text=typed.get("name", ""),
        permissions=[(one, question_of(one)) for one in PERMISSIONS],
    )
