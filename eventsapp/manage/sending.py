"""Sending an edition: first who gets what and who does not, then how it goes, with the way back.

Editors see counts here, never addresses. Nothing is sent before the page that shows what will
happen; what was not signed off as it stands has no button.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.db import db, reading_first
from eventsapp.core.errors import Conflict, NotFound
from eventsapp.core.language import label
from eventsapp.directory.models import Region, Theme
from eventsapp.mail import figures
from eventsapp.mail.kinds import Course
from eventsapp.mail.models import Mailing
from eventsapp.mail.rules import Reason
from eventsapp.manage import mailing_moves as moves
from eventsapp.manage import mailing_words as words
from eventsapp.manage.forms.faults import sentence_of
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import editions, sending, undecided
from eventsapp.newsletters.audience import Absence, LeftOut, Variant
from eventsapp.newsletters.blocks import name_of
from eventsapp.newsletters.kinds import BlockKind, EditionStatus
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.sending import Part

bp = Blueprint("manage_sending", __name__, url_prefix="/manage/editions/<int:edition_id>/sending")

OUT = (EditionStatus.SENDING, EditionStatus.SENT)


@bp.get("")
def show(edition_id: int) -> str:
    """Show what will happen, or how the sending goes."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id)
    mailing = sending.mailing_of(edition)
    may_make = editions.may_make(actor, edition)
    if mailing is None or edition.status not in OUT:
        return _before(actor, edition, may_make)
    counted = figures.figures_of(mailing)
    outage = moves.outage_of(mailing, counted)
    return render_template(
        "manage/sending/under_way.html",
        outage=outage,
        sees_server=actor.is_coordinator,
        marks=moves.marks(mailing, counted, outage),
        edition=edition,
        stands=_stands(edition, mailing, counted),
        mailing=mailing,
        course=words.course_of(mailing),
        is_moving=words.is_moving(mailing, counted),
        figures=counted,
        handled=words.handled(counted),
        speed=words.speed(counted),
        stop_words=words.stop_words(counted),
        tiles=words.tiles(mailing, counted, sees_rows=actor.sees_address_book),
        breaker=words.breaker_of(mailing, counted),
        held=_held(counted),
        may_make=may_make,
        may_undo=may_make and sending.may_undo(mailing) and edition.status == EditionStatus.SENDING,
        sees_mails=actor.sees_address_book,
    )


@bp.get("/progress.json")
def progress(edition_id: int) -> Response:
    """Tell how far it is, for the bar and the figures that move by themselves."""
    edition = editions.edition_for(current_actor(), edition_id)
    mailing = sending.mailing_of(edition)
    if mailing is None:
        raise NotFound
    counted = figures.figures_of(mailing)
    outage = moves.outage_of(mailing, counted)
    return jsonify(
        done=counted.tally.done,
        total=counted.tally.total,
        text=words.handled(counted),
        parts=words.parts(counted),
        marks=moves.marks(mailing, counted, outage),
        told=words.outage_words() if outage else "",
        finished=not words.is_moving(mailing, counted),
    )


@bp.post("/send")
def send(edition_id: int) -> AnyResponse:
    """Freeze the readers and let the edition go; the same form again does nothing more."""
    actor = current_actor()
    with reading_first():  # nobody waits while its words are taken
        edition = editions.edition_for(actor, edition_id)
        prepared = sending.prepare(edition) if sending.why_not(edition) is None else None
    edition = editions.edition_for(actor, edition_id, write=True)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        sending.send(actor, edition, prepared)
    except Conflict as fault:
        text = sentence_of(fault)
        db.session.rollback()
        flash(text, "warning")
        return redirect(url_for(".show", edition_id=edition_id), 303)
    place = url_for(".show", edition_id=edition_id)
    submissions.settle(key, place)
    return redirect(place, 303)


@bp.post("/undo")
def undo(edition_id: int) -> AnyResponse:
    """Take back what has not left; the edition is signed off as before."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    count = sending.undo(actor, edition)
    text = ngettext("%(num)s mail was taken back.", "%(num)s mails were taken back.", count)
    return _back(edition, text)


@bp.post("/pause")
def pause(edition_id: int) -> AnyResponse:
    """Hold back what has not left yet."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    sending.pause(actor, edition)
    return _back(edition, gettext("It is paused. What has left already stays as it is."))


@bp.post("/resume")
def resume(edition_id: int) -> AnyResponse:
    """Go on with what was held back."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    sending.resume(actor, edition)
    return _back(edition, gettext("The rest goes out now."))


@bp.post("/stop")
def stop(edition_id: int) -> AnyResponse:
    """Cancel what has not left yet, for good."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    count = sending.stop(actor, edition)
    text = ngettext(
        "It is stopped: %(num)s mail is not sent.",
        "It is stopped: %(num)s mails are not sent.",
        count,
    )
    return _back(edition, text)


@bp.post("/send-held")
def send_held(edition_id: int) -> AnyResponse:
    """Send after all what was held because it had lain too long."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    count = undecided.send_held(actor, edition)
    text = ngettext("%(num)s mail goes out now.", "%(num)s mails go out now.", count)
    return _back(edition, text)


@bp.post("/leave-held")
def leave_held(edition_id: int) -> AnyResponse:
    """Leave what was held unsent, for good."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    count = undecided.leave_held(actor, edition)
    text = ngettext("%(num)s mail is not sent.", "%(num)s mails are not sent.", count)
    return _back(edition, text)


def _held(counted: figures.Figures) -> int:
    """Count the mails that lay too long and wait for somebody's word."""
    return sum(why.count for why in counted.reasons if why.reason == Reason.OVERDUE)


def _before(actor: Actor, edition: Edition, may_make: bool) -> str:
    plan = sending.plan(actor, edition)
    return render_template(
        "manage/sending/before.html",
        edition=edition,
        plan=plan,
        gets=[_variant_line(one) for one in plan.spread.variants],
        left_out=[_left_out_line(one) for one in plan.left_out],
        parts=[_part(one) for one in plan.parts],
        may_make=may_make,
        number=words.number,
    )


def _variant_line(variant: Variant) -> dict[str, Any]:
    texts = {
        ("nl", False): gettext("in Dutch, with pictures and layout"),
        ("nl", True): gettext("in Dutch, as plain text"),
        ("en", False): gettext("in English, with pictures and layout"),
        ("en", True): gettext("in English, as plain text"),
    }
    text = texts.get((variant.language, variant.is_text), variant.language)
    return {"count": words.number(variant.count), "text": text}


def _left_out_line(one: LeftOut) -> dict[str, Any]:
    if one.why in set(Absence):
        text = label(Absence(one.why))
    elif one.why == Reason.OPTED_OUT:
        text = gettext("They no longer want the newsletter.")
    else:
        text = words.reason_words(one.why)
    return {"count": words.number(one.count), "text": text}


def _part(part: Part) -> dict[str, Any]:
    """Tell what a block is, for whom it is, and how many get it."""
    block = part.block
    kind = BlockKind(block["kind"])
    return {
        "name": name_of(kind, block["data"]) or label(kind),
        "kind": label(kind),
        "for": ", ".join(_limits(block["limits"])),
        "count": words.number(part.count),
        "is_nobody": part.count == 0,
    }


def _limits(limits: dict[str, Any]) -> list[str]:
    languages = {"nl": gettext("who reads Dutch"), "en": gettext("who reads English")}
    regions = (db.session.get(Region, one) for one in limits.get("regions") or () if one)
    themes = (db.session.get(Theme, one) for one in limits.get("themes") or ())
    return [
        *(one.name for one in regions if one is not None),
        *(one.name_nl for one in themes if one is not None),
        *(languages.get(one, one) for one in limits.get("languages") or ()),
    ]


def _stands(edition: Edition, mailing: Mailing, counted: figures.Figures) -> EditionStatus:
    """Tell how an edition stands: sent once its last mail left, also before the clock notes it."""
    is_out = (
        counted.tally.is_finished
        and not _held(counted)
        and words.course_of(mailing) != Course.STOPPED
    )
    return EditionStatus.SENT if is_out else EditionStatus(edition.status)


def _back(edition: Edition, text: str) -> AnyResponse:
    figures.forget()
    flash(text, "success")
    return redirect(url_for(".show", edition_id=edition.id), 303)
