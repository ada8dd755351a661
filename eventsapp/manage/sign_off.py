"""Signing off an edition and planning when it leaves: what is due, who reads it, who agreed.

For who makes the edition; others see how it stands. Nothing is sent from here: sending has a page
of its own that shows first who gets what.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from eventsapp.accounts.colleagues import people_at
from eventsapp.core.actor import Actor, Level
from eventsapp.core.db import db, read_only
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.language import label
from eventsapp.manage.edition_steps import steps_of
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.forms.sign_off import DaysForm, PlanForm, RemarkForm
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import contributions, duties, editions, notes, scheduling, sign_off
from eventsapp.newsletters.blocks import name_of
from eventsapp.newsletters.changes import changes_since
from eventsapp.newsletters.duties import DAYS
from eventsapp.newsletters.inspection import look_at
from eventsapp.newsletters.kinds import BlockKind, EditionStatus
from eventsapp.newsletters.models import Block, Edition

bp = Blueprint("manage_sign_off", __name__, url_prefix="/manage/editions/<int:edition_id>/sign-off")

Page = str | tuple[str, int] | Response


@bp.get("")
def show(edition_id: int) -> Page:
    """Show what is due when, and what this edition needs before it can leave."""
    return _page(editions.edition_for(current_actor(), edition_id))


@bp.post("/ask")
def ask(edition_id: int) -> Page:
    """Ask colleagues to read the edition and to sign it off."""
    actor = current_actor()
    faults = _looked_at(actor, edition_id)
    edition = editions.edition_for(actor, edition_id, write=True)
    if faults:
        return _back(edition, _mend_first(faults), "warning")
    whom = _readers(actor, edition)
    try:
        sign_off.ask(actor, edition, whom)
    except Conflict as fault:
        return _back(edition, sentence_of(fault), "warning")
    text = ngettext(
        "%(num)s colleague gets a mail to read it.",
        "%(num)s colleagues get a mail to read it.",
        len(whom),
    )
    return _back(edition, text, "success")


@bp.post("/agree")
def agree(edition_id: int) -> Page:
    """Sign off the words that were shown."""
    actor = current_actor()
    faults = _looked_at(actor, edition_id)
    edition = editions.edition_for(actor, edition_id, write=True)
    if faults and sign_off.why_not(actor, edition) is None:
        return _back(edition, _mend_first(faults), "warning")
    try:
        sign_off.agree(actor, edition, request.form.get("content_version", 0, type=int))
    except Conflict as fault:
        return _back(edition, sentence_of(fault), "warning")
    return _back(
        edition, gettext("You signed this edition off. No mail has gone out yet."), "success"
    )


@bp.post("/back")
def send_back(edition_id: int) -> Page:
    """Give the edition back to who made it, with what should be different."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    form = RemarkForm(prefix="back")
    try:
        sign_off.send_back(actor, edition, form.remark.data or "")
    except InputError as fault:
        show_fault(form, fault)
        return _page(edition, remark=form), 422
    return _back(edition, gettext("The edition is given back, with your remark."), "success")


@bp.post("/reopen")
def reopen(edition_id: int) -> Page:
    """Let the words be changed again; the sign-off holds no longer."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    editions.reopen(actor, edition)
    text = gettext("You can change the edition again. It then needs a new sign-off.")
    return _back(edition, text, "success")


@bp.post("/days")
def days(edition_id: int) -> Page:
    """Keep when each step is due."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    form = DaysForm(prefix="due")
    if not form.validate():
        return _page(edition, days=form), 422
    try:
        duties.set_days(actor, edition, form.days())
    except InputError as fault:
        show_fault(form, fault)
        return _page(edition, days=form), 422
    return _back(edition, gettext("The days are kept."), "success")


@bp.post("/plan")
def plan(edition_id: int) -> Page:
    """Plan when the edition leaves by itself."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    form = PlanForm(prefix="plan")
    if not form.validate():
        return _page(edition, plan=form), 422
    try:
        scheduling.schedule(actor, edition, form.send_on.data, form.send_at.data)
    except InputError as fault:
        show_fault(form, fault)
        return _page(edition, plan=form), 422
    text = gettext("It is planned. Until then you can change your mind.")
    if scheduling.comes_twice(edition):
        text += " " + gettext(
            "The clocks go back that night, so this time comes twice: it leaves the first time."
        )
    return _back(edition, text, "success")


@bp.post("/unplan")
def unplan(edition_id: int) -> Page:
    """Do not let the edition leave by itself; the sign-off stays."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    scheduling.unschedule(actor, edition)
    return _back(edition, gettext("It does not leave by itself any more."), "success")


def _looked_at(actor: Actor, edition_id: int) -> int:
    """Count what nobody should agree to, before the turn to write is taken: it takes a while."""
    with read_only():
        faults = _faults(actor, editions.edition_for(actor, edition_id))
        db.session.rollback()
    return faults


def _faults(actor: Actor, edition: Edition) -> int:
    if not (editions.is_open(edition) and editions.may_make(actor, edition)):
        return 0
    return len(look_at(edition).must)


def _mend_first(faults: int) -> str:
    return ngettext(
        "%(num)s thing must be mended first. The checks tell which.",
        "%(num)s things must be mended first. The checks tell which.",
        faults,
    )


def _page(
    edition: Edition,
    *,
    remark: RemarkForm | None = None,
    days: DaysForm | None = None,
    plan: PlanForm | None = None,
) -> str:
    actor = current_actor()
    day, at = scheduling.proposed(edition)
    missing = duties.missing_by_edition([edition.id]).get(edition.id, 0)
    pieces = contributions.contributions_of(edition)
    blocks = contributions.blocks_of(pieces)
    may_make = editions.may_make(actor, edition)
    return render_template(
        "manage/sign_off/show.html",
        edition=edition,
        status=EditionStatus(edition.status),
        steps=steps_of(edition, duties.duties_of(edition, missing)),
        may_make=may_make,
        mend_first=_mend_first(faults) if (faults := _faults(actor, edition)) else "",
        is_open=editions.is_open(edition),
        is_regional=editions.is_regional(edition),
        needs_other=sign_off.needs_somebody_else(actor, edition),
        why_not=sign_off.why_not(actor, edition),
        whom=len(_readers(actor, edition)) if may_make and editions.is_open(edition) else 0,
        asked_by_me=edition.asked_by_id == actor.person_id,
        asked_by=notes.name_of(edition.asked_by_id),
        sign_offs=sign_off.sign_offs_of(edition),
        changes=_changes(edition),
        unseen=[
            one.author.name
            for one in pieces
            if one.id in blocks and not contributions.is_seen(one, blocks[one.id])
        ],
        comes_twice=scheduling.comes_twice(edition),
        remark=remark or RemarkForm(None, prefix="back"),
        days=days or DaysForm(None, prefix="due", data=_days(edition)),
        days_open=days is not None,
        remark_open=remark is not None,
        plan=plan or PlanForm(None, prefix="plan", data={"send_on": day, "send_at": at}),
        plan_open=plan is not None,
    )


def _changes(edition: Edition) -> dict[str, Any] | None:
    """Say what changed since somebody read it, while it is read once more."""
    found = changes_since(edition) if editions.is_open(edition) else None
    if found is None or found.is_none:
        return None
    lines = [(gettext("Subject or preview line"), "#words")] if found.is_mailbox_changed else []
    lines += [(gettext("Changed: %(block)s", block=_name(one)), _at(one)) for one in found.changed]
    lines += [(gettext("New: %(block)s", block=_name(one)), _at(one)) for one in found.added]
    for one in found.dropped:
        lines.append((gettext("Taken away: %(block)s", block=_name(one)), "#dropped"))
    if found.is_moved:
        lines.append((gettext("The order of the blocks"), "#blocks"))
    place = url_for("manage_editions.show", edition_id=edition.id)
    return {
        "by": notes.name_of(found.by_id),
        "at": found.at,
        "lines": [{"text": text, "href": place + anchor} for text, anchor in lines],
    }


def _name(block: Block) -> str:
    kind = BlockKind(block.kind)
    name = name_of(kind, block.data)
    return f"{label(kind)} “{name}”" if name else label(kind)


def _at(block: Block) -> str:
    return f"#block-{block.id}"


def _days(edition: Edition) -> dict[str, Any]:
    return {name: getattr(edition, name) for name in DAYS}


def _readers(actor: Actor, edition: Edition) -> list[int]:
    """Give who is asked to read: whoever may sign it off, but for who asks."""
    is_regional = editions.is_regional(edition)
    levels = (Level.COORDINATOR,) if is_regional else (Level.COORDINATOR, Level.EDITOR)
    return [number for number in people_at(*levels) if number != actor.person_id]


def _back(edition: Edition, text: str, tone: str) -> Response:
    flash(text, tone)
    return redirect(url_for(".show", edition_id=edition.id), 303)
