"""Finds invitations, counts answers, and gives the history of people and organisations.

The doors and the floors above ask here. Rights are those of the meeting: whoever may not see it,
may not see who was invited. Never writes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, bindparam, case, func, select
from sqlalchemy.orm import contains_eager, joinedload

from eventsapp.core import tokens
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Expired, Forbidden, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.directory.models import Organisation, Person
from eventsapp.directory.queries import contains_words
from eventsapp.invitations import ledger, seats
from eventsapp.invitations.history import (
    PastMeeting,
    history_of_organisation,
    history_of_person,
)
from eventsapp.invitations.kinds import Reply
from eventsapp.invitations.models import (
    AccessNeed,
    Invitation,
    InvitedOrganisation,
    QuestionAnswer,
    RememberedNeed,
)
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import may_see_needs, meeting_for

__all__ = [
    "Counts",
    "PastMeeting",
    "answers_page",
    "counts",
    "history_of_organisation",
    "history_of_person",
    "invitation_by_token",
    "invitation_for",
    "invitation_of_old_token",
    "needs_at",
    "organisations_through",
    "own_needs",
    "question_answers",
]


SORTS = ("name", "answer", "when")


@dataclass(frozen=True, slots=True)
class Counts:
    """How the answers of a meeting stand. People, except `seats_taken`, which counts guests too."""

    accepted: int = 0
    declined: int = 0
    tentative: int = 0
    silent: int = 0
    waitlisted: int = 0
    seats_taken: int = 0

    @property
    def invited(self) -> int:
        """Count everybody whose invitation stands."""
        return self.accepted + self.declined + self.tentative + self.silent + self.waitlisted


def invitation_by_token(token: str) -> Invitation:
    """Give the invitation of a personal link, a withdrawn one too.

    Raises NotFound for a link that is forged, cut off or taken back; Expired for one that was
    replaced, with the meeting still to be found by `invitation_of_old_token`.
    """
    invitation, generation = _read_token(token)
    if generation != invitation.generation:
        raise Expired(N_("This link was replaced by a newer one. Use the link in our latest mail."))
    return invitation


def invitation_of_old_token(token: str) -> Invitation:
    """Give the invitation that a link belongs or belonged to, so that a fresh one can be mailed.

    Only ever use it to write to the address that we know already.
    """
    return _read_token(token)[0]


_BY_LINK = (
    select(Invitation)
    .where(Invitation.id == bindparam("number"))
    .options(joinedload(Invitation.meeting), *ledger.with_reader())
)


def _read_token(token: str) -> tuple[Invitation, int]:
    values = tokens.read("answer", token)
    invitation = None
    if len(values) == 2 and all(isinstance(value, int) for value in values):
        invitation = db.session.scalar(_BY_LINK, {"number": values[0]})
    if invitation is None:
        raise NotFound(N_("We know no invitation with this link. Ring us if you expected one."))
    return invitation, values[1]


def invitation_for(actor: Actor, invitation_id: int, *, write: bool = False) -> Invitation:
    """Give an invitation to who may see its meeting, or with `write` to who may change it."""
    invitation = db.session.scalar(
        select(Invitation).where(Invitation.id == invitation_id).options(*ledger.with_reader())
    )
    if invitation is None:
        raise NotFound
    meeting_for(actor, invitation.meeting_id, write=write)
    return invitation


def _how_many(reply: Reply) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((Invitation.reply == reply, 1), else_=0)), 0)


# Built once: the building takes longer than the counting, on every page that shows a meeting.
_COUNTING = (
    select(
        Invitation.meeting_id,
        _how_many(Reply.ACCEPTED),
        _how_many(Reply.DECLINED),
        _how_many(Reply.TENTATIVE),
        _how_many(Reply.NEEDS_ACTION),
        _how_many(Reply.WAITLISTED),
        seats.seats_taken(),
    )
    .where(Invitation.meeting_id.in_(bindparam("meetings", expanding=True)))
    .group_by(Invitation.meeting_id)
)


def counts(meeting_ids: Collection[int]) -> dict[int, Counts]:
    """Count the answers of these meetings, in one question."""
    rows = db.session.execute(_COUNTING, {"meetings": list(meeting_ids)})
    found = {row[0]: Counts(*(int(value) for value in row[1:])) for row in rows}
    return {meeting_id: found.get(meeting_id, Counts()) for meeting_id in meeting_ids}


def answers_page(
    actor: Actor,
    meeting: Meeting,
    *,
    reply: str = "",
    text: str = "",
    with_withdrawn: bool = False,
    by: str = "name",
    descending: bool = False,
    cursor: str | None = None,
) -> Page[Row[tuple[Invitation]]]:
    """Give a page of the invited by name, or `by` one of SORTS; withdrawn ones only when asked for.

    Who has not answered stands at the day of the invitation.
    """
    meeting_for(actor, meeting.id)
    heard = func.coalesce(Invitation.replied_at, Invitation.invited_at).label("heard")
    name = (Key(Person.sort_key, descending), Key(Invitation.id, descending))
    first = {"answer": (Invitation.reply,), "when": (heard,)}.get(by, ())
    statement = (
        select(Invitation, Person.sort_key, heard)
        .join(Invitation.person)
        .options(contains_eager(Invitation.person), *ledger.with_reader()[1:])
        .where(Invitation.meeting_id == meeting.id, *contains_words(Person.search_key, text))
    )
    if reply:
        statement = statement.where(Invitation.reply == reply)
    elif not with_withdrawn:
        statement = statement.where(Invitation.withdrawn_at.is_(None))
    return paginate(statement, (*(Key(column, descending) for column in first), *name), cursor)


def question_answers(invitation: Invitation) -> dict[int, str]:
    """Give what this invitee answered to the own questions, by question."""
    rows = db.session.execute(
        select(QuestionAnswer.question_id, QuestionAnswer.value).where(
            QuestionAnswer.invitation_id == invitation.id
        )
    )
    return {row.question_id: row.value for row in rows}


def own_needs(invitation: Invitation) -> tuple[list[str], str, bool]:
    """Give what this invitee told us to need, else what we were asked to remember; for their page.

    The last value tells whether it is remembered for the network.
    """
    meeting = invitation.meeting
    remembered = None
    if meeting.network_id is not None:
        remembered = db.session.scalar(
            select(RememberedNeed).where(
                RememberedNeed.person_id == invitation.person_id,
                RememberedNeed.network_id == meeting.network_id,
            )
        )
    told = db.session.scalar(select(AccessNeed).where(AccessNeed.invitation_id == invitation.id))
    found = told or remembered
    return (found.kinds, found.remark, remembered is not None) if found else ([], "", False)


def needs_at(actor: Actor, meeting: Meeting) -> dict[int, AccessNeed]:
    """Give what those who come need, by invitation; Forbidden for all but organiser and deputies.

    What somebody asked to remember is among it once they say that they come.
    """
    if not may_see_needs(actor, meeting):
        raise Forbidden(N_("Only the organiser and named deputies see what participants need."))
    rows = db.session.scalars(
        select(AccessNeed)
        .join(Invitation, Invitation.id == AccessNeed.invitation_id)
        .where(Invitation.meeting_id == meeting.id, seats.has_seat())
    )
    return {row.invitation_id: row for row in rows}


def organisations_through(invitation_ids: Collection[int]) -> dict[int, list[Organisation]]:
    """Give which organisations were asked through each of these invitations."""
    found: dict[int, list[Organisation]] = {}
    rows = db.session.execute(
        select(InvitedOrganisation.via_invitation_id, Organisation)
        .join(InvitedOrganisation.organisation)
        .where(InvitedOrganisation.via_invitation_id.in_(invitation_ids))
        .order_by(Organisation.search_key)
    )
    for invitation_id, organisation in rows:
        found.setdefault(invitation_id, []).append(organisation)
    return found
