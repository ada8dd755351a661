"""The answers of a meeting: who said what, the call list, the waiting list, a reminder by hand.

Advisors only. Whoever may see the meeting may read; what changes something asks the right to write.
A reminder is shown before it goes out, and can be undone like every sending.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from eventsapp.core import submissions
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only
from eventsapp.core.errors import InputError
from eventsapp.core.language import label
from eventsapp.invitations import answer as answering
from eventsapp.invitations import reminders
from eventsapp.invitations.history import answers_of
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.mailings import undo as undo_mailing
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.notices import open_notices
from eventsapp.invitations.post import letters_of, waiting_at
from eventsapp.invitations.queries import (
    SORTS,
    answers_page,
    counts,
    invitation_for,
    question_answers,
)
from eventsapp.mail.kinds import MailingKind
from eventsapp.manage.answer_tabs import answer_tabs, cursor, sending_to_undo
from eventsapp.manage.forms.answers import AnswerForm, answer_form, stamp
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.guard import current_actor
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting, Question
from eventsapp.meetings.queries import may_change, may_see_needs, meeting_for

bp = Blueprint("manage_answers", __name__, url_prefix="/manage/meetings/<int:meeting_id>/answers")

Page = str | tuple[str, int] | Response
MOST_CHOSEN = 500


@bp.get("")
def index(meeting_id: int) -> Page:
    """Show who said what, when and how."""
    actor = current_actor()
    actor.demand_address_book()
    meeting = meeting_for(actor, meeting_id)
    reply = request.args.get("reply", "")
    reply = reply if reply in set(Reply) else ""
    by = request.args.get("sort", "name")
    by = by if by in SORTS else "name"
    descending = request.args.get("desc") == "1"
    text = request.args.get("q", "")[:100]
    found = counts([meeting.id])[meeting.id]
    return render_template(
        "manage/answers/index.html",
        meeting=meeting,
        found=found,
        tabs_of_answers=answer_tabs(meeting, found, reply),
        page=answers_page(
            actor, meeting, reply=reply, text=text, by=by, descending=descending, cursor=cursor()
        ),
        reply=reply,
        by=by,
        descending=descending,
        text=text,
        notices=len(open_notices(actor, meeting)),
        letters=waiting_at(meeting) if may_change(actor, meeting) else 0,
        may_write=may_change(actor, meeting),
        is_open=_is_open(meeting),
        sending=sending_to_undo(meeting, MailingKind.REMINDER),
        via_of=lambda one: label(Via(one.replied_via)) if one.replied_via in set(Via) else "",
    )


@bp.route("/<int:invitation_id>", methods=["GET", "POST"])
def answer_for(meeting_id: int, invitation_id: int) -> Page:
    """Show all that one invitee said, and take an answer that was given to an advisor."""
    actor = current_actor()
    actor.demand_address_book()
    invitation = _invitation(actor, meeting_id, invitation_id)
    form = _answer_form(actor, invitation)
    if request.method != "POST":
        return _person_page(actor, invitation, form)
    if not form.validate():
        return _person_page(actor, invitation, form), 422
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    if form.seen.data and form.seen.data != stamp(invitation):
        return _answered_meanwhile(actor, invitation, form)
    try:
        reply = _take(actor, invitation, form)
    except InputError as fault:
        return _refused(actor, meeting_id, invitation_id, fault)
    name = invitation.person.name
    flash(gettext("%(name)s: %(answer)s.", name=name, answer=label(reply).lower()), "success")
    place = url_for(".index", meeting_id=meeting_id)
    submissions.settle(key, place)
    return redirect(place, 303)


@bp.post("/remind")
def remind(meeting_id: int) -> Page:
    """Show who of the chosen ones would be reminded, and who not; nothing is sent."""
    # Only looked at, so the one write lock is not held while the page is made.
    with read_only():
        actor = current_actor()
        meeting = meeting_for(actor, meeting_id, write=True)
        chosen = _chosen()
        if not chosen:
            flash(gettext("Choose who is to be reminded first."), "warning")
            return redirect(url_for(".index", meeting_id=meeting_id), 303)
        page = render_template(
            "manage/answers/remind.html",
            meeting=meeting,
            chosen=",".join(str(number) for number in chosen),
            who=reminders.foresee_remind(actor, meeting, chosen),
            is_open=_is_open(meeting),
        )
        db.session.rollback()
    return page


@bp.post("/remind/send")
def send_reminder(meeting_id: int) -> Page:
    """Remind the chosen ones; the same form again does nothing more."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    mailing = reminders.remind(actor, meeting, _chosen())
    place = url_for(".index", meeting_id=meeting_id, mailing=mailing.id if mailing else None)
    submissions.settle(key, place)
    if mailing is None:
        flash(gettext("Nobody of this choice can be reminded."), "warning")
    else:
        flash(gettext("The reminder is on its way."), "success")
    return redirect(place, 303)


@bp.post("/undo/<int:mailing_id>")
def undo(meeting_id: int, mailing_id: int) -> Page:
    """Take back reminders that did not leave."""
    actor = current_actor()
    meeting = meeting_for(actor, meeting_id, write=True)
    count = undo_mailing(actor, meeting, mailing_id, {MailingKind.REMINDER})
    flash(
        ngettext("%(num)s mail was taken back.", "%(num)s mails were taken back.", count),
        "success",
    )
    return redirect(url_for(".index", meeting_id=meeting_id), 303)


def _invitation(actor: Actor, meeting_id: int, invitation_id: int) -> Invitation:
    invitation = invitation_for(actor, invitation_id)
    if invitation.meeting_id != meeting_id:
        abort(404)
    return invitation


def _questions(actor: Actor, meeting: Meeting) -> list[Question]:
    """Give the own questions that this advisor may see the answers to."""
    is_holder = may_see_needs(actor, meeting)
    return [one for one in meeting.questions if is_holder or not one.is_sensitive]


def _answer_form(actor: Actor, invitation: Invitation) -> AnswerForm:
    asked = _questions(actor, invitation.meeting)
    return answer_form(invitation, asked, question_answers(invitation))


def _take(actor: Actor, invitation: Invitation, form: AnswerForm) -> Reply:
    """Keep the answer and what goes with it; a fault takes all of it back."""
    via = Via.PHONE if form.via.data == Via.PHONE else Via.ADVISOR
    if form.is_substitute:
        answering.name_substitute(
            actor,
            invitation,
            form.substitute_name.data or "",
            form.substitute_email.data or "",
            via=via,
        )
    else:
        guests = (form.guests.data or 0) if form.reply.data == Reply.ACCEPTED else 0
        answering.answer(actor, invitation, Reply(form.reply.data), via=via, guests=guests)
    return answering.add_extras(actor, invitation, form.extras(), via=via).reply


def _refused(actor: Actor, meeting_id: int, invitation_id: int, fault: InputError) -> Page:
    """Show the form again with what was typed, beside the row as it was before."""
    db.session.rollback()
    invitation = _invitation(actor, meeting_id, invitation_id)
    form = _answer_form(actor, invitation)
    show_fault(form, fault)
    return _person_page(actor, invitation, form), fault.status


def _answered_meanwhile(actor: Actor, invitation: Invitation, form: AnswerForm) -> Page:
    """Tell that another answer came in while this form stood open; nothing typed is lost."""
    form.seen.data = stamp(invitation)
    form.seen.raw_data = [form.seen.data]
    form.form_errors.append(
        gettext(
            "Another answer came in meanwhile: %(answer)s. What you typed still stands here; keep "
            "it once more to let yours hold.",
            answer=label(Reply(invitation.reply)).lower(),
        )
    )
    return _person_page(actor, invitation, form), 409


def _person_page(actor: Actor, invitation: Invitation, form: AnswerForm) -> str:
    meeting = invitation.meeting
    values = question_answers(invitation)
    return render_template(
        "manage/answers/answer_for.html",
        meeting=meeting,
        invitation=invitation,
        f=form,
        may_write=may_change(actor, meeting),
        is_open=_is_open(meeting) and invitation.withdrawn_at is None,
        said=answers_of(invitation),
        letters=letters_of(invitation) if may_change(actor, meeting) else [],
        questions=[
            (one.label, values[one.id]) for one in _questions(actor, meeting) if one.id in values
        ],
        via_label=lambda via: label(Via(via)),
    )


def _chosen() -> list[int]:
    """Read whom an advisor chose; what is no number is left out."""
    texts = [part for text in request.form.getlist("chosen") for part in text[:9000].split(",")]
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10]
    return sorted(set(numbers))[:MOST_CHOSEN]


def _is_open(meeting: Meeting) -> bool:
    return meeting.status == MeetingStatus.VISIBLE and meeting.starts_at > now()
