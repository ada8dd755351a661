"""What became of an edition: arrived, came back, left the list; by region and by kind of reader.

Only counts, and no opens: a mail that was read tells us nothing. Once what mails said is erased,
the regions of their readers are gone too; the totals stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, literal, or_, select

from eventsapp.contacts.models import Subscription
from eventsapp.core.db import db
from eventsapp.directory.models import Region
from eventsapp.mail.figures import Memory
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters.audience import numbers
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.tiny_groups import FEWEST, too_small

SENT, BACK, LEFT = "sent", "back", "left"
NO_REGION = 0


@dataclass(slots=True)
class Outcome:
    """What became of the mails to a group of readers."""

    sent: int = 0
    """Left us, whether they came back or not."""
    back: int = 0
    """Came back, or were refused at the door."""
    left: int = 0
    """Readers who got it and left the newsletter before the next edition."""

    @property
    def arrived(self) -> int:
        """Count what arrived as far as anybody knows."""
        return self.sent - self.back

    def add(self, row: Row[Any] | Outcome) -> None:
        """Add a group of mails."""
        self.sent += row.sent
        self.back += row.back
        self.left += row.left


@dataclass(slots=True)
class Aftermath:
    """All that is told of an edition afterwards."""

    whole: Outcome = field(default_factory=Outcome)
    by_region: list[tuple[str, Outcome]] = field(default_factory=list)
    """By name; one with an empty name is of readers without a region."""
    by_kind: list[tuple[str, Outcome]] = field(default_factory=list)
    """By `contacts.reader_kinds.ReaderKind`, "" for who did not say; most readers first."""
    other_regions: Outcome | None = None
    other_kinds: Outcome | None = None
    """Groups that are too small to be told apart, together."""
    has_regions: bool = True


_memory = Memory()


def aftermath_of(edition: Edition, mailing: Mailing) -> Aftermath:
    """Count what became of an edition; who reads about two regions counts in both."""
    rows = _memory.ask(
        ("aftermath", mailing.id),
        lambda: list(_rows(edition, mailing)),
        lambda found: sum(row.sent for row in found),
    )
    found = Aftermath(has_regions=mailing.purged_at is None)
    regions: dict[int, Outcome] = {}
    kinds: dict[str, Outcome] = {}
    for row in rows:
        found.whole.add(row)
        kinds.setdefault(row.kind, Outcome()).add(row)
        for number in numbers(row.regions) or {NO_REGION}:
            regions.setdefault(number, Outcome()).add(row)
    by_kind = sorted(kinds.items(), key=lambda one: (-one[1].sent, one[0]))
    found.by_kind, found.other_kinds = _apart(by_kind)
    if found.has_regions:
        found.by_region, found.other_regions = _apart(list(_named(regions)))
    return found


def _apart(
    groups: list[tuple[str, Outcome]],
) -> tuple[list[tuple[str, Outcome]], Outcome | None]:
    """Take the groups out in which somebody could be recognised, and add them up."""
    small = too_small([outcome.sent for _, outcome in groups])
    if not small:
        return groups, None
    together = Outcome()
    for place in small:
        together.add(groups[place][1])
    return [one for place, one in enumerate(groups) if place not in small], together


def forget() -> None:
    """Count anew."""
    _memory.forget()


def why_left(edition: Edition, mailing: Mailing) -> Counter[str]:
    """Count the reasons that readers gave who left after this edition; "" is for none.

    Empty when so few left that a reason would say who gave it.
    """
    rows = db.session.execute(
        select(Subscription.end_reason, func.count())
        .select_from(Message)
        .join(Subscription, _is_reader(edition))
        .where(Message.mailing_id == mailing.id, _has_left(edition))
        .group_by(Subscription.end_reason)
    )
    found = Counter({str(reason): count for reason, count in rows})
    return found if found.total() >= FEWEST else Counter()


def _rows(edition: Edition, mailing: Mailing) -> Iterator[Row[Any]]:
    """Count by regions and kind together; the database does it, whatever the number of readers."""
    yield from db.session.execute(_grouped(edition, mailing))


def _grouped(edition: Edition, mailing: Mailing) -> Select[*tuple[Any, ...]]:
    regions: ColumnElement[str] = func.coalesce(Message.data["regions"].as_string(), "")
    if mailing.purged_at is not None:
        regions = literal("")
    kind = func.coalesce(Subscription.reader_kind, "")
    refused = and_(Message.state == MessageState.FAILED.value, Message.attempts > 0)
    is_sent = or_(Message.state.in_((MessageState.SENT.value, MessageState.UNKNOWN.value)), refused)
    is_back = or_(refused, Message.bounced_at.is_not(None))
    return (
        select(
            regions.label("regions"),
            kind.label("kind"),
            _count(is_sent).label("sent"),
            _count(and_(is_sent, is_back)).label("back"),
            _count(and_(is_sent, _has_left(edition))).label("left"),
        )
        .select_from(Message)
        .outerjoin(Subscription, _is_reader(edition))
        .where(Message.mailing_id == mailing.id)
        .group_by(regions, kind)
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _is_reader(edition: Edition) -> ColumnElement[bool]:
    return and_(
        Subscription.person_id == Message.person_id,
        Subscription.newsletter_id == edition.newsletter_id,
    )


def _has_left(edition: Edition) -> ColumnElement[bool]:
    """Tell whether somebody left after this edition, and before the next one of its newsletter."""
    if edition.sent_at is None:
        return false()
    left = and_(Subscription.ended_at.is_not(None), Subscription.ended_at >= edition.sent_at)
    following = _next_after(edition)
    return left if following is None else and_(left, Subscription.ended_at < following)


def _next_after(edition: Edition) -> datetime | None:
    return db.session.scalar(
        select(func.min(Edition.sent_at)).where(
            Edition.newsletter_id == edition.newsletter_id, Edition.sent_at > edition.sent_at
        )
    )


def _named(regions: dict[int, Outcome]) -> Iterator[tuple[str, Outcome]]:
    names = {
        row.id: row.name
        for row in db.session.execute(
            select(Region.id, Region.name).where(Region.id.in_(list(regions)))
        )
    }
    known = [(name, regions[number]) for number, name in names.items()]
    yield from sorted(known, key=lambda one: one[0])
    others = Outcome()
    for number, outcome in regions.items():
        if number not in names:
            others.sent += outcome.sent
            others.back += outcome.back
            others.left += outcome.left
    if others.sent:
        yield "", others
