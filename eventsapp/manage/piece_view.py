"""The page of one piece, as its author and as who makes the edition see it.

`contributions.py` shows it, and both that and `pieces.py` show it again where something was
refused, with what was typed.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask import render_template, request
from flask_babel import gettext, ngettext
from flask_wtf import FlaskForm
from wtforms import Field

from eventsapp.core import submissions
from eventsapp.core.dates import long_date, today
from eventsapp.core.language import current_language
from eventsapp.manage.forms.contributions import AskAgainForm, PieceForm, RemarkForm, TakeInForm
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import contributions, editions, notes, pictures, writing
from eventsapp.newsletters.contributions import IN_EDITION, NOT_HANDED_IN
from eventsapp.newsletters.kinds import ContributionState
from eventsapp.newsletters.models import Block, Contribution, Edition

NOT_WRITABLE = (*IN_EDITION, ContributionState.WITHDRAWN)


def line_of(piece: Contribution, block: Block | None, day: date) -> dict[str, Any]:
    """Say how far a piece is, as its author and its editors are told."""
    state = ContributionState(piece.state)
    if block is not None:
        is_seen = contributions.is_seen(piece, block)
        state = ContributionState.SEEN if is_seen else ContributionState.TAKEN
    return {
        "piece": piece,
        "state": state,
        "block": block,
        # What is not handed in is its author's alone.
        "is_handed_in": state not in NOT_HANDED_IN,
        "is_late": state == ContributionState.ASKED and (piece.due_on or day) < day,
        # Its block was taken away: then it can be taken in once more.
        "is_loose": block is None and piece.state in IN_EDITION,
    }


def piece_page(
    piece: Contribution,
    edition: Edition,
    form: PieceForm | None = None,
    *,
    is_torn: bool = False,
    **forms: FlaskForm,
) -> str:
    """Show a piece. Of the other forms, those given by name are open, as they were sent."""
    actor = current_actor()
    block = contributions.blocks_of([piece]).get(piece.id)
    is_author = actor.person_id == piece.author_person_id
    is_open = editions.is_open(edition)
    may_write = is_author and is_open and piece.state not in NOT_WRITABLE
    take = forms.get("take") or TakeInForm(None, data={"version": piece.version})
    take.offer()
    return render_template(
        "manage/piece_view/show.html",
        edition=edition,
        piece=piece,
        line=line_of(piece, block, today(edition.newsletter.timezone)),
        block=block,
        is_author=is_author,
        may_make=editions.may_make(actor, edition),
        is_open=is_open,
        may_write=may_write,
        asked_by=notes.name_of(piece.asked_by_id) if is_author else "",
        due=_due(piece, edition),
        f=form or _writing_form(piece, tells_lacks="lacks" in request.args),
        is_typed=form is not None,
        is_torn=is_torn,
        picture=_address(piece.picture_id),
        typed_picture=_address(number_or_none(form.picture_id.data) if form else piece.picture_id),
        block_picture=_address(block.data.get("picture_id") if block else None),
        no=forms.get("no") or RemarkForm(None, prefix="no"),
        remark=forms.get("remark") or RemarkForm(None, prefix="remark"),
        again=forms.get("again") or _again_form(piece, edition),
        without=forms.get("without") or RemarkForm(None, prefix="without"),
        opened=set(forms),
        take=take,
    )


def _writing_form(piece: Contribution, *, tells_lacks: bool) -> PieceForm:
    form = PieceForm(None, obj=piece)
    set_field(form.pen, submissions.new_key())
    if tells_lacks:
        for fault in writing.lacks(piece):
            show_fault(form, fault)
    return form


def _again_form(piece: Contribution, edition: Edition) -> AskAgainForm:
    day = today(edition.newsletter.timezone)
    later = [one for one in (piece.due_on, edition.contributions_on) if one and one >= day]
    values = {"brief": piece.brief, "due_on": later[0] if later else None}
    return AskAgainForm(None, prefix="again", data=values)


def _due(piece: Contribution, edition: Edition) -> str:
    """Say until when a piece is wanted, and how near that is."""
    if piece.due_on is None:
        return ""
    day = long_date(piece.due_on, current_language())
    days = (piece.due_on - today(edition.newsletter.timezone)).days
    if piece.state != ContributionState.ASKED:
        return day
    if days < 0:
        return gettext("%(day)s, that has passed", day=day)
    if days == 0:
        return gettext("%(day)s, that is today", day=day)
    return ngettext("%(day)s, in %(num)s day", "%(day)s, in %(num)s days", days, day=day)


def _address(picture_id: int | None) -> str:
    """Give where a picture stands on this site, "" where there is none."""
    found = pictures.shown([picture_id], "small").get(picture_id) if picture_id else None
    return urlsplit(found.address).path if found else ""


def set_field(field: Field, value: str) -> None:
    """Let a hidden field say something else than what was sent."""
    field.data, field.raw_data = value, None
