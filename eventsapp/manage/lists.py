"""Contact lists: make one as a sentence of conditions, see who is on it now, hand it out.

The count follows while the conditions are edited. Exports are POST and stand in the audit log.
"""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse
from wtforms.fields.choices import SelectChoice

from eventsapp.contacts import exports, lists, rules
from eventsapp.contacts.models import ContactList
from eventsapp.core import submissions
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.directory import places
from eventsapp.directory.models import Person
from eventsapp.directory.queries import person_lines
from eventsapp.manage.condition_rows import changes_rows, sentence_of_condition
from eventsapp.manage.downloads import handed_out
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.lists import (
    ListForm,
    Row,
    criteria_of,
    rows_from_criteria,
    rows_from_form,
)
from eventsapp.manage.guard import current_actor
from eventsapp.manage.list_words import choices_of, column_titles, sentences_of, sentences_of_rows

bp = Blueprint("manage_lists", __name__, url_prefix="/manage/lists")


@bp.get("/")
def index() -> str:
    """Show the contact lists by name."""
    actor = current_actor()
    mine = request.args.get("mine") == "1"
    cursor = request.args.get("after") or request.args.get("before")
    page = lists.lists_page(actor, cursor, mine=mine)
    return render_template("manage/lists/index.html", page=page, mine=mine)


@bp.get("/new")
def new() -> str:
    """Show the form of a new list."""
    current_actor().demand_address_book()
    form = _form()
    rows = rows_from_form(request.args) or [Row("attended", values={"at_least": "2"})]
    return _edit_page(form, rows, None)


@bp.post("/new")
def add() -> str | tuple[str, int] | BaseResponse:
    """Keep a new list, or show it again with one condition more or less."""
    actor = current_actor()
    actor.demand_address_book()
    form, rows = _form(), rows_from_form(request.form)
    if changes_rows(rows):
        return _edit_page(form, rows, None)
    if not form.validate_on_submit():
        return _edit_page(form, rows, None), 422
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        contact_list = lists.add_list(actor, _plan(form, rows))
    except InputError as fault:
        return _refused(form, rows, None, fault)
    location = url_for(".show", list_id=contact_list.id)
    submissions.settle(key, location)
    flash(gettext("The list is kept. It is asked anew each time you use it."), "success")
    return redirect(location, 303)


@bp.get("/<int:list_id>")
def show(list_id: int) -> str:
    """Show who is on a list now."""
    actor = current_actor()
    contact_list = lists.list_for(actor, list_id)
    cursor = request.args.get("after") or request.args.get("before")
    page = lists.members_page(contact_list, actor, cursor)
    return render_template(
        "manage/lists/show.html",
        contact_list=contact_list,
        page=page,
        lines=person_lines([row[0] for row in page.items]),
        count=lists.count(contact_list, actor),
        sentences=sentences_of(contact_list),
        by_hand=_by_hand(contact_list),
        may_write=_may_write(contact_list),
    )


@bp.get("/<int:list_id>/edit")
def edit(list_id: int) -> str:
    """Show the form of an existing list."""
    contact_list = lists.list_for(current_actor(), list_id, write=True)
    form = _form(contact_list)
    form.version.data = str(contact_list.version)
    return _edit_page(form, rows_from_criteria(contact_list.criteria), contact_list)


@bp.post("/<int:list_id>/edit")
def change(list_id: int) -> str | tuple[str, int] | BaseResponse:
    """Keep the changes to a list, or show it again with one condition more or less."""
    actor = current_actor()
    contact_list = lists.list_for(actor, list_id, write=True)
    form, rows = _form(), rows_from_form(request.form)
    if changes_rows(rows):
        return _edit_page(form, rows, contact_list)
    if not form.validate_on_submit():
        return _edit_page(form, rows, contact_list), 422
    version = number_or_none(form.version.data) or 0
    try:
        lists.change_list(actor, contact_list, _plan(form, rows), version)
    except InputError as fault:
        return _refused(form, rows, contact_list, fault)
    except Conflict:
        db.session.expire(contact_list)
        form.version.data = str(contact_list.version)
        form.version.raw_data = [form.version.data]
        form.form_errors.append(
            gettext(
                "Somebody else changed this list meanwhile. What you typed still stands here; "
                "keep it once more to let yours hold."
            )
        )
        return _edit_page(form, rows, contact_list), 409
    flash(gettext("The list is changed."), "success")
    return redirect(url_for(".show", list_id=list_id), 303)


@bp.get("/count")
def count() -> str:
    """Tell how many people answer to conditions that are still being edited."""
    actor = current_actor()
    actor.demand_address_book()
    rows, number, problem = rows_from_form(request.args), None, ""
    try:
        criteria = rules.parse(criteria_of(rows))
        number = lists.count_matching(criteria, actor)
    except InputError as fault:
        problem = sentence_of_condition(fault)
    return render_template(
        "manage/lists/count.html",
        number=number,
        problem=problem,
        sentences=sentences_of_rows(rows),
    )


@bp.post("/<int:list_id>/people")
def choose(list_id: int) -> BaseResponse:
    """Add somebody by hand, leave somebody out, or let the conditions decide again."""
    actor = current_actor()
    contact_list = lists.list_for(actor, list_id, write=True)
    person_id = request.form.get("person", type=int)
    act = request.form.get("act", "")
    if person_id is not None and act in ("add", "leave_out"):
        lists.choose_by_hand(actor, contact_list, [person_id], is_added=act == "add")
        flash(
            gettext("Added by hand.") if act == "add" else gettext("Left out by hand."), "success"
        )
    elif person_id is not None and act == "undo":
        lists.undo_by_hand(actor, contact_list, person_id)
        flash(gettext("The conditions decide about this person again."), "success")
    return redirect(url_for(".show", list_id=list_id), 303)


@bp.get("/<int:list_id>/find")
def find(list_id: int) -> str:
    """Look for somebody to add by hand."""
    actor = current_actor()
    contact_list = lists.list_for(actor, list_id, write=True)
    text = request.args.get("q", "")[:200]
    people = lists.people_to_add(contact_list, text) if text.strip() else []
    return render_template(
        "manage/lists/find.html", contact_list=contact_list, text=text, people=people
    )


@bp.post("/<int:list_id>/export")
def export(list_id: int) -> Response:
    """Hand out the list as a file; written to the audit log."""
    actor = current_actor()
    contact_list = lists.list_for(actor, list_id)
    kind = request.form.get("kind", "csv")
    file = exports.export(actor, contact_list, kind, column_titles())
    return handed_out(file)


@bp.post("/<int:list_id>/drop")
def drop(list_id: int) -> BaseResponse:
    """Throw the list away; the people stay."""
    actor = current_actor()
    contact_list = lists.list_for(actor, list_id, write=True)
    lists.drop_list(actor, contact_list)
    flash(gettext("The list is thrown away. The people are still in the address book."), "success")
    return redirect(url_for(".index"), 303)


def _form(contact_list: ContactList | None = None) -> ListForm:
    form = ListForm()
    if contact_list is not None:
        form = ListForm(
            name=contact_list.name,
            note=contact_list.note,
            region_id=str(contact_list.region_id or ""),
        )
    actor = current_actor()
    form.region_id.choices = [SelectChoice("", gettext("Only me"))] + [
        SelectChoice(str(region.id), region.name)
        for region in places.working_regions()
        if actor.may_write([region.id])
    ]
    return form


def _plan(form: ListForm, rows: list[Row]) -> lists.ListPlan:
    return lists.ListPlan(
        name=form.name.data or "",
        note=form.note.data or "",
        region_id=int(form.region_id.data) if form.region_id.data else None,
        criteria=criteria_of(rows),
    )


def _refused(
    form: ListForm, rows: list[Row], contact_list: ContactList | None, fault: InputError
) -> tuple[str, int]:
    sentence = sentence_of_condition(fault)
    if fault.field == "name":
        form.name.errors = [*form.name.errors, sentence]
    else:
        form.form_errors.append(sentence)
    return _edit_page(form, rows, contact_list), 422


def _edit_page(form: ListForm, rows: list[Row], contact_list: ContactList | None) -> str:
    number = None
    try:
        criteria = rules.parse(criteria_of(rows))
        number = lists.count_matching(criteria, current_actor())
    except InputError:
        number = None
    return render_template(
        "manage/lists/edit.html",
        form=form,
        rows=rows,
        contact_list=contact_list,
        asks=list(rules.Ask),
        choices=choices_of(rows),
        number=number,
        sentences=sentences_of_rows(rows),
    )


def _by_hand(contact_list: ContactList) -> dict[str, list[Person]]:
    return {
        "added": [one.person for one in contact_list.members if one.is_added],
        "left_out": [one.person for one in contact_list.members if not one.is_added],
    }


def _may_write(contact_list: ContactList) -> bool:
    actor = current_actor()
    region = contact_list.region_id
    is_owner = contact_list.owner_person_id == actor.person_id
    return is_owner or actor.may_write([region if region is not None else -1])
