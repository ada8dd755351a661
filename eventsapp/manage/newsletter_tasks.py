"""What the newsletter asks of somebody, for the page of today.

Editors and coordinators see the editions that are being made, advisors the pieces that they were
asked for and the messages to their own regions. Asks six questions at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext

from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import long_date, time_of_day, today
from eventsapp.core.language import current_language, label
from eventsapp.manage.edition_steps import steps_of
from eventsapp.manage.edition_tabs import edition_leaves, edition_page
from eventsapp.manage.tasks import Task, line_of
from eventsapp.newsletters import contributions, duties, editions, sign_off, undecided
from eventsapp.newsletters.duties import Step
from eventsapp.newsletters.editions import may_make
from eventsapp.newsletters.kinds import ContributionState, EditionStatus
from eventsapp.newsletters.models import Contribution, Edition
from eventsapp.newsletters.undecided import Undecided

NEAR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tasks:
    """What needs somebody now, and what may wait."""

    urgent: list[Task] = field(default_factory=list)
    later: list[Task] = field(default_factory=list)
    making: list[Making] = field(default_factory=list)
    """For editors, whose day it is: instead of a line under what may wait."""


@dataclass(frozen=True, slots=True)
class Making:
    """An edition in the making with the steps that lie ahead."""

    edition: Edition
    href: str
    steps: list[dict[str, Any]]


def tasks(actor: Actor) -> Tasks:
    """Give what the newsletter asks of somebody."""
    found = Tasks()
    for piece, edition in contributions.waiting_for_author(actor):
        _put(found, *_of_piece(piece, edition))
    for one in undecided.undecided(actor):
        _put(found, True, _to_decide(one))
    making = [one for one in duties.being_made(actor) if may_make(actor, one)]
    numbers = [one.id for one in making]
    missing = duties.missing_by_edition(numbers) if making else {}
    waiting = duties.to_take_in(numbers) if making else {}
    for edition in making:
        is_urgent, task = _of_edition(actor, edition, missing.get(edition.id, 0))
        if actor.level is Level.EDITOR:
            found.making.append(_making(edition, missing.get(edition.id, 0)))
        if is_urgent or actor.level is not Level.EDITOR:
            _put(found, is_urgent, task)
        if edition.id in waiting and editions.is_open(edition):
            _put(found, True, _to_take_in(edition, waiting[edition.id]))
    return found


def _making(edition: Edition, missing: int) -> Making:
    steps = steps_of(edition, duties.duties_of(edition, missing), "manage_sign_off.show")
    href = edition_page(edition, "manage_editions.show") or ""
    return Making(edition, href, steps)


def _put(found: Tasks, is_urgent: bool, task: Task | None) -> None:
    if task is not None:
        (found.urgent if is_urgent else found.later).append(task)


def _of_piece(piece: Contribution, edition: Edition) -> tuple[bool, Task | None]:
    place = url_for("manage_contributions.show", contribution_id=piece.id)
    if piece.state == ContributionState.TAKEN:
        if edition.status != EditionStatus.REVIEW:
            return False, None  # the editor is still at it
        text = line_of([edition.title, gettext("is the edited text still right?")])
        return True, Task("pen", piece.title, text, place, gettext("Look"))
    until = (
        gettext("wanted by %(day)s", day=long_date(piece.due_on, current_language()))
        if piece.due_on is not None
        else ""
    )
    title = gettext("Your piece for the newsletter")
    is_near = piece.due_on is None or piece.due_on <= _day(edition) + NEAR
    return is_near, Task("pen", title, line_of([edition.title, until]), place, gettext("Write"))


def _of_edition(actor: Actor, edition: Edition, missing: int) -> tuple[bool, Task | None]:
    """Tell of an edition what somebody who makes it should do first."""
    place = url_for("manage_sign_off.show", edition_id=edition.id)
    if edition.is_late:
        text = gettext("should have left, but was not sent")
        return True, Task("warning", edition.title, line_of([text]), place, gettext("Look"))
    if edition.status == EditionStatus.REVIEW and sign_off.why_not(actor, edition) is None:
        line = [gettext("waits for your sign-off"), _until(edition)]
        return True, Task("eye", edition.title, line_of(line), place, gettext("Read"))
    if edition.status == EditionStatus.SCHEDULED:
        return False, Task("clock", edition.title, line_of([_leaves(edition)]), place)
    is_own = actor.person_id in (edition.asked_by_id, edition.created_by)
    if edition.status == EditionStatus.DRAFT and edition.remark and is_own:
        text = gettext("was given back with a remark")
        return True, Task("undo", edition.title, line_of([text]), place, gettext("Look"))
    if edition.status == EditionStatus.SIGNED_OFF:
        is_near = edition.send_on is None or edition.send_on <= _day(edition) + NEAR
        line = [gettext("signed off, but not planned yet")]
        return is_near, Task("clock", edition.title, line_of(line), place, gettext("Plan"))
    return _next_step(edition, missing, place)


def _next_step(edition: Edition, missing: int, place: str) -> tuple[bool, Task | None]:
    duty = duties.next_duty(edition, missing)
    if duty is None:
        text = label(EditionStatus(edition.status))
        make = edition_page(edition, "manage_editions.show") or place
        return False, Task("pen", edition.title, line_of([text]), make)
    day = long_date(duty.on, current_language())
    line = [gettext("%(step)s, by %(day)s at the latest", step=label(duty.step), day=day)]
    if duty.missing:
        line.append(
            ngettext("%(num)s piece is missing", "%(num)s pieces are missing", duty.missing)
        )
    if duty.is_late(_day(edition)):
        line.append(gettext("late"))
    endpoint = {
        Step.CONTRIBUTIONS: "manage_contributions.index",
        Step.REVIEW: "manage_editions.show",
    }.get(duty.step, "manage_sign_off.show")
    href = edition_page(edition, endpoint) or place
    return duty.on <= _day(edition) + NEAR, Task("pen", edition.title, line_of(line), href)


def _to_take_in(edition: Edition, count: int) -> Task:
    text = ngettext(
        "%(num)s piece came in and is not taken in yet",
        "%(num)s pieces came in and are not taken in yet",
        count,
    )
    place = url_for("manage_contributions.index", edition_id=edition.id)
    return Task("file", edition.title, line_of([text]), place, gettext("Look"))


def _to_decide(one: Undecided) -> Task:
    held = (
        ngettext(
            "%(num)s mail lay too long and was not sent",
            "%(num)s mails lay too long and were not sent",
            one.held,
        )
        if one.held
        else ""
    )
    paused = gettext("stopped by itself: too much came back") if one.is_paused else ""
    place = url_for("manage_sending.show", edition_id=one.edition.id)
    return Task("warning", one.edition.title, line_of([paused, held]), place, gettext("Decide"))


def _until(edition: Edition) -> str:
    if edition.sign_off_on is None:
        return ""
    return gettext("wanted by %(day)s", day=long_date(edition.sign_off_on, current_language()))


def _leaves(edition: Edition) -> str:
    wall = edition_leaves(edition)
    if wall is None:
        return ""
    language = current_language()
    day, time = long_date(wall.date(), language), time_of_day(wall, language)
    return gettext("leaves on %(day)s, %(time)s", day=day, time=time)


def _day(edition: Edition) -> date:
    return today(edition.newsletter.timezone)
