"""Of how many readers who were sent a survey how many answered.

The page of a survey asks. Counted are people, once each, whatever the number of editions that
carried it for them. By region and kind only where names are kept, and never for a small group: of
an anonymous survey nobody asks who answered, not even for a count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, func, literal, or_, select, union

from eventsapp.contacts.models import Subscription
from eventsapp.core.db import db
from eventsapp.directory.models import Region
from eventsapp.mail.figures import Memory
from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters.audience import GOT_IT, numbers
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition
from eventsapp.newsletters.tiny_groups import too_small
from eventsapp.surveys.models import Survey, SurveyAnswer
from eventsapp.surveys.queries import count_answers


@dataclass(slots=True)
class Part:
    """So many people got a link, and so many of them answered."""

    sent: int = 0
    answered: int = 0

    @property
    def share(self) -> int:
        """Give the part that answered, in percent."""
        return min(round(100 * self.answered / self.sent), 100) if self.sent else 0

    def add(self, sent: int, answered: int) -> None:
        """Add a group of people."""
        self.sent += sent
        self.answered += answered


@dataclass(slots=True)
class SurveyResponse:
    """All that is told of who answered a survey; groups by name, the largest first.

    A group without a name holds what was too small to be told apart, `UNKNOWN` those of whom it is
    not known.
    """

    whole: Part = field(default_factory=Part)
    editions: list[Edition] = field(default_factory=list)
    by_region: list[tuple[str, Part]] = field(default_factory=list)
    by_kind: list[tuple[str, Part]] = field(default_factory=list)
    """By `contacts.reader_kinds.ReaderKind`."""


UNKNOWN = "-"
_memory = Memory()


def response_of(survey: Survey) -> SurveyResponse:
    """Count who was sent this survey by an edition, and who answered it."""
    carriers = _carriers(survey)
    found = SurveyResponse(editions=list(dict.fromkeys(edition for edition, *_ in carriers)))
    found.whole.answered = count_answers(survey)
    if not carriers:
        return found
    people = _people(carriers)
    key = ("response", survey.id, *(block.id for _, block, _ in carriers))
    if survey.is_anonymous:
        statement = select(func.count()).select_from(people)
        found.whole.sent = _memory.ask(key, lambda: db.session.scalar(statement) or 0, int)
        return found
    rows = _memory.ask(key, lambda: _grouped(survey, people), _sent)
    found.whole.sent = _sent(rows)
    if any(row.answered for row in rows):  # else the names were erased meanwhile
        found.by_kind = _told_apart(_kinds(rows))
        if all(mailing.purged_at is None for *_, mailing in carriers):
            found.by_region = _told_apart(_regions_of(rows))
    return found


def forget() -> None:
    """Count anew."""
    _memory.forget()


def _carriers(survey: Survey) -> list[tuple[Edition, Block, Mailing]]:
    """Give the blocks that led readers to this survey, with their sent editions."""
    statement = (
        select(Edition, Block, Mailing)
        .join(Block, Block.edition_id == Edition.id)
        .join(Mailing, Mailing.id == Edition.mailing_id)
        .where(
            Block.kind == BlockKind.CALL.value,
            Block.dropped_at.is_(None),
            Block.data["survey_id"].as_integer() == survey.id,
        )
        .order_by(Edition.sent_at, Edition.id, Block.id)
    )
    return [(edition, block, mailing) for edition, block, mailing in db.session.execute(statement)]


def _people(carriers: Iterable[tuple[Edition, Block, Mailing]]) -> Subquery:
    """Ask who got a link that did not come back: one row for each, with the regions they read."""
    mails = [
        select(
            Message.person_id,
            _regions(mailing).label("regions"),
            literal(edition.newsletter_id).label("newsletter_id"),
        ).where(
            Message.mailing_id == mailing.id,
            Message.state.in_(GOT_IT),
            Message.bounced_at.is_(None),
            Message.person_id.is_not(None),
            *(() if mailing.purged_at is not None else _fits(block.limits)),
        )
        for edition, block, mailing in carriers
    ]
    got = union(*mails).subquery()
    return (
        select(
            got.c.person_id,
            func.max(got.c.regions).label("regions"),
            func.max(got.c.newsletter_id).label("newsletter_id"),
        )
        .group_by(got.c.person_id)
        .subquery()
    )


def _regions(mailing: Mailing) -> ColumnElement[str]:
    if mailing.purged_at is not None:
        return literal("")
    return func.coalesce(Message.data["regions"].as_string(), "")


def _fits(limits: Mapping[str, Any]) -> Iterable[ColumnElement[bool]]:
    """Give the conditions under which a mail had a block: as `blocks.fits`, of its values."""
    if regions := limits.get("regions"):
        yield _has_any("regions", regions)
    if themes := limits.get("themes"):
        none_chosen = func.coalesce(Message.data["themes"].as_string(), "") == ""
        yield or_(none_chosen, _has_any("themes", themes))
    if languages := limits.get("languages"):
        yield Message.language.in_(languages)


def _has_any(name: str, wanted: Iterable[int]) -> ColumnElement[bool]:
    listed = literal(",") + func.coalesce(Message.data[name].as_string(), "") + literal(",")
    return or_(*(listed.contains(f",{number},") for number in wanted))


def _grouped(survey: Survey, people: Subquery) -> list[Any]:
    """Count by regions and kind together, for a survey that keeps names."""
    kind = func.coalesce(Subscription.reader_kind, "")
    statement = (
        select(
            people.c.regions.label("regions"),
            kind.label("kind"),
            func.count().label("sent"),
            func.count(SurveyAnswer.id).label("answered"),
        )
        .select_from(people)
        .outerjoin(
            Subscription,
            and_(
                Subscription.person_id == people.c.person_id,
                Subscription.newsletter_id == people.c.newsletter_id,
            ),
        )
        .outerjoin(
            SurveyAnswer,
            and_(SurveyAnswer.person_id == people.c.person_id, SurveyAnswer.survey_id == survey.id),
        )
        .group_by(people.c.regions, kind)
    )
    return list(db.session.execute(statement))


def _sent(rows: Sequence[Any]) -> int:
    return sum(row.sent for row in rows)


def _kinds(rows: Iterable[Any]) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for row in rows:
        found.setdefault(row.kind or UNKNOWN, Part()).add(row.sent, row.answered)
    return found


def _regions_of(rows: Iterable[Any]) -> dict[str, Part]:
    regions = db.session.execute(select(Region.id, Region.name))
    names = {region.id: region.name for region in regions}
    found: dict[str, Part] = {}
    for row in rows:
        for name in {names.get(number, UNKNOWN) for number in numbers(row.regions)} or {UNKNOWN}:
            found.setdefault(name, Part()).add(row.sent, row.answered)
    return found


def _told_apart(groups: Mapping[str, Part]) -> list[tuple[str, Part]]:
    """Give the groups, the largest first; those in which somebody could be recognised, as one."""
    known = sorted(groups.items(), key=lambda one: (-one[1].sent, one[0]))
    small = too_small([part.sent for _, part in known])
    together = Part()
    for place in small:
        together.add(known[place][1].sent, known[place][1].answered)
    apart = [one for place, one in enumerate(known) if place not in small]
    return [*apart, ("", together)] if small else apart
