"""What the answer page shows of one invitation: read in a few questions, for its templates.

`rsvp.py` asks it after the token was judged. It never changes anything, and gives nothing but
this meeting and this invitee.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from eventsapp.calendars import offers
from eventsapp.core import dates
from eventsapp.core.addresses import mask
from eventsapp.core.db import db
from eventsapp.core.language import current_language, label
from eventsapp.core.settings import settings
from eventsapp.directory.kinds import RoleKind
from eventsapp.directory.rules import MAILBOX
from eventsapp.invitations import queries, rules, seats
from eventsapp.invitations.calendar_event import event_for
from eventsapp.invitations.extras import question_field
from eventsapp.invitations.facts import page_url, shown_title
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.rules import Standing
from eventsapp.invitations.workshops import seats_left
from eventsapp.meetings.kinds import Access, MeetingStatus, PlannedMail
from eventsapp.meetings.models import AgendaItem, CoOrganiser, Meeting
from eventsapp.meetings.papers import logo_token
from eventsapp.meetings.rules import answer_deadline_passed, is_planned

ASKED, COMING, SUBSTITUTE = "asked", "coming", "substitute"
UNDECIDED, DECLINED, WAITING = "undecided", "declined", "waiting"
_STATES = {
    Reply.ACCEPTED: COMING,
    Reply.TENTATIVE: UNDECIDED,
    Reply.DECLINED: DECLINED,
    Reply.WAITLISTED: WAITING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFacts:
    """What any page for visitors shows of a meeting."""

    meeting: Meeting
    tab_title: str
    when: str
    at_home: str
    access: list[str]
    together: list[tuple[str, str]]
    ring_name: str
    ring_phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage(MeetingFacts):
    """What the answer page shows; `state` is one of the six above."""

    invitation: Invitation
    token: str
    state: str
    who: str
    role: str
    confirmed_to: str
    is_late: bool = False
    is_full: bool = False
    ahead: int = 0
    free: int | None = None
    earlier: Reply | None = None
    has_moved: bool = False
    sign_up: str = ""
    google: str = ""
    outlook: str = ""
    left: dict[tuple[int, str], int] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def comes(self) -> bool:
        """Tell whether this invitee, or somebody in their place, comes or hopes to."""
        return self.state in (COMING, SUBSTITUTE, WAITING)

    @property
    def guests_line(self) -> str:
        """Say how many come along."""
        count = self.invitation.guests
        if not count:
            return ""
        return ngettext("%(num)s person comes with you", "%(num)s people come with you", count)

    def seat_words(self, question_id: int) -> dict[str, str]:
        """Say of each workshop how many seats are left."""
        return {
            value: ngettext("%(num)s seat left", "%(num)s seats left", left)
            if left > 0
            else gettext("full")
            for (question, value), left in self.left.items()
            if question == question_id
        }

    def full(self, question_id: int) -> set[str]:
        """Give the choices of a question that have no seat for this invitee."""
        own = self.data.get(question_field(question_id))
        return {
            value
            for (question, value), left in self.left.items()
            if question == question_id and left <= 0 and value != own
        }


def standing_of(invitation: Invitation) -> Standing:
    """Tell whether this invitation can be answered now."""
    meeting = invitation.meeting
    return rules.standing(
        starts_at=meeting.starts_at,
        at=dates.now(),
        is_cancelled=meeting.status == MeetingStatus.CANCELLED,
        is_withdrawn=invitation.withdrawn_at is not None,
    )


def facts_of(meeting: Meeting) -> dict[str, Any]:
    """Read what any page for visitors shows of a meeting, in the present language."""
    statement = (
        select(Meeting)
        .where(Meeting.id == meeting.id)
        .options(
            joinedload(Meeting.organiser),
            selectinload(Meeting.agenda).selectinload(AgendaItem.speakers),
            selectinload(Meeting.co_organisers),
        )
    )
    meeting = db.session.scalars(statement).one()
    return {
        "meeting": meeting,
        "tab_title": shown_title(meeting),
        "when": dates.when(meeting.starts_wall, meeting.ends_wall, current_language()),
        "at_home": _at_home(meeting),
        "access": [label(Access(each)) for each in meeting.access],
        "together": [(other.name, _logo(other)) for other in meeting.co_organisers],
        "ring_name": meeting.organiser.name,
        "ring_phone": meeting.organiser.phone or settings().programme_phone,
    }


def answer_page(invitation: Invitation, token: str) -> AnswerPage:
    """Read all that the page of an invitation that can be answered shows."""
    meeting = invitation.meeting
    state = _state(invitation)
    values: dict[str, Any] = {**facts_of(meeting), **_line(invitation, state)}
    if meeting.is_public and not meeting.is_confidential:
        values["sign_up"] = page_url(meeting)
    if state in (COMING, WAITING):
        event = event_for(invitation, meeting)
        values |= {"google": offers.google(event), "outlook": offers.outlook(event)}
    if state == ASKED:
        values |= _history(invitation)
    if state in (COMING, SUBSTITUTE, WAITING) and meeting.questions:
        values["left"] = seats_left(meeting, invitation)
    if state != ASKED:
        values["data"] = _told(invitation, state)
    is_confirmed = invitation.email and is_planned(meeting.mail_plan, PlannedMail.CONFIRMATION)
    return AnswerPage(
        invitation=invitation,
        token=token,
        state=state,
        who=invitation.person.name,
        role=role_of(invitation),
        confirmed_to=mask(invitation.email) if is_confirmed else "",
        is_late=answer_deadline_passed(meeting.answer_by, dates.now(), meeting.timezone),
        **values,
    )


def role_of(invitation: Invitation) -> str:
    """Say for whom this reader answers: "voorzitter van Adviesraad Noordwolde", or nothing."""
    names = [each.organisation.name for each in invitation.organisations]
    if not names and invitation.organisation is not None:
        names = [invitation.organisation.name]
    if not names or (invitation.person.external_id or "").startswith(MAILBOX):
        return ""
    is_named = invitation.role_kind in frozenset(RoleKind) - {RoleKind.OTHER}
    if len(names) == 1 and is_named:
        word = label(RoleKind(invitation.role_kind))
        return gettext(
            "%(role)s of %(organisation)s", role=word[:1].lower() + word[1:], organisation=names[0]
        )
    return gettext("on behalf of %(organisations)s", organisations=", ".join(names))


def _logo(other: CoOrganiser) -> str:
    return url_for("public_papers.logo", token=logo_token(other)) if other.logo_type else ""


def _state(invitation: Invitation) -> str:
    reply = Reply(invitation.reply)
    if reply is Reply.DECLINED and invitation.substitute_name:
        return SUBSTITUTE
    return _STATES.get(reply, ASKED)


def _at_home(meeting: Meeting) -> str:
    """Give the time on Dutch clocks of a meeting elsewhere, so that nobody is an hour off."""
    home = settings().timezone
    if meeting.timezone == home:
        return ""
    starts = dates.utc_to_local(meeting.starts_at, home)
    ends = dates.utc_to_local(meeting.ends_at, home)
    return dates.when(starts, ends, current_language())


def _line(invitation: Invitation, state: str) -> dict[str, Any]:
    """Tell of the seats: how many are free, whether the next one waits, and who is ahead."""
    meeting = invitation.meeting
    if meeting.capacity is None:
        return {}
    waiting = [each for each, _ in seats.queue(meeting)]
    free = rules.free_seats(meeting.capacity, seats.taken(meeting))
    found: dict[str, Any] = {"free": free}
    if state == WAITING:
        found["ahead"] = waiting.index(invitation.id) if invitation.id in waiting else 0
    elif state not in (COMING, SUBSTITUTE):
        decision = seats.decide(meeting, invitation, Reply.ACCEPTED, guests=0)
        found["is_full"] = decision.reply is Reply.WAITLISTED
    return found


def _history(invitation: Invitation) -> dict[str, Any]:
    """Tell whether the meeting moved since we asked, and what was answered before that."""
    said = [each for each in invitation.answers if each.via != Via.MOVED]
    earlier = Reply(said[-1].reply) if said and invitation.replied_at is None else None
    # Who never answered has a higher sequence only when day, time or place changed.
    return {"earlier": earlier, "has_moved": invitation.sequence > 0 and not said}


def _told(invitation: Invitation, state: str) -> dict[str, Any]:
    """Give what was added to the answer before, as the form has it."""
    told: dict[str, Any] = {"remark": invitation.remark}
    if state not in (COMING, SUBSTITUTE, WAITING):
        return told
    kinds, remark, is_remembered = queries.own_needs(invitation)
    told |= {
        "guests": invitation.guests or None,
        "guest_names": invitation.guest_names,
        "needs": kinds,
        "needs_remark": remark,
        "remember_needs": is_remembered,
    }
    if invitation.meeting.questions:
        answers = queries.question_answers(invitation)
        told |= {question_field(id_): value for id_, value in answers.items()}
    return told
