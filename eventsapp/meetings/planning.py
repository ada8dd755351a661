"""Plans, changes, publishes, copies and cancels meetings: rows only, with the right to do so.

The advisors' door calls it for meetings to which nobody was invited; where people were invited it
goes through `invitations/changes.py`, which calls `change` and `cancel_meeting` and tells them.
Nothing here sends or commits.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm.exc import StaleDataError

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import local_to_utc, now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError
from eventsapp.core.labels import N_
from eventsapp.meetings import lines
from eventsapp.meetings.keeping import with_known_questions
from eventsapp.meetings.kinds import Access, MeetingKind, MeetingStatus, PlannedMail
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.plan import MeetingPlan as MeetingPlan
from eventsapp.meetings.plan import faults, tidy
from eventsapp.meetings.queries import may_change
from eventsapp.meetings.references import References, linked, references_for
from eventsapp.meetings.rules import Change, MeetingFacts, changes_between

# Columns that are kept as they stand in the plan.
_PLAIN = (
    "title", "timezone", "answer_by", "lead_region_id", "network_id", "is_public",
    "language", "starts_wall", "ends_wall", "place_name", "street", "postcode", "town",
    "directions", "online_url", "capacity", "description", "opening",
)  # fmt: skip


def plan(actor: Actor, meant: MeetingPlan) -> Meeting:
    """Make a draft of this meeting, organised by the actor unless the plan names another.

    Raises InputError with its field, and Forbidden outside the actor's own regions.
    """
    meant = _judged(meant)
    actor.demand_write({meant.lead_region_id})
    found = references_for(actor, meant)
    organiser = meant.organiser_person_id or actor.person_id
    if organiser is None:
        raise InputError(N_("Choose who organises the meeting."), "organiser_person_id")
    meeting = Meeting(organiser_person_id=organiser, status=MeetingStatus.DRAFT.value)
    db.session.add(meeting)
    with db.session.no_autoflush:
        _write(meeting, meant, found)
    db.session.flush()  # the audit row holds the number of the meeting
    audit.record(actor, "meeting_planned", "meeting", meeting.id)
    return meeting


def change(actor: Actor, meeting: Meeting, meant: MeetingPlan, version: int) -> set[Change]:
    """Make a meeting as it is meant now, and tell in which ways it differs to who was invited.

    The revision is raised when calendars must ask again. Raises Conflict when the meeting is no
    longer at `version`, InputError with its field, and Forbidden where the actor may not write.
    """
    _demand_change(actor, meeting)
    if meeting.version != version:
        raise Conflict()
    if meeting.status == MeetingStatus.CANCELLED:
        raise Conflict(N_("This meeting is cancelled. Copy it to plan it anew."))
    meant = _judged(meant)
    _demand_kept(actor, meeting, meant)
    found = references_for(actor, meant, meeting)
    if meeting.status == MeetingStatus.VISIBLE:
        _demand_place(meant.place_name, meant.online_url)
    before, kept = facts_of(meeting), plan_of(meeting)
    organiser = meeting.organiser_person_id
    with db.session.no_autoflush:
        meeting.organiser_person_id = meant.organiser_person_id or organiser
        _write(meeting, meant, found)
    changed = set(changes_between(before, facts_of(meeting)))
    if changed - {Change.TEXT}:
        meeting.revision += 1
    _save(meeting)
    audit.record(
        actor,
        "meeting_changed",
        "meeting",
        meeting.id,
        version=meeting.version,
        fields=differences(kept, plan_of(meeting)),
    )
    if meeting.organiser_person_id != organiser:
        audit.record(
            actor,
            "meeting_handed_over",
            "meeting",
            meeting.id,
            before=organiser,
            after=meeting.organiser_person_id,
        )
    return changed


def switch_mail(actor: Actor, meeting: Meeting, mail: PlannedMail, is_on: bool) -> None:
    """Switch one mail of the mail plan on or off."""
    _demand_change(actor, meeting)
    meeting.mail_plan = {**meeting.mail_plan, mail.value: is_on}
    _save(meeting)
    audit.record(
        actor, "mail_plan_changed", "meeting", meeting.id, mail=mail.value, is_on=is_on,
        version=meeting.version, fields=["mail_plan"],
    )  # fmt: skip


def publish(actor: Actor, meeting: Meeting) -> None:
    """Make a draft visible. InputError when it says neither where nor how one takes part."""
    _demand_change(actor, meeting)
    if meeting.status == MeetingStatus.VISIBLE:
        return
    if meeting.status == MeetingStatus.CANCELLED:
        raise Conflict(N_("This meeting is cancelled. Copy it to plan it anew."))
    _demand_place(meeting.place_name, meeting.online_url)
    meeting.status = MeetingStatus.VISIBLE.value
    _save(meeting)
    audit.record(
        actor, "meeting_published", "meeting", meeting.id,
        version=meeting.version, fields=["status"],
    )  # fmt: skip


def copy(
    actor: Actor,
    meeting: Meeting,
    starts_wall: datetime,
    ends_wall: datetime,
    lead_region_id: int | None = None,
) -> Meeting:
    """Make a draft like an earlier meeting, at another time, organised by the actor.

    The day to answer by keeps its distance. Papers and people are not taken along. An advisor of
    another region names an own one to lead.
    """
    earlier = plan_of(meeting)
    distance = meeting.starts_wall.date() - earlier.answer_by if earlier.answer_by else None
    meant = replace(
        earlier,
        starts_wall=starts_wall,
        ends_wall=ends_wall,
        answer_by=_answer_by(starts_wall, distance),
        organiser_person_id=None,
        questions=tuple(replace(line, id=None) for line in earlier.questions),
        co_organisers=lines.with_logos(meeting),
    )
    if lead_region_id and lead_region_id != meeting.lead_region_id:
        meant = replace(meant, lead_region_id=lead_region_id, region_ids=frozenset())
    made = plan(actor, meant)
    made.copied_from_id = meeting.id
    return made


def cancel_meeting(actor: Actor, meeting: Meeting, reason: str) -> None:
    """Cancel a meeting; who was invited is told by `invitations/changes.py`, not here."""
    _demand_change(actor, meeting)
    if meeting.status == MeetingStatus.CANCELLED:
        raise Conflict(N_("This meeting is cancelled already."))
    if len(reason) > 2000:
        raise InputError(N_("This is too long: at most %(most)s characters."), "reason", most=2000)
    meeting.status = MeetingStatus.CANCELLED.value
    meeting.cancelled_at = now()
    meeting.cancel_reason = lines.plain(reason)
    meeting.revision += 1
    _save(meeting)
    audit.record(
        actor, "meeting_cancelled", "meeting", meeting.id,
        version=meeting.version, fields=["status"],
    )  # fmt: skip


def put_back(actor: Actor, meeting: Meeting, earlier: MeetingPlan) -> set[Change]:
    """Make a meeting again as it was before a change, or before it was cancelled.

    Gives in which ways that differs from how it stood. What was answered to a question that the
    change removed does not come back. Raises as `change` does.
    """
    _demand_change(actor, meeting)
    known = {question.id for question in meeting.questions}
    earlier = with_known_questions(earlier, known)
    found = references_for(actor, earlier, meeting)
    before, kept = facts_of(meeting), plan_of(meeting)
    with db.session.no_autoflush:
        meeting.organiser_person_id = earlier.organiser_person_id or meeting.organiser_person_id
        _write(meeting, earlier, found)
    meeting.status = MeetingStatus.VISIBLE.value
    meeting.cancelled_at, meeting.cancel_reason = None, ""
    meeting.revision += 1
    _save(meeting)
    audit.record(
        actor,
        "meeting_put_back",
        "meeting",
        meeting.id,
        version=meeting.version,
        fields=differences(kept, plan_of(meeting)) or ["status"],
    )
    return set(changes_between(before, facts_of(meeting)))


def whole_plan_of(meeting: Meeting) -> MeetingPlan:
    """Give the plan that a meeting follows now with all that it takes to put it back."""
    return replace(plan_of(meeting), co_organisers=lines.whole_co_organisers_of(meeting))


def plan_of(meeting: Meeting) -> MeetingPlan:
    """Give the plan that a meeting follows now."""
    return MeetingPlan(
        **{name: getattr(meeting, name) for name in _PLAIN},
        kind=MeetingKind(meeting.kind),
        region_ids=frozenset(
            region.id for region in meeting.regions if region.id != meeting.lead_region_id
        ),
        theme_ids=frozenset(theme.id for theme in meeting.themes),
        deputy_ids=frozenset(deputy.id for deputy in meeting.deputies),
        organiser_person_id=meeting.organiser_person_id,
        is_confidential=meeting.is_confidential,
        access=tuple(meeting.access),
        mail_plan=dict(meeting.mail_plan),
        agenda=lines.agenda_of(meeting),
        questions=lines.questions_of(meeting),
        co_organisers=lines.co_organisers_of(meeting),
    )


def differences(one: MeetingPlan, other: MeetingPlan) -> list[str]:
    """Name the fields in which two plans of a meeting differ."""
    return [
        field.name
        for field in fields(MeetingPlan)
        if getattr(one, field.name) != getattr(other, field.name)
    ]


def facts_of(meeting: Meeting) -> MeetingFacts:
    """Give what people are told of a meeting, for the rules of change."""
    return _facts(plan_of(meeting), meeting.status)


def changes_by(meeting: Meeting, meant: MeetingPlan) -> set[Change]:
    """Tell in which ways a meeting would differ to who was invited, before anything is changed."""
    return set(changes_between(facts_of(meeting), _facts(tidy(meant), meeting.status)))


def _facts(plan: MeetingPlan, status: str) -> MeetingFacts:
    return MeetingFacts(
        starts=plan.starts_wall,
        ends=plan.ends_wall,
        timezone=plan.timezone,
        place=(plan.place_name, plan.street, plan.postcode, plan.town),
        online_url=plan.online_url,
        status=status,
        title=plan.title,
        description=plan.description,
        agenda=tuple(f"{point.starts or ''} {point.title}" for point in plan.agenda),
    )


def _judged(meant: MeetingPlan) -> MeetingPlan:
    meant = tidy(meant)
    if wrong := faults(meant):
        raise wrong[0]
    return linked(meant)


def _demand_change(actor: Actor, meeting: Meeting) -> None:
    if not may_change(actor, meeting):
        raise Forbidden(N_("This meeting is of another region. You can read it, not change it."))


def _demand_kept(actor: Actor, meeting: Meeting, meant: MeetingPlan) -> None:
    """Refuse to move a meeting to a leading region where the actor may not write."""
    if meant.lead_region_id != meeting.lead_region_id:
        actor.demand_write({meant.lead_region_id})


def _demand_place(place_name: str, online_url: str) -> None:
    if not place_name and not online_url:
        raise InputError(
            N_("Fill in a place or an online link, so that people know where to go."), "place_name"
        )


def _write(meeting: Meeting, meant: MeetingPlan, found: References) -> None:
    for name in _PLAIN:
        setattr(meeting, name, getattr(meant, name))
    meeting.kind = meant.kind.value
    meeting.municipality_id = found.municipality_id
    meeting.starts_at = local_to_utc(meant.starts_wall, meant.timezone)
    meeting.ends_at = local_to_utc(meant.ends_wall, meant.timezone, "ends")
    meeting.is_confidential = meant.is_confidential or found.has_closed_network
    # A closed group is never announced, whatever was ticked.
    meeting.is_public = meant.is_public and not meeting.is_confidential
    meeting.access = [kind.value for kind in Access if kind.value in meant.access]
    meeting.mail_plan = {
        mail.value: meant.mail_plan[mail.value]
        for mail in PlannedMail
        if mail.value in meant.mail_plan
    }
    meeting.regions = found.regions
    meeting.themes = found.themes
    meeting.deputies = found.deputies
    lines.write(meeting, meant)


def _save(meeting: Meeting) -> None:
    """Raise the version even where only lines changed; somebody faster makes it a Conflict."""
    meeting.updated_at = now()
    try:
        db.session.flush()  # the audit row holds the new version
    except StaleDataError as fault:
        raise Conflict() from fault


def _answer_by(starts_wall: datetime, distance: timedelta | None) -> date | None:
    return starts_wall.date() - distance if distance is not None else None
