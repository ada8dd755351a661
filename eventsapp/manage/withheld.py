"""Who gets no mail, and why: people who opted out, addresses that fail; a coordinator lifts it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from eventsapp.core.db import db
from eventsapp.directory.models import Person
from eventsapp.mail import queries, suppression
from eventsapp.mail.kinds import Purpose, Scope
from eventsapp.mail.models import Suppression
from eventsapp.manage.guard import current_actor

bp = Blueprint("manage_withheld", __name__, url_prefix="/manage/mail/withheld")


@bp.get("/")
def index() -> str:
    """List who gets no mail; an address is kept unreadable and can only be asked for."""
    actor = current_actor()
    actor.demand_address_book()
    email = request.args.get("address", "").strip()[:254]
    cursor = request.args.get("after") or request.args.get("before")
    page = queries.suppressions_page(email, cursor)
    ids = {one.person_id for one in page.items if one.person_id is not None}
    people = {one.id: one for one in db.session.scalars(_with_addresses(ids))}
    return render_template(
        "manage/withheld/index.html",
        page=page,
        email=email,
        people=people,
        addresses=_still_known(page.items, people),
        by_address=Scope.ADDRESS.value,
        purposes={purpose.value: purpose for purpose in Purpose},
        may_release=actor.is_coordinator,
    )


@bp.post("/<int:suppression_id>/release")
def release(suppression_id: int) -> Response:
    """Let somebody get mail again; for coordinators."""
    suppression.release(current_actor(), suppression_id)
    flash(gettext("Mail may go there again."), "success")
    return redirect(url_for(".index"), 303)


def _with_addresses(ids: Collection[int]) -> Select[Person]:
    return select(Person).where(Person.id.in_(ids)).options(selectinload(Person.addresses))


def _still_known(rows: Iterable[Suppression], people: Mapping[int, Person]) -> dict[int, str]:
    """Give the address of each row that its person still has: we keep only what it hashes to."""
    found = {}
    for row in rows:
        person = people.get(row.person_id or 0)
        for address in person.addresses if person is not None and row.address_hash else []:
            if suppression.hashed(address.email) == row.address_hash:
                found[row.id] = address.email
    return found
