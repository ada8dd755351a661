"""Afterwards: what became of an edition, by region and kind of reader, and its followed links.

Counts only, so editors may see them; each says how it was counted. A correction begins here.
"""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.contacts.reader_kinds import LeaveReason
from eventsapp.core import submissions
from eventsapp.core.db import reading_first
from eventsapp.core.errors import Conflict, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.language import label
from eventsapp.manage import mailing_words as words
from eventsapp.manage.downloads import handed_out
from eventsapp.manage.edition_tabs import edition_page
from eventsapp.manage.forms.faults import sentence_of
from eventsapp.manage.guard import current_actor
from eventsapp.manage.reader_words import kind_name
from eventsapp.newsletters import (
    aftermath_export,
    afterwards,
    clicks,
    corrections,
    editions,
    sending,
)
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.tiny_groups import FEWEST

bp = Blueprint(
    "manage_edition_figures", __name__, url_prefix="/manage/editions/<int:edition_id>/figures"
)


@bp.get("")
def show(edition_id: int) -> str:
    """Show what became of an edition, or say that it has not been sent."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id)
    mailing = sending.mailing_of(edition)
    if mailing is None or edition.sent_at is None:
        return render_template("manage/edition_figures/not_yet.html", edition=edition)
    found = afterwards.aftermath_of(edition, mailing)
    links = clicks.totals(edition.id)
    why_left = afterwards.why_left(edition, mailing)
    return render_template(
        "manage/edition_figures/show.html",
        edition=edition,
        mailing=mailing,
        found=found,
        by_kind=[(kind_name(word), outcome) for word, outcome in found.by_kind],
        reasons=[(_reason(word), count) for word, count in why_left.most_common()],
        fewest=FEWEST,
        links=links,
        link_names=clicks.names_of(edition.id) if links else {},
        counts_clicks=edition.newsletter.counts_clicks or bool(links),
        number=words.number,
        may_make=editions.may_make(actor, edition),
        sees_mails=actor.sees_address_book,
    )


@bp.post("/export")
def export(edition_id: int) -> Response:
    """Hand out the figures as a file; written to the audit log."""
    actor = current_actor()
    form = "xlsx" if request.form.get("kind") == "xlsx" else "csv"
    with reading_first():  # nobody waits while a file is made
        edition = editions.edition_for(actor, edition_id)
        editions.demand_make(actor, edition)
        mailing = sending.mailing_of(edition)
        if mailing is None or edition.sent_at is None:
            raise NotFound(N_("This edition has not been sent yet."))
        found = afterwards.aftermath_of(edition, mailing)
        links = clicks.totals(edition.id)
        file = aftermath_export.file_of(edition, found, links, _file_words(found), form)
    aftermath_export.note(actor, edition, form)
    return handed_out(file)


@bp.post("/correct")
def correct(edition_id: int) -> AnyResponse:
    """Begin a correction for the same people."""
    actor = current_actor()
    edition = editions.edition_for(actor, edition_id, write=True)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    there = corrections.being_made(edition)
    try:
        made = corrections.begin(actor, edition)
    except Conflict as fault:
        flash(sentence_of(fault), "warning")
        return redirect(url_for("manage_sending.show", edition_id=edition.id), 303)
    place = _page_of(made)
    submissions.settle(key, place)
    if made is there:
        flash(gettext("Somebody is making a correction already. Go on with it here."), "info")
        return redirect(place, 303)
    flash(
        gettext(
            "Write here what should have been said. It goes to who got the edition, after a "
            "sign-off. No mail has gone out yet."
        ),
        "success",
    )
    return redirect(place, 303)


def _file_words(found: afterwards.Aftermath) -> aftermath_export.Words:
    return aftermath_export.Words(
        headers=[
            gettext("What"),
            gettext("Name"),
            gettext("Arrived"),
            gettext("Came back"),
            gettext("Left"),
            gettext("Times followed"),
        ],
        whole=gettext("The whole edition"),
        region=gettext("Region"),
        kind=gettext("Kind of reader"),
        link=gettext("Link"),
        no_region=gettext("no region"),
        others=gettext("small groups together"),
        kinds={word: kind_name(word) for word, _ in found.by_kind},
    )


def _page_of(edition: Edition) -> str:
    found = edition_page(edition, "manage_editions.show")
    return found or url_for(".show", edition_id=edition.id)


def _reason(word: str) -> str:
    known = word in set(LeaveReason)
    return label(LeaveReason(word)) if known else gettext("gave no reason")
