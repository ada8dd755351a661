"""Criteria as a question to the database: which people answer to them, today.

Nothing is ever copied: each use asks anew (ADR 9). Attendance of closed groups counts only for
who may see those groups.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select

from eventsapp.contacts.rules import Ask, Condition, Criteria
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now, utc_to_local
from eventsapp.core.settings import settings
from eventsapp.directory.models import (
    Organisation,
    Person,
    Role,
    network_organisation,
    organisation_theme,
    region_municipality,
)
from eventsapp.invitations.kinds import Presence, Reply
from eventsapp.invitations.models import Attendance, Invitation
from eventsapp.meetings.models import Meeting, meeting_region, meeting_theme
from eventsapp.meetings.queries import visible_to


def people_matching(criteria: Criteria, actor: Actor) -> Select[int]:
    """Select the ids of the present people who answer to the criteria; nobody for none."""
    return select(Person.id).where(is_present(), matches(criteria, actor))


def is_present() -> ColumnElement[bool]:
    """Tell of a person that nobody ended or erased it."""
    return and_(Person.ended_on.is_(None), Person.erased_at.is_(None))


def matches(criteria: Criteria, actor: Actor) -> ColumnElement[bool]:
    """Give the criteria as a condition on `Person`."""
    if criteria.is_empty:
        return false()
    asker = Asker(actor)
    return and_(*(or_(*(asker.clause(leaf) for leaf in group)) for group in criteria.groups))


class Asker:
    """Turns conditions to SQL for one actor on one day.

    For readers of a newsletter `subscriber_segments.py` asks some of them otherwise.
    """

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.today: date = utc_to_local(now(), settings().timezone).date()
        self._by_ask: dict[Ask, Callable[[Condition], ColumnElement[bool]]] = {
            Ask.ATTENDED: self._attended,
            Ask.NEVER_ANSWERED: self._never_answered,
            Ask.NOT_ATTENDED_FOR: self._not_attended_for,
            Ask.IN_REGION: self.in_region,
            Ask.IN_MUNICIPALITY: self._in_municipality,
            Ask.ORGANISATION_KIND: self._organisation_kind,
            Ask.ROLE_KIND: self._role_kind,
            Ask.THEME: self.theme,
            Ask.NETWORK: self._network,
            Ask.LANGUAGE: self._language,
        }

    def clause(self, leaf: Condition) -> ColumnElement[bool]:
        """Give one condition, turned round where it is negated."""
        clause = self._by_ask[leaf.ask](leaf)
        return not_(clause) if leaf.is_not else clause

    def _attended(self, leaf: Condition) -> ColumnElement[bool]:
        people = self._attendees(leaf)
        if leaf.at_least > 1:
            people = people.group_by(Attendance.person_id).having(func.count() >= leaf.at_least)
        return Person.id.in_(people)

    def _not_attended_for(self, leaf: Condition) -> ColumnElement[bool]:
        limit = _midnight(self.today - relativedelta(months=leaf.months))
        ever = self._attendees(leaf)
        lately = ever.where(Meeting.starts_at >= limit)
        return and_(Person.id.in_(ever), Person.id.not_in(lately))

    def _attendees(self, leaf: Condition) -> Select[int]:
        return (
            select(Attendance.person_id)
            .join(Meeting, Meeting.id == Attendance.meeting_id)
            .where(Attendance.presence == Presence.PRESENT.value, *self._meeting(leaf))
        )

    def _never_answered(self, leaf: Condition) -> ColumnElement[bool]:
        asked = (
            select(Invitation.person_id)
            .join(Meeting, Meeting.id == Invitation.meeting_id)
            .where(Invitation.withdrawn_at.is_(None), *self._meeting(leaf))
        )
        answered = asked.where(Invitation.replied_at.is_not(None))
        silent = asked.where(Invitation.reply == Reply.NEEDS_ACTION.value)
        return and_(Person.id.in_(silent), Person.id.not_in(answered))

    def _meeting(self, leaf: Condition) -> list[ColumnElement[bool]]:
        """Say which meetings count: those the actor may see, within period and subject."""
        clauses: list[ColumnElement[bool]] = [Meeting.status != "draft", visible_to(self.actor)]
        if leaf.since:
            clauses.append(Meeting.starts_at >= _midnight(leaf.since))
        if leaf.until:
            clauses.append(Meeting.starts_at < _midnight(leaf.until + timedelta(days=1)))
        if leaf.network:
            clauses.append(Meeting.network_id == leaf.network)
        if leaf.meeting_kind:
            clauses.append(Meeting.kind == leaf.meeting_kind)
        if leaf.region:
            clauses.append(
                _tied(meeting_region, Meeting.id, "meeting_id", "region_id", leaf.region)
            )
        if leaf.theme:
            clauses.append(_tied(meeting_theme, Meeting.id, "meeting_id", "theme_id", leaf.theme))
        return clauses

    def _through_role(self, *clauses: ColumnElement[bool]) -> ColumnElement[bool]:
        people = (
            select(Role.person_id)
            .join(Organisation, Organisation.id == Role.organisation_id)
            .where(self._is_current_role, *clauses)
        )
        return Person.id.in_(people)

    @cached_property
    def _is_current_role(self) -> ColumnElement[bool]:
        return and_(
            Role.valid_from <= self.today,
            or_(Role.valid_until.is_(None), Role.valid_until > self.today),
        )

    def _has_no_role(self) -> ColumnElement[bool]:
        return ~exists().where(Role.person_id == Person.id, self._is_current_role)

    def in_region(self, leaf: Condition) -> ColumnElement[bool]:
        """Ask for who works in a region, or lives there and has no function."""
        within = select(region_municipality.c.municipality_id).where(
            region_municipality.c.region_id == leaf.region
        )
        by_role = self._through_role(
            or_(Organisation.region_id == leaf.region, Organisation.municipality_id.in_(within))
        )
        return or_(by_role, and_(Person.municipality_id.in_(within), self._has_no_role()))

    def _in_municipality(self, leaf: Condition) -> ColumnElement[bool]:
        by_role = self._through_role(Organisation.municipality_id == leaf.municipality)
        lives = and_(Person.municipality_id == leaf.municipality, self._has_no_role())
        return or_(by_role, lives)

    def _organisation_kind(self, leaf: Condition) -> ColumnElement[bool]:
        return self._through_role(Organisation.kind == leaf.word)

    def _role_kind(self, leaf: Condition) -> ColumnElement[bool]:
        # Without the organisations, which would be looked up for every function of this kind.
        held = select(Role.person_id).where(self._is_current_role, Role.kind == leaf.word)
        return Person.id.in_(held)

    def theme(self, leaf: Condition) -> ColumnElement[bool]:
        """Ask for who belongs to an organisation with a theme."""
        return self._through_role(
            _tied(organisation_theme, Organisation.id, "organisation_id", "theme_id", leaf.theme)
        )

    def _network(self, leaf: Condition) -> ColumnElement[bool]:
        return self._through_role(
            _tied(
                network_organisation, Organisation.id, "organisation_id", "network_id", leaf.network
            )
        )

    def _language(self, leaf: Condition) -> ColumnElement[bool]:
        return Person.language == leaf.word


def _tied(table: Any, column: Any, own: str, other: str, value: int | None) -> ColumnElement[bool]:
    return column.in_(select(table.c[own]).where(table.c[other] == value))  # type: ignore[no-any-return]


def _midnight(day: date) -> datetime:
    """Give the UTC moment at which a day begins on the programme's clocks."""
    return datetime.combine(day, time(), ZoneInfo(settings().timezone)).astimezone(UTC)
