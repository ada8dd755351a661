"""What needs me today: the page after signing in.

Five things at most stand on top, one of each kind first; the rest stands beneath, for who has
time. Asks a bounded number of questions, whatever there is to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain, zip_longest
from typing import Any

from flask import Blueprint, current_app, render_template, url_for
from flask_babel import gettext, ngettext

from eventsapp.core import room
from eventsapp.core.actor import Level
from eventsapp.core.dates import HOME_ZONE, long_date, now, time_of_day, today, utc_to_local, when
from eventsapp.core.language import current_language
from eventsapp.core.language import label as label_of
from eventsapp.core.settings import settings
from eventsapp.invitations import post
from eventsapp.invitations import today as waiting
from eventsapp.invitations.queries import Counts
from eventsapp.invitations.today import Troubled, Waiting
from eventsapp.invitations.unreachable import Unreachable, unreachable_contacts
from eventsapp.mail.intake import IntakeFault, in_trouble
from eventsapp.mail.models import Intake
from eventsapp.mail.outage import Outage, outages
from eventsapp.manage import newsletter_tasks, privacy_tasks
from eventsapp.manage.guard import current_actor
from eventsapp.manage.mailing_words import bounce_words
from eventsapp.manage.tasks import Task, line_of
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.rhythm import long_not_met

bp = Blueprint("manage_home", __name__, url_prefix="/manage")

MOST_TODAY, MOST_LATER = 5, 8
SOON = timedelta(weeks=4)
MOST_WORDS = 120
"""Signs of what a mail server said last; the page of the doctor says all of it."""


@bp.get("/")
def show() -> str:
    """Show what needs the advisor today."""
    actor = current_actor()
    newsletter = newsletter_tasks.tasks(actor)
    tasks = list(_urgent(newsletter.urgent))
    later = [*_when_there_is_time(), *newsletter.later]
    is_new = not (tasks or later or newsletter.making) and not waiting.has_planned(actor)
    return render_template(
        "manage/home/show.html",
        first_name=actor.name.split()[0] if actor.name else "",
        day=long_date(today(), current_language()),
        tasks=tasks[:MOST_TODAY],
        later=[*tasks[MOST_TODAY:], *later][:MOST_LATER],
        is_new=is_new,
        may_plan=actor.level is not Level.EDITOR,
        making=newsletter.making,
    )


def _urgent(newsletter: list[Task]) -> Iterator[Task]:
    """Give what can't wait: first one of each kind, then the second of each, and so on."""
    actor = current_actor()
    week = waiting.this_week(actor)
    shown = {meeting.id for meeting, _ in week}
    silent = [one for one in waiting.silent_near_deadline(actor) if one.meeting.id not in shown]
    kinds: Iterable[Iterable[Task]] = (
        [_server_away(one) for one in _outages()],
        [_of_this_week(meeting, answers) for meeting, answers in week],
        newsletter,
        privacy_tasks.tasks(actor),
        [_in_trouble(one) for one in waiting.mail_in_trouble(actor)],
        [_told(one) for one in waiting.told(actor)],
        [_little_room(left) for left in _room_left() if left < room.LITTLE],
        [_out_of_order(one) for one in _intakes()],
        [_unreachable(one) for one in unreachable_contacts(actor)],
        [_letters(one) for one in post.waiting_for(actor)],
        [_loose(number) for number in [post.loose(actor)] if number],
        [_silent(one) for one in silent],
        [_not_marked(one) for one in waiting.not_marked(actor)],
    )
    for row in zip_longest(*kinds):
        yield from (task for task in row if task is not None)


def _when_there_is_time() -> Iterator[Task]:
    """Give what may wait: meetings to which nobody is invited, networks that no longer meet."""
    actor = current_actor()
    nobody = [_nobody_invited(meeting) for meeting in waiting.nobody_invited(actor)]
    networks = [] if actor.level is Level.EDITOR else long_not_met(actor)
    late = [_not_met(network.id, network.name, last) for network, last in networks]
    pairs = chain.from_iterable(zip_longest(nobody, late))
    yield from (task for task in pairs if task is not None)


def _of_this_week(meeting: Meeting, answers: Counts) -> Task:
    comes = ngettext("%(num)s comes", "%(num)s come", answers.accepted)
    silent = ngettext("%(num)s has not answered", "%(num)s have not answered", answers.silent)
    said = [comes, *([silent] if answers.silent else [])] if answers.invited else []
    is_today = meeting.starts_wall.date() == today(meeting.timezone)
    line = [_when(meeting), *said, *_whose(meeting)]
    if is_today and (page := _page("manage_attendance.index", meeting)):
        return Task("calendar", meeting.title, line_of(line), page, gettext("Attendance"))
    page = _page("manage_answers.index", meeting)
    action = gettext("Answers") if page and answers.invited else ""
    return Task("calendar", meeting.title, line_of(line), _first(page, meeting), action)


def _in_trouble(one: Troubled) -> Task:
    parts = []
    if one.failed:
        parts.append(
            ngettext("%(num)s mail did not arrive", "%(num)s mails did not arrive", one.failed)
        )
    if one.unknown:
        parts.append(
            ngettext(
                "%(num)s mail may not have arrived",
                "%(num)s mails may not have arrived",
                one.unknown,
            )
        )
    href = _address("manage_mail.mailing", mailing_id=one.mailing_id)
    fallback = url_for("manage_meetings.show", meeting_id=one.meeting_id)
    text = line_of([label_of(one.kind), *parts])
    return Task("mail", one.title, text, href or fallback, gettext("Look") if href else "")


def _room_left() -> list[int]:
    """Give the octets that are free on our disk: for who can have room made."""
    return [room.free(settings().data_dir)] if current_actor().is_coordinator else []


def _little_room(left: int) -> Task:
    text = line_of(
        [
            gettext(
                "%(left)s MB left: without room no mail leaves and nothing is kept",
                left=left // 10**6,
            ),
            gettext("tell the administrator"),
        ]
    )
    return Task(
        "warning",
        gettext("The disk of the server is nearly full"),
        text,
        url_for("manage_doctor.show"),
    )


def _outages() -> list[Outage]:
    """Give what keeps all mail from leaving: for who can have it mended."""
    return outages() if current_actor().is_coordinator else []


def _server_away(one: Outage) -> Task:
    since = utc_to_local(one.since, HOME_ZONE)
    language = current_language()
    began = gettext(
        "it has taken nothing since %(day)s, %(time)s",
        day=long_date(since, language),
        time=time_of_day(since, language),
    )
    said = gettext("its last words: %(reply)s", reply=one.reply[:MOST_WORDS]) if one.reply else ""
    title = (
        gettext("The mail server of newsletters takes no mail")
        if one.is_of_newsletters
        else gettext("The mail server takes no mail")
    )
    page = url_for("manage_doctor.show")
    return Task("warning", title, line_of([began, said]), page, gettext("Look"))


def _intakes() -> list[Intake]:
    """Give what does not work where mail comes in: for who can have it mended."""
    return in_trouble() if current_actor().is_coordinator else []


def _out_of_order(one: Intake) -> Task:
    began = utc_to_local(one.failing_since or now(), HOME_ZONE)
    since = gettext("since %(day)s", day=long_date(began, current_language()))
    fault = label_of(IntakeFault(one.fault)).rstrip(".")
    text = line_of([fault, since, gettext("tell the administrator")])
    title = gettext("Answers by mail do not come in")
    return Task("warning", title, text, url_for("manage_mail.index"))


def _unreachable(one: Unreachable) -> Task:
    who = (
        gettext("mail to %(name)s does not arrive", name=one.name)
        if one.role_id
        else gettext("mail to the general mailbox does not arrive")
    )
    return Task(
        "people",
        one.organisation,
        line_of([who, bounce_words(one.reason).rstrip(".")]),
        url_for("manage_organisations.show", organisation_id=one.organisation_id),
        gettext("Who succeeds?") if one.role_id else gettext("Look"),
    )


def _told(one: Waiting) -> Task:
    text = ngettext(
        "%(num)s participant told something that you should look at",
        "%(num)s participants told something that you should look at",
        one.number,
    )
    page = _page("manage_answers.index", one.meeting)
    return Task(
        "info",
        one.meeting.title,
        line_of([text, *_whose(one.meeting)]),
        _first(page, one.meeting),
        gettext("Look") if page else "",
    )


def _letters(one: Waiting) -> Task:
    text = ngettext(
        "%(num)s letter or answer waits for you",
        "%(num)s letters or answers wait for you",
        one.number,
    )
    href = url_for("manage_post.index", meeting=one.meeting.id)
    return Task(
        "mail", one.meeting.title, line_of([text, *_whose(one.meeting)]), href, gettext("Read")
    )


def _loose(number: int) -> Task:
    text = ngettext(
        "%(num)s letter is about no meeting that we know",
        "%(num)s letters are about no meeting that we know",
        number,
    )
    return Task("mail", gettext("Post"), text, url_for("manage_post.index"), gettext("Read"))


def _silent(one: Waiting) -> Task:
    silent = ngettext("%(num)s has not answered", "%(num)s have not answered", one.number)
    due = one.meeting.answer_by
    until = (
        gettext("answer wanted before %(day)s", day=long_date(due, current_language()))
        if due
        else _when(one.meeting)
    )
    page = _page("manage_calls.index", one.meeting) or _page("manage_answers.index", one.meeting)
    return Task(
        "hourglass",
        one.meeting.title,
        line_of([silent, until, *_whose(one.meeting)]),
        _first(page, one.meeting),
        gettext("Call or remind") if page else "",
    )


def _not_marked(one: Waiting) -> Task:
    text = (
        ngettext(
            "%(num)s is marked, the list is still open",
            "%(num)s are marked, the list is still open",
            one.number,
        )
        if one.number
        else gettext("who was there has not been marked yet")
    )
    page = _page("manage_attendance.index", one.meeting)
    return Task(
        "people",
        one.meeting.title,
        line_of([_day(one.meeting), text, *_whose(one.meeting)]),
        _first(page, one.meeting),
        gettext("Mark attendance") if page else "",
    )


def _nobody_invited(meeting: Meeting) -> Task:
    is_draft = meeting.status == MeetingStatus.DRAFT
    text = gettext("still a draft") if is_draft else gettext("nobody is invited yet")
    page = None if is_draft else _page("manage_invitations.choose", meeting)
    icon = "warning" if meeting.starts_at < now() + SOON else "pen"
    return Task(
        icon,
        meeting.title,
        line_of([_day(meeting), text, *_whose(meeting)]),
        _first(page, meeting),
        gettext("Invite") if page else "",
    )


def _not_met(network_id: int, name: str, last: date | None) -> Task:
    text = (
        gettext(
            "met last on %(day)s, and nothing is planned", day=long_date(last, current_language())
        )
        if last
        else gettext("has not met yet, and nothing is planned")
    )
    return Task(
        "globe", name, line_of([text]), url_for("manage_networks.show", network_id=network_id)
    )


def _whose(meeting: Meeting) -> list[str]:
    """Name the organiser where that is somebody else."""
    is_own = meeting.organiser_person_id == current_actor().person_id
    return [] if is_own else [meeting.organiser.name]


def _when(meeting: Meeting) -> str:
    return when(meeting.starts_wall, meeting.ends_wall, current_language())


def _day(meeting: Meeting) -> str:
    return long_date(meeting.starts_wall, current_language())


def _first(page: str | None, meeting: Meeting) -> str:
    return page or url_for("manage_meetings.show", meeting_id=meeting.id)


def _page(endpoint: str, meeting: Meeting) -> str | None:
    return _address(endpoint, meeting_id=meeting.id)


def _address(endpoint: str, **values: Any) -> str | None:
    """Give the address of a page, None while there is no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
