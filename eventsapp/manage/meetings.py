"""Meetings for advisors: the list and the month, planning, changing, and the page of one meeting.

Answers, invitations and attendance of a meeting have doors of their own; `meeting_frame.html`
ties them together. Nothing here sends anything that was not shown first.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup, escape
from werkzeug import Response

from eventsapp.core import submissions
from eventsapp.core.dates import HOME_ZONE, now, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.invitations import changes
from eventsapp.invitations.changes import Told
from eventsapp.invitations.queries import counts
from eventsapp.mail.models import Mailing
from eventsapp.manage import meeting_choices, meeting_conflict, meeting_context
from eventsapp.manage.forms.meeting_filters import month_of
from eventsapp.manage.forms.meetings import CancelForm, CopyForm, MeetingForm, typed
from eventsapp.manage.guard import current_actor
from eventsapp.manage.meeting_month import weeks_of
from eventsapp.manage.meeting_tabs import meeting_tabs, page_of
from eventsapp.meetings import planning, queries
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.plan import MeetingPlan, faults, tidy

bp = Blueprint("manage_meetings", __name__, url_prefix="/manage/meetings")

Page = str | tuple[str, int] | Response


@bp.app_context_processor
def _tabs() -> dict[str, Any]:
    return {
        "meeting_tabs": meeting_tabs,
        "page_of": page_of,
        "meeting_status": lambda meeting: MeetingStatus(meeting.status),
        "meeting_is_over": lambda meeting: meeting.ends_at < now(),
    }


@bp.get("/")
def index() -> Page:
    """Show the meetings, to come or past, narrowed down as the address says."""
    actor = current_actor()
    form = meeting_choices.filter_form(actor)
    cursor = request.args.get("after") or request.args.get("before")
    page = queries.meetings_page(actor, form.filters(), cursor)
    return render_template(
        "manage/meetings/index.html",
        f=form,
        page=page,
        coming=_coming([row.id for row in page.items]),
        may_plan=meeting_choices.may_plan(actor),
        now=now(),
        month_query=_without("after", "before", "day", "period"),
    )


@bp.get("/month")
def month() -> Page:
    """Show a month as a table."""
    actor = current_actor()
    form = meeting_choices.filter_form(actor)
    first = month_of(request.args.get("month", ""), _today())
    filters = form.filters()
    return render_template(
        "manage/meetings/month.html",
        f=form,
        first=first,
        weeks=weeks_of(actor, filters, first),
        today=_today(),
        may_plan=meeting_choices.may_plan(actor),
        previous=(first - timedelta(days=1)).strftime("%Y-%m"),
        following=(first + timedelta(days=32)).strftime("%Y-%m"),
        list_query=_without("month"),
    )


@bp.get("/warnings")
def day_warnings() -> Page:
    """Show what speaks against a day, for the place beside the date field."""
    actor = current_actor()
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return ""
    regions = {int(text) for text in request.args.getlist("lead_region_id") if _is_number(text)}
    meeting_id = request.args.get("meeting_id", "")
    number = int(meeting_id) if _is_number(meeting_id) else None
    cautions = meeting_context.cautions_on(actor, day, regions, number)
    return render_template("manage/meetings/cautions.html", cautions=cautions)


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Plan a meeting: a short form, the rest in sections below."""
    actor = current_actor()
    meeting_choices.demand_plan(actor)
    form = MeetingForm(data=meeting_choices.starting_values(actor, request.args))
    meeting_choices.offer(form, actor)
    if request.method != "POST":
        return _form_page(form)
    if row := form.rearrange(request.form.get("rows", "")):
        return _form_page(form, row=row)
    plan = _judged(form, form.plan())
    if plan is None:
        return _form_page(form), 422
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        meeting = planning.plan(actor, plan)
    except InputError as fault:
        return _refused(form, fault)
    place = url_for(".show", meeting_id=meeting.id)
    submissions.settle(key, place)
    flash(gettext("The meeting is kept as a draft. No mail has gone out."), "success")
    return redirect(place, 303)


@bp.route("/<int:meeting_id>/edit", methods=["GET", "POST"])
def edit(meeting_id: int) -> Page:
    """Change a meeting; an older version is told what changed meanwhile, nothing typed is lost."""
    actor = current_actor()
    meeting = queries.whole_meeting(actor, meeting_id, write=True)
    if meeting.status == MeetingStatus.CANCELLED:
        raise Conflict(N_("This meeting is cancelled. Copy it to plan it anew."))
    kept = planning.plan_of(meeting)
    form = MeetingForm(data={**typed(kept), "version": meeting.version})
    meeting_choices.offer(form, actor, meeting)
    if request.method != "POST":
        return _form_page(form, meeting)
    if row := form.rearrange(request.form.get("rows", "")):
        return _form_page(form, meeting, row=row)
    plan = _judged(form, form.plan(kept))
    key, place = request.form.get("form_key", ""), url_for(".show", meeting_id=meeting_id)
    if form.version.data != str(meeting.version):
        done = submissions.claim(key)  # a double click is no conflict
        return redirect(done, 303) if done else _conflict_page(form, meeting, plan)
    if plan is None:
        return _form_page(form, meeting), 422
    if "again" in request.form:
        return _form_page(form, meeting)
    return _keep(form, meeting, plan, key, place)


@bp.get("/<int:meeting_id>")
def show(meeting_id: int) -> Page:
    """Show one meeting: what, when, where, how it stands, and what is to be done next."""
    actor = current_actor()
    meeting = queries.whole_meeting(actor, meeting_id)
    return render_template(
        "manage/meetings/show.html", **meeting_context.show_context(actor, meeting)
    )


@bp.post("/<int:meeting_id>/publish")
def publish(meeting_id: int) -> Page:
    """Make a draft visible."""
    actor = current_actor()
    meeting = queries.meeting_for(actor, meeting_id, write=True)
    try:
        planning.publish(actor, meeting)
    except InputError as fault:
        flash(gettext(fault.message, **fault.values), "error")
        return redirect(url_for(".edit", meeting_id=meeting_id, _anchor=fault.field), 303)
    flash(gettext("The meeting is visible now. No mail has gone out."), "success")
    return redirect(url_for(".show", meeting_id=meeting_id), 303)


@bp.route("/<int:meeting_id>/copy", methods=["GET", "POST"])
def copy(meeting_id: int) -> Page:
    """Plan a meeting like this one; asks only when."""
    actor = current_actor()
    meeting_choices.demand_plan(actor)
    meeting = queries.whole_meeting(actor, meeting_id)
    needs_region = not actor.may_write({meeting.lead_region_id})
    form = CopyForm(data={"starts": meeting.starts_wall.time(), "ends": meeting.ends_wall.time()})
    meeting_choices.offer_regions(form, actor, needs_region)
    if request.method != "POST":
        return _copy_page(form, meeting, needs_region)
    if not form.validate():
        return _copy_page(form, meeting, needs_region), 422
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    starts, ends = form.wall_times()
    lasts = meeting.ends_wall.date() - meeting.starts_wall.date()
    region = form.lead_region_id.data if needs_region else None
    try:
        made = planning.copy(actor, meeting, starts, ends + lasts, region)
    except InputError as fault:
        db.session.rollback()
        meeting_choices.blame(form, fault)
        return _copy_page(form, meeting, needs_region), 422
    place = url_for(".show", meeting_id=made.id)
    submissions.settle(key, place)
    flash(gettext("The copy is kept as a draft. Nobody is invited yet."), "success")
    return redirect(place, 303)


@bp.route("/<int:meeting_id>/cancel", methods=["GET", "POST"])
def cancel(meeting_id: int) -> Page:
    """Cancel a meeting, having shown who will be told."""
    actor = current_actor()
    meeting = queries.meeting_for(actor, meeting_id, write=True)
    form = CancelForm()
    told = changes.foresee_cancel(meeting)
    if request.method != "POST" or meeting.status == MeetingStatus.CANCELLED:
        return _cancel_page(form, meeting, told)
    try:
        mailing = changes.cancel(actor, meeting, form.reason.data or "")
    except InputError as fault:
        meeting_choices.blame(form, fault)
        return _cancel_page(form, meeting, told), 422
    _say(gettext("The meeting is cancelled."), told.mails, mailing)
    return redirect(url_for(".show", meeting_id=meeting_id), 303)


def _judged(form: MeetingForm, plan: MeetingPlan | None) -> MeetingPlan | None:
    """Give the tidy plan, or None when something is wrong with it; the fields tell what."""
    if plan is None:
        return None
    plan = tidy(plan)
    form.blame(faults(plan))
    return None if form.errors else plan


def _refused(form: MeetingForm, fault: InputError, meeting: Meeting | None = None) -> Page:
    """Show the form again with a fault that only the use case could find."""
    form.blame([fault])
    return _form_page(form, meeting), 422


def _form_page(
    form: MeetingForm,
    meeting: Meeting | None = None,
    row: str = "",
    conflict: dict[str, Any] | None = None,
) -> str:
    context = meeting_context.form_context(current_actor(), form, meeting, row)
    return render_template("manage/meetings/form.html", conflict=conflict, **context)


def _keep(form: MeetingForm, meeting: Meeting, plan: MeetingPlan, key: str, place: str) -> Page:
    """Keep a change, having shown who will be told of it."""
    told = changes.foresee_change(meeting, planning.changes_by(meeting, plan))
    if told.updates and "tell" not in request.form:
        return _told_first_page(meeting, told)
    is_told = request.form.get("tell") == "1"
    try:
        mailing = changes.change(current_actor(), meeting, plan, meeting.version, tell=is_told)
    except InputError as fault:
        return _refused(form, fault, meeting)
    submissions.claim(key)
    submissions.settle(key, place)
    _say(gettext("The changes are kept."), told.mails, mailing)
    return redirect(place, 303)


def _told_first_page(meeting: Meeting, told: Told) -> str:
    """Show who will be told of a change, with all that was typed to be sent once more."""
    left = ("csrf_token", "form_key", "tell", "again", "rows")
    typed = [(name, text) for name, text in request.form.items(multi=True) if name not in left]
    return render_template(
        "manage/meetings/told.html",
        meeting=meeting,
        told=told,
        gets=meeting_context.told_lines(told),
        typed=typed,
    )


def _say(sentence: str, mails: int, mailing: Mailing | None) -> None:
    """Say what was done, how many mails it made, and where they can be seen or taken back."""
    said = escape(sentence)
    if mails and mailing is not None:
        made = ngettext("%(num)s mail is on its way.", "%(num)s mails are on their way.", mails)
        can_undo = mailing.not_before > now() + timedelta(seconds=1)
        link = gettext("See them or undo this") if can_undo else gettext("See these mails")
        place = url_for("manage_mail.mailing", mailing_id=mailing.id)
        said += Markup(' {} <a href="{}">{}</a>').format(made, place, link)
    flash(said, "success")


def _conflict_page(form: MeetingForm, meeting: Meeting, plan: MeetingPlan | None) -> Page:
    seen = form.version.data or ""
    told = meeting_conflict.told(form, meeting, int(seen) if _is_number(seen) else 0, plan)
    form.version.data = str(meeting.version)  # who has read this may keep the form after all
    return _form_page(form, meeting, conflict=told), 409


def _copy_page(form: CopyForm, meeting: Meeting, needs_region: bool) -> str:
    return render_template(
        "manage/meetings/copy.html", f=form, meeting=meeting, needs_region=needs_region
    )


def _cancel_page(form: CancelForm, meeting: Meeting, told: Told) -> str:
    return render_template(
        "manage/meetings/cancel.html",
        meeting=meeting,
        f=form,
        told=told.updates,
        gets=meeting_context.told_lines(told),
    )


def _without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in request.args.items() if name not in names}


def _coming(meeting_ids: list[int]) -> dict[int, str]:
    """Write how many of the invited come, "" where nobody is invited."""
    words = gettext("%(come)s of %(invited)s")
    return {
        meeting_id: words % {"come": one.accepted, "invited": one.invited} if one.invited else ""
        for meeting_id, one in counts(meeting_ids).items()
    }


def _today() -> date:
    return utc_to_local(now(), HOME_ZONE).date()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
