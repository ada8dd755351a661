"""What invitees told by their link: "I no longer do this, ask …", "this is not me". Settled here.

A link can be passed on, so nothing in the address book changes before an advisor confirms it.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.directory.models import Person
from eventsapp.directory.people import find_same
from eventsapp.invitations.handover import hand_over, held_roles, notice_for
from eventsapp.invitations.kinds import NoticeKind
from eventsapp.invitations.models import Notice
from eventsapp.invitations.notices import open_notices, settle_notice
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.notices import NOBODY, HandOverForm
from eventsapp.manage.guard import current_actor
from eventsapp.meetings.queries import may_change, meeting_for

bp = Blueprint("manage_notices", __name__, url_prefix="/manage/meetings/<int:meeting_id>/notices")

Page = str | tuple[str, int] | Response


@bp.get("")
def index(meeting_id: int) -> str:
    """Show what was told and nobody has settled yet."""
    actor = current_actor()
    actor.demand_address_book()
    meeting = meeting_for(actor, meeting_id)
    return render_template(
        "manage/notices/index.html",
        meeting=meeting,
        notices=open_notices(actor, meeting),
        may_write=may_change(actor, meeting),
    )


@bp.post("/<int:notice_id>/settle")
def settle(meeting_id: int, notice_id: int) -> Response:
    """Mark one as dealt with; twice is harmless."""
    actor = current_actor()
    _notice(actor, meeting_id, notice_id)
    settle_notice(actor, notice_id)
    flash(gettext("Settled."), "success")
    return redirect(url_for(".index", meeting_id=meeting_id), 303)


@bp.route("/<int:notice_id>/hand-over", methods=["GET", "POST"])
def successor(meeting_id: int, notice_id: int) -> Page:
    """Let functions end, and begin for the successor, having looked at what was told."""
    actor = current_actor()
    actor.demand_address_book()
    notice = _notice(actor, meeting_id, notice_id)
    if notice.kind != NoticeKind.SUCCESSOR:
        abort(404)
    form = _form(notice)
    if request.method != "POST":
        return _hand_over_page(notice, form)
    if not form.validate():
        return _hand_over_page(notice, form), 422
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        person = _hand_over(actor, notice, form)
    except InputError as fault:
        db.session.rollback()
        fault.field = _field_of(fault.field)
        notice = _notice(actor, meeting_id, notice_id)
        form = _form(notice)
        show_fault(form, fault)
        return _hand_over_page(notice, form), 422
    place = url_for(".index", meeting_id=meeting_id)
    submissions.settle(key, place)
    if person is None:
        flash(gettext("The function ends. It stands as vacant from now on."), "success")
    else:
        flash(gettext("%(name)s takes over.", name=person.name), "success")
    return redirect(place, 303)


def _hand_over(actor: Actor, notice: Notice, form: HandOverForm) -> Person | None:
    following = form.successor()
    if following is not None and not following.name:
        raise InputError(N_("Fill in who does this now."), "name")
    return hand_over(actor, notice.id, form.roles.data or (), following, form.on.data)


def _notice(actor: Actor, meeting_id: int, notice_id: int) -> Notice:
    notice = notice_for(actor, notice_id)
    if notice.invitation.meeting_id != meeting_id:
        abort(404)
    return notice


def _form(notice: Notice) -> HandOverForm:
    roles = held_roles(notice)
    told = notice.detail
    comes_for = notice.invitation.organisation_id
    form = HandOverForm(
        data={
            "roles": [one.id for one in roles if one.organisation_id == comes_for]
            or [one.id for one in roles],
            "on": today(),
            **{name: told.get(name, "") for name in ("name", "email", "phone")},
            **({} if told.get("name") else {"who": NOBODY}),
        }
    )
    form.offer(roles)
    return form


def _hand_over_page(notice: Notice, form: HandOverForm) -> str:
    email = (form.email.data or "").strip()
    return render_template(
        "manage/notices/hand_over.html",
        meeting=notice.invitation.meeting,
        notice=notice,
        person=notice.invitation.person,
        f=form,
        known=find_same(email, form.name.data or "") if email else None,
    )


def _field_of(field: str | None) -> str | None:
    """Name the field of this form that a refusal of the address book is about."""
    name = field or ""
    if name in ("roles", "on", "name", "email", "phone"):
        return name
    if "email" in name or name.startswith("addresses"):
        return "email"
    if "name" in name:
        return "name"
    return "on" if name in ("valid_from", "valid_until") else None
