"""Writing to the people of a meeting or of a contact list: write, see what will happen, send.

The letter is kept as a draft between the steps, so that nothing typed is lost. Nothing goes out
before the page that shows who gets it and who does not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.contacts import letters, readers
from eventsapp.contacts.lists import demand_write, lists_page
from eventsapp.contacts.models import LetterDraft
from eventsapp.contacts.readers import Audience, Origin, Reach
from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Forbidden, InputError
from eventsapp.core.http import MAIL_POLICY
from eventsapp.core.language import label
from eventsapp.invitations.kinds import LeftOutReason
from eventsapp.mail.compose import compose_template
from eventsapp.mail.kinds import MailingKind
from eventsapp.mail.models import Mailing
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.letters import LetterForm
from eventsapp.manage.guard import current_actor
from eventsapp.meetings.papers import papers_of

bp = Blueprint("manage_letters", __name__, url_prefix="/manage")

Page = str | tuple[str, int] | AnyResponse
MEETING, LIST = "/meetings/<int:meeting_id>/letter", "/lists/<int:list_id>/letter"


@bp.route(MEETING, methods=["GET", "POST"])
@bp.route(LIST, methods=["GET", "POST"])
def write(meeting_id: int | None = None, list_id: int | None = None) -> Page:
    """Write a letter, or go on with the one that was begun; nothing is sent."""
    actor = current_actor()
    origin = readers.origin_for(actor, meeting_id=meeting_id, list_id=list_id)
    form = _form(actor, origin)
    if request.method != "POST":
        return _write_page(origin, form)
    if not form.validate():
        return _write_page(origin, form), 422
    try:
        letters.keep_draft(actor, origin, form.plan())
    except InputError as fault:
        show_fault(form, fault)
        return _write_page(origin, form), 422
    return redirect(_place("preview", origin), 303)


@bp.get(f"{MEETING}/preview")
@bp.get(f"{LIST}/preview")
def preview(meeting_id: int | None = None, list_id: int | None = None) -> Page:
    """Show what will happen: how many get it, who is left out and why, and one example."""
    actor = current_actor()
    origin = readers.origin_for(actor, meeting_id=meeting_id, list_id=list_id)
    draft = letters.draft_of(actor, origin)
    if draft is None:
        return redirect(_place("write", origin), 303)
    found = readers.reach(actor, origin, draft.audience)
    return render_template(
        "manage/letters/preview.html",
        **_where(origin),
        draft=draft,
        found=found,
        gets=_gets(found),
        left_out=_left_out(found),
        first=found.readers[0] if found.readers else None,
    )


@bp.get(f"{MEETING}/example")
@bp.get(f"{LIST}/example")
def example(meeting_id: int | None = None, list_id: int | None = None) -> Response:
    """Show the letter as its first reader will see it, in a cage of its own."""
    actor = current_actor()
    origin = readers.origin_for(actor, meeting_id=meeting_id, list_id=list_id)
    draft = letters.draft_of(actor, origin)
    found = readers.reach(actor, origin, draft.audience) if draft is not None else Reach()
    if draft is None or not found.readers:
        abort(404)
    reader = found.readers[0]
    own = letters.own_facts(reader, draft)
    if "link" in own:
        own["link"] = "…"  # whoever looks on must not hold somebody's personal link
    facts = {**letters.shared_facts(actor, origin, draft), **own}
    mail = compose_template("letter", reader.person.language, facts)
    response = Response(mail.html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@bp.post(f"{MEETING}/send")
@bp.post(f"{LIST}/send")
def send(meeting_id: int | None = None, list_id: int | None = None) -> Page:
    """Send the letter; the same form again does nothing more."""
    actor = current_actor()
    origin = readers.origin_for(actor, meeting_id=meeting_id, list_id=list_id)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    mailing = letters.send(actor, origin)
    place = _place("sent", origin, mailing=mailing.id)
    submissions.settle(key, place)
    return redirect(place, 303)


@bp.get(f"{MEETING}/sent")
@bp.get(f"{LIST}/sent")
def sent(meeting_id: int | None = None, list_id: int | None = None) -> Page:
    """Say that the letter is on its way, with the way to undo it as long as there is one."""
    actor = current_actor()
    origin = readers.origin_for(actor, meeting_id=meeting_id, list_id=list_id)
    number = request.args.get("mailing", 0, type=int)
    mailing = db.session.get(Mailing, number) if 0 < number < 2**31 else None
    known = mailing is not None and mailing.kind == MailingKind.LETTER
    if mailing is None or not known or mailing.reference != origin.reference:
        return redirect(_place("write", origin), 303)
    return render_template(
        "manage/letters/sent.html",
        **_where(origin),
        mailing=mailing,
        mail_page=url_for("manage_mail.mailing", mailing_id=mailing.id),
        may_undo=mailing.not_before > now() + timedelta(seconds=1),
    )


@bp.post(f"{MEETING}/undo/<int:mailing_id>")
@bp.post(f"{LIST}/undo/<int:mailing_id>")
def undo(mailing_id: int, meeting_id: int | None = None, list_id: int | None = None) -> Page:
    """Take back what did not leave; the letter is a draft again."""
    actor = current_actor()
    origin = readers.origin_for(actor, meeting_id=meeting_id, list_id=list_id)
    count = letters.undo(actor, origin, mailing_id)
    flash(
        ngettext("%(num)s mail was taken back.", "%(num)s mails were taken back.", count),
        "success",
    )
    return redirect(_place("write", origin), 303)


@bp.post(f"{MEETING}/throw-away")
@bp.post(f"{LIST}/throw-away")
def throw_away(meeting_id: int | None = None, list_id: int | None = None) -> Page:
    """Drop the draft."""
    actor = current_actor()
    origin = readers.origin_for(actor, meeting_id=meeting_id, list_id=list_id)
    letters.throw_away(actor, origin)
    flash(gettext("The letter is thrown away. No mail has gone out."), "success")
    return redirect(_where(origin)["home"], 303)


def _form(actor: Actor, origin: Origin) -> LetterForm:
    draft = letters.draft_of(actor, origin)
    form = LetterForm(data=_filled(origin, draft))
    papers = papers_of(origin.meeting.id) if origin.meeting is not None else []
    form.offer(_audiences(actor, origin), papers)
    return form


def _filled(origin: Origin, draft: LetterDraft | None) -> dict[str, Any]:
    if draft is not None:
        return {
            "audience": draft.audience,
            "subject": draft.subject,
            "body": draft.body,
            "papers": draft.paper_ids,
        }
    wanted = request.args.get("to", "")
    if origin.contact_list is not None:
        return {"audience": origin.reference}
    return {"audience": wanted if wanted in set(Audience) else Audience.COMING.value}


def _audiences(actor: Actor, origin: Origin) -> list[tuple[str, str]]:
    """Give to whom can be written, with how many they are."""
    if origin.contact_list is not None:
        return [(origin.reference, origin.contact_list.name)]
    meeting = origin.meeting
    assert meeting is not None  # an origin is one of the two  # noqa: S101
    found = readers.counts_of(meeting)
    choices = [(one.value, f"{label(one)} ({found[one]})") for one in Audience]
    for row in lists_page(actor).items:
        try:
            demand_write(actor, row[0])
        except Forbidden:
            continue
        choices.append((f"list:{row[0].id}", gettext("Contact list: %(name)s", name=row[0].name)))
    return choices


def _write_page(origin: Origin, form: LetterForm) -> str:
    return render_template("manage/letters/write.html", **_where(origin), f=form)


def _where(origin: Origin) -> dict[str, Any]:
    """Give what every page shows of where the letter is written from."""
    meeting, contact_list = origin.meeting, origin.contact_list
    if meeting is not None:
        home = url_for("manage_answers.index", meeting_id=meeting.id)
    else:
        home = url_for("manage_lists.show", list_id=contact_list.id if contact_list else 0)
    return {
        "meeting": meeting,
        "contact_list": contact_list,
        "home": home,
        "place": lambda name, **values: _place(name, origin, **values),
    }


def _place(name: str, origin: Origin, **values: Any) -> str:
    if origin.meeting is not None:
        return url_for(f".{name}", meeting_id=origin.meeting.id, **values)
    number = origin.contact_list.id if origin.contact_list is not None else 0
    return url_for(f".{name}", list_id=number, **values)


def _gets(found: Reach) -> list[dict[str, Any]]:
    count = len(found.readers)
    text = ngettext("gets this letter by mail", "get this letter by mail", count)
    names = [one.name for one in found.readers]
    return [{"count": count, "text": text, "names": names}] if count else []


def _left_out(found: Reach) -> list[dict[str, Any]]:
    lines = []
    for reason in LeftOutReason:
        names = [name for name, why in found.left_out if why is reason]
        if names:
            lines.append({"count": len(names), "text": label(reason), "names": names})
    return lines
