"""Who did what, for the coordinator: every sending, download and change, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, render_template, request
from flask_babel import gettext, ngettext

from eventsapp.accounts import advisors, colleagues
from eventsapp.core import audit
from eventsapp.core.actor import Level
from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import local_to_utc
from eventsapp.core.language import label
from eventsapp.core.settings import settings
from eventsapp.directory.places import names_of_all_regions
from eventsapp.manage.forms.log_filter import LogFilter
from eventsapp.manage.guard import current_actor
from eventsapp.manage.log_names import Named, Subjects, people_named, subjects_of
from eventsapp.manage.log_words import COUNTS, KINDS, WORDS

bp = Blueprint("manage_log", __name__, url_prefix="/manage/log")


@dataclass(frozen=True, slots=True)
class Line:
    """One act as it is read: when, who, what, about what, and what more is known."""

    at: datetime
    who: str
    what: str
    about: Named | None
    more: str


@bp.get("/")
def index() -> str:
    """Show the log, narrowed down to somebody, a kind of act or a period."""
    actor = current_actor()
    advisors.demand_coordinator(actor)
    form = LogFilter(request.args)
    form.offer(colleagues.all_colleagues())
    page = audit.entries_page(
        person_id=form.who.data,
        actions=tuple(KINDS[form.kind.data][1]) if form.kind.data in KINDS else (),
        since=_midnight(form.since.data),
        until=_midnight(form.until.data, timedelta(days=1)),
        cursor=request.args.get("after") or request.args.get("before"),
    )
    subjects = subjects_of(actor, page.items)
    named = people_named(_people_in(page.items))
    regions = names_of_all_regions()
    lines = [_line(entry, subjects, named, regions) for entry in page.items]
    return render_template("manage/log/index.html", page=page, lines=lines, form=form)


def _line(
    entry: AuditEntry, subjects: Subjects, people: dict[int, str], regions: dict[int, str]
) -> Line:
    about = subjects.get((entry.object_type, entry.object_id or 0))
    return Line(
        at=entry.at,
        who=_who(entry, about, people),
        what=gettext(WORDS[entry.action]) if entry.action in WORDS else entry.action,
        about=about,
        more=_more(entry, people, regions),
    )


def _who(entry: AuditEntry, about: Named | None, people: dict[int, str]) -> str:
    """Name who acted; not a participant of a closed group."""
    if entry.level == Level.SYSTEM:
        return label(Level.SYSTEM)
    if entry.level == Level.LINK and (about is None or about.is_hidden):
        return label(Level.LINK)
    return people.get(entry.person_id or 0) or label(Level(entry.level))


def _more(entry: AuditEntry, people: dict[int, str], regions: dict[int, str]) -> str:
    detail = entry.detail
    numbers = [detail[name] for name in COUNTS if isinstance(detail.get(name), int)]
    parts = [ngettext("%(num)s person", "%(num)s people", number) for number in numbers[:1]]
    if entry.action == "list.export":
        parts.append(str(detail.get("kind", "")).upper())
    if entry.action == "meeting_handed_over":
        pair = (detail.get("before"), detail.get("after"))
        parts.append(" → ".join(people.get(number or 0, "?") for number in pair))
    if entry.action == "region.dissolved" and isinstance(detail.get("successor"), int):
        parts.append(f"→ {regions.get(detail['successor'], '?')}")
    if entry.object_type == "account":
        parts += _rights(detail, regions)
    return ", ".join(part for part in parts if part)


def _rights(detail: dict[str, object], regions: dict[int, str]) -> list[str]:
    """Say how the rights of a colleague changed: level and regions, before and after."""
    found = []
    before, after = detail.get("level_before"), detail.get("level")
    if before != after:
        levels = [label(Level(str(level))) for level in (before, after) if level]
        found.append(" → ".join(levels))
    was, now = _numbers(detail.get("regions_before")), _numbers(detail.get("regions"))
    if was != now:
        found += [f"+\u00a0{regions.get(number, '?')}" for number in sorted(now - was)]
        found += [f"−\u00a0{regions.get(number, '?')}" for number in sorted(was - now)]
    return found


def _numbers(value: object) -> set[int]:
    return (
        {number for number in value if isinstance(number, int)}
        if isinstance(value, list)
        else set()
    )


def _people_in(entries: list[AuditEntry]) -> set[int]:
    """Gather who acted and, where a meeting went over, from whom to whom."""
    found = {entry.person_id for entry in entries}
    for entry in entries:
        if entry.action == "meeting_handed_over":
            found |= {entry.detail.get("before"), entry.detail.get("after")}
    return {number for number in found if isinstance(number, int)}


def _midnight(day: date | None, later: timedelta = timedelta()) -> datetime | None:
    """Give the moment at which a day begins where the programme is."""
    if day is None:
        return None
    return local_to_utc(datetime.combine(day + later, time()), settings().timezone)
