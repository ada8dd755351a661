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

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, literal, or_, select

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

_MOST_NAMED = 10_000  # in one question; so many addresses never rest at once
GOT_IT = (MessageState.SENT.value, MessageState.UNKNOWN.value)


class Absence(Labelled):
    """Why somebody who reads the newsletter is not among the readers of an edition."""

    PAUSED = "paused", N_("They paused the newsletter.")
    OTHER_REGION = "other_region", N_("They read about other regions.")
    GOT_NOTHING = "got_nothing", N_("They did not get the edition that this corrects.")
    NOT_CHOSEN = "not_chosen", N_("They do not fit the choice of readers of this newsletter.")
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


def readers_of(edition: Edition, on: date) -> Select[Any]:
    """Select who gets an edition on this day, with what decides about its pieces.

    The columns are those of `mail.freezing.READER` and the values that each mail keeps.
    """
    who = _chosen(edition, on)
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


def left_out(edition: Edition, on: date) -> list[LeftOut]:
    """Tell how many readers of the newsletter get no mail, for each reason; most first."""
    found: Counter[str] = Counter()
    found[Absence.PAUSED] = _paused(edition, on)
    everybody = reading(edition.newsletter_id, on).subquery("everybody")
    readers = readers_of(edition, on).subquery("readers")
    found[_why_not_chosen(edition)] = _count(everybody) - _count(readers)
    found[Absence.NO_ADDRESS] = _count(readers, readers.c.address == "")
    found.update(_withheld(readers))
    found.update(_resting(readers).values())
    return [LeftOut(why, count) for why, count in found.most_common() if count > 0]


def count_of(edition: Edition, on: date) -> int:
    """Count who is chosen, those included who get no mail all the same."""
    return _count(readers_of(edition, on).subquery("readers"))


def spread(edition: Edition, on: date, snapshot: Mapping[str, Any]) -> Spread:
    """Tell in how many ways what was frozen is read: by format, by block, by combination."""
    groups = list(_groups(edition, on))
    variants: Counter[tuple[str, bool]] = Counter()
    shares: Counter[str] = Counter()
    limited = [one for one in snapshot["blocks"] if is_limited(one["limits"])]
    with_meetings = _meeting_regions(snapshot)
    mails = set()
    for reader, is_text, count in groups:
        variants[reader.language, is_text] += count
        getting = tuple(one["key"] for one in limited if fits(one["limits"], reader))
        for key in getting:
            shares[key] += count
        own = reader.regions & with_meetings if reader.regions else None
        mails.add((reader.language, is_text, getting, own))
    return Spread(
        variants=[Variant(*which, count) for which, count in variants.most_common()],
        shares=[Share(one["key"], shares[one["key"]]) for one in limited],
        combinations=len(groups),
        mails=len(mails),
    )


def numbers(joined: str) -> frozenset[int]:
    """Read numbers as the database joined them: "3,7"."""
    return frozenset(int(one) for one in joined.split(",") if one)


def _chosen(edition: Edition, on: date) -> Subquery:
    """Select the readers of the newsletter who answer to its conditions and to the edition's."""
    statement = reading(edition.newsletter_id, on)
    for stored in (edition.newsletter.criteria, edition.criteria):
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


def _withheld(readers: Subquery) -> Counter[str]:
    """Count those from whom mail is withheld as a person, by the reason."""
    people = _withheld_people().subquery("withheld")
    by_person = (
        select(people.c.reason, func.count())
        .select_from(readers.join(people, people.c.person_id == readers.c.person_id))
        .where(readers.c.address != "")
        .group_by(people.c.reason)
    )
    return Counter({row[0]: row[1] for row in db.session.execute(by_person)})


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


def _groups(edition: Edition, on: date) -> Iterator[tuple[Reader, bool, int]]:
    """Give each combination of choices with how many of those get a mail who made it."""
    who = readers_of(edition, on).subquery("readers")
    choices = (who.c.language, who.c.text, who.c.regions, who.c.themes)
    statement = select(*choices, func.count()).where(
        who.c.address != "", who.c.person_id.not_in(_people_withheld())
    )
    if resting := list(_resting(who))[:_MOST_NAMED]:
        statement = statement.where(who.c.person_id.not_in(resting))
    rows = db.session.execute(statement.group_by(*choices))
    for language, text, regions, themes, count in rows:
        yield Reader(numbers(regions), numbers(themes), language), bool(text), count


def _meeting_regions(snapshot: Mapping[str, Any]) -> frozenset[int]:
    blocks: Iterable[Mapping[str, Any]] = snapshot["blocks"]
    return frozenset(
        number
        for block in blocks
        if block["kind"] == BlockKind.MEETINGS
        for meeting in block["data"].get("meetings", ())
        for number in meeting["region_ids"]
    )


def _count(rows: Subquery, *where: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows).where(and_(True, *where))) or 0
