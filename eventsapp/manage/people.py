"""People: the list, the page of one, adding and changing, and whether somebody wants mail."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from eventsapp.contacts import consent
from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.errors import Conflict, InputError
from eventsapp.directory import people, queries, rules, ties
from eventsapp.directory.facts import note
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.models import Organisation, Person
from eventsapp.directory.places import working_regions, working_regions_of_people
from eventsapp.invitations.queries import history_of_person
from eventsapp.mail import bounces, suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.manage.changed import changed_meanwhile
from eventsapp.manage.forms.directory import MailForm, PersonForm, number_or_none
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.filters import PeopleFilter, known, municipality_choices
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import joining

bp = Blueprint("manage_people", __name__, url_prefix="/manage/people")

Page = str | Response | tuple[str, int]


@bp.get("/")
def index() -> str:
    """List people, narrowed down by words, place, kind and function."""
    actor = current_actor()
    form = PeopleFilter(request.args)
    sort = "changed" if request.args.get("sort") == "changed" else "name"
    page = queries.people_page(
        actor,
        form.q.data or "",
        region_id=form.region.data,
        municipality_id=form.municipality.data,
        organisation_kind=known(form.kind.data, OrganisationKind),
        role_kind=known(form.role.data, RoleKind),
        sort=sort,
        cursor=request.args.get("after") or request.args.get("before"),
    )
    form.offer()
    return render_template("manage/people/index.html", page=page, form=form, sort=sort)


@bp.get("/<int:person_id>")
def show(person_id: int) -> str:
    """Show what is known of somebody: addresses, functions over time, regions, meetings."""
    actor = current_actor()
    person = queries.person_for(actor, person_id)
    regions = working_regions_of_people([person.id])[person.id]
    roles = ties.roles_held_by(person.id)
    day = today()
    return render_template(
        "manage/people/show.html",
        person=person,
        regions=[region for region in working_regions() if region.id in regions],
        present=rules.current_of(roles, day),
        coming=[role for role in roles if role.valid_from > day],
        past=[role for role in roles if role.valid_until is not None and role.valid_until <= day],
        may_write=actor.may_write(regions),
        history=history_of_person(actor, person.id),
        start=number_or_none(request.args.get("start")) or 0,
        withheld=_withheld(person),
        failing=bounces.failing([address.email for address in person.addresses]),
        is_mailbox=(person.external_id or "").startswith(rules.MAILBOX),
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Add somebody, after a look at who may be the same."""
    actor = current_actor()
    actor.demand_address_book()
    form = PersonForm()
    form.municipality_id.choices = [SelectChoice("", gettext("not known")), *municipality_choices()]
    form.add_empty_address()
    organisation = _organisation_of(actor)
    alike: list[Person] = []
    if form.validate_on_submit():
        key = request.form.get("form_key", "")
        if (done := submissions.claim(key)) is not None:
            return redirect(done, 303)
        try:
            facts = form.facts().tidied()
            alike = [] if form.is_other.data else people.resembling(facts)
            if not alike:
                person = people.add_person(actor, facts)
                place = url_for(".show", person_id=person.id)
                if organisation is not None:
                    place = url_for(
                        "manage_functions.new",
                        person_id=person.id,
                        organisation=organisation.id,
                    )
                submissions.settle(key, place)
                flash(gettext("%(name)s is added.", name=person.name), "success")
                return redirect(place, 303)
        except InputError as fault:
            show_fault(form, fault)
    status = 422 if form.is_submitted() else 200
    lines = queries.person_lines(alike)
    return (
        render_template(
            "manage/people/form.html", form=form, alike=lines, organisation=organisation
        ),
        status,
    )


@bp.route("/<int:person_id>/edit", methods=["GET", "POST"])
def edit(person_id: int) -> Page:
    """Change what is known of somebody; the second of two is told, and loses nothing."""
    actor = current_actor()
    person = queries.person_for(actor, person_id, write=request.method == "POST")
    people.demand_write_person(actor, person)
    form = PersonForm()
    form.municipality_id.choices = [SelectChoice("", gettext("not known")), *municipality_choices()]
    status, meanwhile = 200, None
    if not form.is_submitted():
        form.show(person)
    elif form.validate():
        try:
            version = number_or_none(form.version.data) or 0
            people.change_person(actor, person, form.facts(person), version)
            flash(gettext("%(name)s is changed.", name=person.name), "success")
            return redirect(url_for(".show", person_id=person.id), 303)
        except InputError as fault:
            show_fault(form, fault)
        except Conflict:
            status, meanwhile = 409, changed_meanwhile("person", person)
            form.version.data = form.version.raw_data = str(person.version)
    form.add_empty_address()
    if form.errors and status == 200:
        status = 422
    return (
        render_template(
            "manage/people/form.html", form=form, person=person, meanwhile=meanwhile, alike=[]
        ),
        status,
    )


@bp.route("/<int:person_id>/mail", methods=["GET", "POST"])
def mail(person_id: int) -> Page:
    """Write down whether somebody wants mail, and how we know."""
    actor = current_actor()
    person = queries.person_for(actor, person_id, write=request.method == "POST")
    people.demand_write_person(actor, person)
    form = MailForm(data=_wishes(person))
    if form.validate_on_submit():
        before = _wishes(person)
        for purpose, name in (
            (Purpose.MEETINGS, "wants"),
            (Purpose.NEWSLETTER, "wants_newsletter"),
        ):
            wish = form[name].data
            if wish != before[name] and wish in ("yes", "no"):
                consent.record(
                    actor,
                    person.id,
                    purpose,
                    is_given=wish == "yes",
                    how=form.how.data,
                    words=note(form.words.data),
                )
        joining.take_in(person.id)
        flash(gettext("Kept: what %(name)s wants to receive.", name=person.name), "success")
        return redirect(url_for(".show", person_id=person.id), 303)
    status = 422 if form.is_submitted() else 200
    return render_template("manage/people/mail.html", form=form, person=person), status


def _withheld(person: Person) -> dict[Purpose, str]:
    """Give the purposes for which somebody gets no mail, with the reason."""
    found = {}
    for purpose in (Purpose.MEETINGS, Purpose.NEWSLETTER):
        emails = [address.email for address in person.addresses]
        reasons = suppression.withheld([person.id], emails, purpose)
        if person.id in reasons:
            found[purpose] = reasons[person.id]
        elif emails and all(email in reasons for email in emails):
            found[purpose] = reasons[emails[0]]
    return found


def _wishes(person: Person) -> dict[str, str]:
    """Give what somebody wants to receive, as the form asks it."""
    opted_out = {
        purpose: person.id in suppression.withheld([person.id], [], purpose)
        for purpose in (Purpose.MEETINGS, Purpose.NEWSLETTER)
    }
    said = consent.present_consent(person.id).get(Purpose.NEWSLETTER)
    letter = "no" if opted_out[Purpose.NEWSLETTER] else "unknown"
    if said is not None and said.is_given and letter != "no":
        letter = "yes"
    return {"wants": "no" if opted_out[Purpose.MEETINGS] else "yes", "wants_newsletter": letter}


def _organisation_of(actor: Actor) -> Organisation | None:
    """Give the organisation for which somebody is added, when the page was reached from there."""
    number = number_or_none(request.args.get("organisation"))
    return queries.organisation_for(actor, number) if number is not None else None
