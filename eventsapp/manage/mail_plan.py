"""The mail plan of a meeting: every mail it brings along, when it goes out, and its switch.

Nothing on this page sends anything; what goes out by itself was approved here.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug import Response

from eventsapp.core.dates import now
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.invitations.reminders import rounds
from eventsapp.manage.guard import current_actor
from eventsapp.meetings import planning, queries
from eventsapp.meetings.kinds import PlannedMail
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.rules import is_planned

bp = Blueprint(
    "manage_mail_plan", __name__, url_prefix="/manage/meetings/<int:meeting_id>/mail-plan"
)

WHEN = {
    PlannedMail.INVITATION: N_("When you press the button to invite. You see it first."),
    PlannedMail.REMINDER_SILENT: N_("Two days before the last day to answer, in the morning."),
    PlannedMail.REMINDER_WEEK: N_("A week before, to who comes."),
    PlannedMail.REMINDER_DAY: N_("A day before, to who comes."),
    PlannedMail.CONFIRMATION: N_("As soon as somebody answers, to that person."),
}
WITHOUT_DEADLINE = N_("A week before, because there is no last day to answer.")


@bp.get("")
def index(meeting_id: int) -> str:
    """Show every mail of the meeting with its switch."""
    actor = current_actor()
    meeting = queries.meeting_for(actor, meeting_id)
    return render_template(
        "manage/mail_plan/index.html",
        meeting=meeting,
        lines=_lines(meeting),
        may_change=queries.may_change(actor, meeting) and meeting.status != "cancelled",
    )


@bp.post("/switch")
def switch(meeting_id: int) -> Response:
    """Switch one mail on or off."""
    actor = current_actor()
    meeting = queries.meeting_for(actor, meeting_id, write=True)
    name = request.form.get("mail", "")
    if name not in list(PlannedMail):
        raise InputError(N_("There is no such mail."), "mail")
    mail, is_on = PlannedMail(name), request.form.get("is_on") == "1"
    planning.switch_mail(actor, meeting, mail, is_on)
    told = gettext("Switched on: %(mail)s.") if is_on else gettext("Switched off: %(mail)s.")
    flash(told % {"mail": gettext(mail.label)}, "success")
    return redirect(url_for(".index", meeting_id=meeting_id), 303)


def _lines(meeting: Meeting) -> list[dict[str, Any]]:
    windows = {each.mail: each for each in rounds(meeting)}
    moment = now()
    lines = []
    for mail in PlannedMail:
        window = windows.get(mail)
        is_silent = mail is PlannedMail.REMINDER_SILENT
        about = WITHOUT_DEADLINE if is_silent and meeting.answer_by is None else WHEN[mail]
        lines.append(
            {
                "mail": mail,
                "about": gettext(about),
                "is_on": is_planned(meeting.mail_plan, mail),
                "opens": window.opens if window and window.closes > moment else None,
                "is_past": bool(window and window.closes <= moment),
            }
        )
    return lines
