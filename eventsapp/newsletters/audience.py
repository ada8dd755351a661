"""To whom an edition goes, in which variants, and who is left out and why; counts, never names.

`sending.py` freezes exactly the rows that are asked here, and the page that shows what will happen
asks the same. It only reads; whatever the number of readers, in a fixed number of questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    case,
    false,
    func,
    literal,
    or_,
    select,
)

from eventsapp.contacts import rules, subscriber_segments
from eventsapp.contacts.models import Subscription
from eventsapp.contacts.reading import is_here, reading
from eventsapp.core.actor import SYSTEM
from eventsapp.core.db import db
from eventsapp.core.labels import N_, Labelled
from eventsapp.directory.models import Person
from eventsapp.mail import suppression
from eventsapp.mail.kinds import MessageState, Purpose, Scope
from eventsapp.mail.models import Message, Suppression
from eventsapp.newsletters.blocks import Reader, fits, is_limited
from eventsapp.newsletters.kinds import BlockKind, EditionKind
from eventsapp.newsletters.models import Edition

_RESTS = "@rests"  # no reason of a suppression
_MOST_NAMED = 10_000  # in one question; so many addresses never rest at once
GOT_IT = (MessageState.SENT.value, MessageState.UNKNOWN.value)


class Absence(Labelled):
    """Why somebody who reads the newsletter is not among the readers of an edition."""

    PAUSED = "paused", N_("They paused the newsletter.")
    OTHER_REGION = "other_region", N_("They read about other regions.")
    GOT_NOTHING = "got_nothing", N_("They did not get the edition that this corrects.")
    NOT_CHOSEN = "not_chosen", N_("They do not fit the choice of readers of this newsletter.")
    NOT_IN_EDITION = "not_in_edition", N_("They do not fit the choice of readers of this edition.")
    NO_ADDRESS = "no_address", N_("No e-mail address is known.")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """So many readers get no mail. `why` is an `Absence` or the reason of a suppression."""

    why: str
    count: int


@dataclass(frozen=True, slots=True)
class Variant:
    """How many get the edition in a language and format."""

    language: str
    is_text: bool
    count: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many readers get a block that not everybody gets."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Spread:
    """In how many ways an edition is read."""

    variants: list[Variant]
    shares: list[Share]
    combinations: int
    """Of language, format, regions and themes."""
    mails: int
    """That differ in what they say, apart from the reader's own links."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What happens when an edition is sent: how many get it, who does not, in how many ways."""

    count: int
    left_out: list[LeftOut]
    """Most first."""
    spread: Spread


def readers_of(edition: Edition, on: date) -> Select[Any]:
    """Select who gets an edition on this day, with what decides about its pieces.

    The columns are those of `mail.freezing.READER` and the values that each mail keeps.
    """
    who = _chosen(edition, on, edition.criteria)
    return select(
        who.c.person_id,
        who.c.address,
        who.c.name,
        who.c.language,
        who.c.region_ids.label("regions"),
        who.c.theme_ids.label("themes"),
        who.c.wants_text.label("text"),
        who.c.subscription_id.label("subscription"),
        who.c.generation,
    ).where(*_fitting(edition, who))


def reach_of(edition: Edition, on: date, snapshot: Mapping[str, Any]) -> Reach:
    """Tell who would get an edition on this day, and in how many ways it is read.

    The readers are asked for once, by group; then each group is held against what was frozen.
    """
    missing: Counter[str] = Counter()
    spreading = _Spreading(snapshot)
    chosen = 0
    resting = _resting(readers_of(edition, on).subquery("readers"))
    for reader, is_text, why, count in _groups(edition, on, list(resting)[:_MOST_NAMED]):
        chosen += count
        if why:
            missing[why] += count
        else:
            spreading.add(reader, is_text, count)
    if missing.pop(_RESTS, 0):
        missing.update(resting.values())
    count = chosen - sum(missing.values())
    missing[Absence.PAUSED] = _paused(edition, on)
    others = readers_left(edition, on, {}) if edition.criteria else chosen
    missing[Absence.NOT_IN_EDITION] = others - chosen
    missing[_why_not_chosen(edition)] = _everybody(edition, on, chosen) - others
    left_out = [LeftOut(why, number) for why, number in missing.most_common() if number > 0]
    return Reach(count, left_out, spreading.spread())


def readers_left(edition: Edition, on: date, criteria: Mapping[str, Any]) -> int:
    """Count who would get an edition that put these conditions to its readers, bounces aside.

    Raises InputError for conditions that do not make sense.
    """
    who = _chosen(edition, on, criteria)
    statement = select(func.count()).select_from(who).where(*_fitting(edition, who))
    return db.session.scalar(statement) or 0


def is_narrow(edition: Edition) -> bool:
    """Tell whether an edition is for some of the readers of its newsletter only."""
    return (
        bool(edition.newsletter.criteria or edition.criteria)
        or edition.kind == EditionKind.REGIONAL
        or edition.corrects_id is not None
    )


def readers_by_region(edition: Edition, on: date) -> Counter[int]:
    """Count who would get an edition by region; who reads about two regions counts in both."""
    who = readers_of(edition, on).subquery("readers")
    rows = db.session.execute(select(who.c.regions, func.count()).group_by(who.c.regions))
    counts: Counter[int] = Counter()
    for joined, count in rows:
        for number in numbers(joined):
            counts[number] += count
    return counts


class _Spreading:
    """Gathers in how many ways an edition is read, group by group."""

    def __init__(self, snapshot: Mapping[str, Any]) -> None:
        self._limited = [one for one in snapshot["blocks"] if is_limited(one["limits"])]
        self._meetings = _meeting_regions(snapshot)
        self._variants: Counter[tuple[str, bool]] = Counter()
        self._shares: Counter[str] = Counter()
        self._mails: set[tuple[Any, ...]] = set()
        self._groups = 0

    def add(self, reader: Reader, is_text: bool, count: int) -> None:
        """Add so many readers who chose the same."""
        self._groups += 1
        self._variants[reader.language, is_text] += count
        getting = tuple(one["key"] for one in self._limited if fits(one["limits"], reader))
        for key in getting:
            self._shares[key] += count
        own = reader.regions & self._meetings if reader.regions else None
        self._mails.add((reader.language, is_text, getting, own))

    def spread(self) -> Spread:
        """Give what was gathered."""
        return Spread(
            variants=[Variant(*which, count) for which, count in self._variants.most_common()],
            shares=[Share(one["key"], self._shares[one["key"]]) for one in self._limited],
            combinations=self._groups,
            mails=len(self._mails),
        )


def numbers(joined: str) -> frozenset[int]:
    """Read numbers as the database joined them: "3,7"."""
    return frozenset(int(one) for one in joined.split(",") if one)


def _chosen(edition: Edition, on: date, own: Mapping[str, Any]) -> Subquery:
    """Select the readers of the newsletter who answer to its conditions and to the edition's."""
    statement = reading(edition.newsletter_id, on)
    for stored in (edition.newsletter.criteria, own):
        criteria = rules.parse(stored)
        if not criteria.is_empty:
            answers = subscriber_segments.matches(criteria, edition.newsletter_id, SYSTEM)
            statement = statement.where(answers)
    return statement.subquery("reader_of_newsletter")


def _fitting(edition: Edition, who: Subquery) -> Iterator[ColumnElement[bool]]:
    if edition.kind == EditionKind.REGIONAL:
        listed = literal(",").concat(who.c.region_ids).concat(",")
        yield listed.contains(f",{edition.region_id or 0},")
    if edition.corrects_id is not None:
        yield who.c.person_id.in_(_got(edition.corrects_id))


def _got(edition_id: int) -> Select[Any]:
    """Select who got an edition, as far as anybody knows."""
    corrected = select(Edition.mailing_id).where(Edition.id == edition_id).scalar_subquery()
    return select(Message.person_id).where(
        Message.mailing_id == corrected,
        Message.state.in_(GOT_IT),
        Message.person_id.is_not(None),
    )


def _why_not_chosen(edition: Edition) -> Absence:
    if edition.corrects_id is not None:
        return Absence.GOT_NOTHING
    if edition.kind == EditionKind.REGIONAL:
        return Absence.OTHER_REGION
    return Absence.NOT_CHOSEN


def _paused(edition: Edition, on: date) -> int:
    statement = (
        select(func.count())
        .select_from(Subscription)
        .join(Person, Person.id == Subscription.person_id)
        .where(
            Subscription.newsletter_id == edition.newsletter_id,
            Subscription.ended_at.is_(None),
            Subscription.paused_until > on,
            is_here(on),
        )
    )
    return db.session.scalar(statement) or 0


def _resting(readers: Subquery) -> dict[int, str]:
    """Find those whose address rests, each with the reason; only we can make a keyed hash."""
    resting = suppression.resting_hashes(Purpose.NEWSLETTER)
    if not resting:
        return {}
    hashed = suppression.hasher()
    rows = db.session.execute(
        select(readers.c.person_id, readers.c.address).where(
            readers.c.address != "", readers.c.person_id.not_in(_people_withheld())
        )
    )
    return {number: resting[key] for number, address in rows if (key := hashed(address)) in resting}


def _people_withheld() -> Select[Any]:
    people = _withheld_people().subquery("withheld")
    return select(people.c.person_id)


def _withheld_people() -> Select[*tuple[Any, ...]]:
    return (
        select(Suppression.person_id, func.min(Suppression.reason).label("reason"))
        .where(
            Suppression.scope == Scope.PERSON.value,
            Suppression.person_id.is_not(None),
            Suppression.released_at.is_(None),
            or_(Suppression.purpose == "", Suppression.purpose == Purpose.NEWSLETTER.value),
        )
        .group_by(Suppression.person_id)
    )


def _groups(
    edition: Edition, on: date, resting: list[int]
) -> Iterator[tuple[Reader, bool, str, int]]:
    """Give each combination of choices, why such readers get no mail, and how many they are."""
    who = readers_of(edition, on).subquery("readers")
    people = _withheld_people().subquery("withheld")
    rests = who.c.person_id.in_(resting) if resting else false()
    why = case(
        (who.c.address == "", Absence.NO_ADDRESS.value),
        (people.c.reason.is_not(None), people.c.reason),
        (rests, _RESTS),
        else_="",
    ).label("why")
    choices = (who.c.language, who.c.text, who.c.regions, who.c.themes, why)
    rows = db.session.execute(
        select(*choices, func.count())
        .select_from(who.outerjoin(people, people.c.person_id == who.c.person_id))
        .group_by(*choices)
    )
    for language, text, regions, themes, reason, count in rows:
        reader = Reader(numbers(regions), numbers(themes), language)
        yield reader, bool(text), reason, count


def _everybody(edition: Edition, on: date, chosen: int) -> int:
    """Count who reads the newsletter; where nothing narrows them down, they are who was chosen."""
    if not is_narrow(edition):
        return chosen
    everybody = reading(edition.newsletter_id, on).subquery("everybody")
    return db.session.scalar(select(func.count()).select_from(everybody)) or 0


def _meeting_regions(snapshot: Mapping[str, Any]) -> frozenset[int]:
    blocks: Iterable[Mapping[str, Any]] = snapshot["blocks"]
    return frozenset(
        number
        for block in blocks
        if block["kind"] == BlockKind.MEETINGS
        for meeting in block["data"].get("meetings", ())
        for number in meeting["region_ids"]
    )
