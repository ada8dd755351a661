"""The invented readers of the newsletter: 4,500 of eleven kinds, in a third of all municipalities.

Some are people of the address book, most read only. With them come the log of consent, who left,
and how the reach grew over two years.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select

from eventsapp.contacts.consent import OPTED_OUT
from eventsapp.contacts.models import (
    Consent,
    ReachSnapshot,
    Subscription,
    subscription_region,
    subscription_theme,
)
from eventsapp.contacts.reader_kinds import LeaveReason
from eventsapp.contacts.reader_kinds import ReaderKind as Kind
from eventsapp.core.db import db
from eventsapp.core.text import slug
from eventsapp.demo.directory import AddressBook, person_row, working_region_of_towns
from eventsapp.demo.names import Names
from eventsapp.demo.rows import Rows
from eventsapp.directory.kinds import OrganisationKind
from eventsapp.directory.models import Municipality, Person, PersonAddress
from eventsapp.directory.rules import search_key
from eventsapp.mail.kinds import Purpose, Scope
from eventsapp.mail.models import Suppression
from eventsapp.newsletters.models import Newsletter

REACHED = 0.35  # of the municipalities, in the end
EARLY = 0.64  # of these were reached before the two years that are kept month by month
KNOWN = 0.2  # of the readers stand in the address book
MONTHS = 24
LEFT, PAUSED, TEXT = 0.05, 0.01, 0.04
PLACED, NAMED = 0.93, 0.94
CHOSE_REGION, CHOSE_THEMES = 0.35, 0.4

# How many of a hundred readers are of each kind.
KINDS = (
    (Kind.SOCIAL_COUNCIL, 27), (Kind.WORK_COUNCIL, 9), (Kind.INSTITUTION_COUNCIL, 6),
    (Kind.CLIENT_ORGANISATION, 12), (Kind.SENIORS, 9), (Kind.VOLUNTEER, 7), (Kind.OFFICIAL, 14),
    (Kind.POLITICIAN, 4), (Kind.PROFESSIONAL, 6), (Kind.RESEARCH, 3), (Kind.OTHER, 2),
    ("", 1),
)  # fmt: skip
KIND_OF = {
    OrganisationKind.SOCIAL_COUNCIL: Kind.SOCIAL_COUNCIL,
    OrganisationKind.WORK_COUNCIL: Kind.WORK_COUNCIL,
    OrganisationKind.DISABILITY_PLATFORM: Kind.CLIENT_ORGANISATION,
    OrganisationKind.SENIOR_COUNCIL: Kind.SENIORS,
    OrganisationKind.CLIENT_ORGANISATION: Kind.CLIENT_ORGANISATION,
    OrganisationKind.SENIOR_ASSOCIATION: Kind.SENIORS,
    OrganisationKind.INSTITUTION_COUNCIL: Kind.INSTITUTION_COUNCIL,
    OrganisationKind.VOLUNTEERS: Kind.VOLUNTEER,
    OrganisationKind.CHURCH: Kind.VOLUNTEER,
    OrganisationKind.TENANTS: Kind.VOLUNTEER,
    OrganisationKind.MUNICIPALITY: Kind.OFFICIAL,
}
WORDS = "Ja, stuur mij de nieuwsbrief. Ik kan mij altijd weer uitschrijven."
PROOF = "Aanmeldformulier van de vorige website, bewaard in de lijst van de redactie."


@dataclass(frozen=True, slots=True)
class Reader:
    """One invented reader: who, where, of what kind, from when until when."""

    person_id: int
    town: int | None
    kind: str
    is_known: bool
    began: date
    ended: date | None


def load_readers(
    names: Names,
    rows: Rows,
    most: int,
    organisations: list[dict[str, Any]],
    book: AddressBook,
    today: date,
) -> None:
    """Make the newsletter, so many who read it today, and some who left."""
    newsletter = rows.add(
        Newsletter,
        name="Nieuwsbrief",
        slug="nieuwsbrief",
        about="Nieuws over meedenken en meedoen in uw gemeente.",
        sender_name="Redactie Nieuwsbrief",
        masthead="Nieuws voor wie meedenkt",
        next_on=_next_tuesday(today),
    )
    since = _reached_towns(names, today)
    left = round(most * LEFT)
    known = list(_known(organisations, book, since))[: round(most * KNOWN)]
    new = _new_people(names, rows, most + left - len(known), sorted(since))
    readers = [
        _reader(names, *one, since, today, has_left=index >= most)
        for index, one in enumerate([*known, *new])
    ]
    regions = working_region_of_towns()
    for reader in readers:
        number = _subscribe(names, rows, newsletter, reader, today)
        _choose(names, rows, number, reader, regions, book.themes)
        _agree(rows, reader, newsletter)
    _withhold(rows, readers)
    _keep_history(rows, newsletter, readers, today)


def _next_tuesday(today: date) -> date:
    """Give the Tuesday on which the next edition leaves: the clock opens its draft at once."""
    day = today + timedelta(weeks=5)
    return day + timedelta(days=(1 - day.weekday()) % 7)


def _reached_towns(names: Names, today: date) -> dict[int, date]:
    """Choose which municipalities are reached, and from which day."""
    random = names.random
    towns = list(db.session.scalars(select(Municipality.id).order_by(Municipality.code)))
    chosen = random.sample(towns, round(len(towns) * REACHED))
    lately = today - relativedelta(months=MONTHS)
    days = (today - lately).days - 20
    early = round(len(chosen) * EARLY)
    since = {town: lately - timedelta(days=random.randrange(1500)) for town in chosen[:early]}
    return since | {
        town: lately + timedelta(days=random.randrange(days)) for town in chosen[early:]
    }


def _known(
    organisations: list[dict[str, Any]], book: AddressBook, since: dict[int, date]
) -> Iterator[tuple[int, int | None, str, bool]]:
    """Give the people of the address book who work for a council in a reached municipality."""
    for organisation in organisations:
        if organisation["municipality_id"] not in since:
            continue
        kind = KIND_OF[OrganisationKind(organisation["kind"])].value
        for person_id in book.people_of_organisation.get(organisation["id"], ())[:3]:
            if person_id in book.email_of_person:
                yield person_id, organisation["municipality_id"], kind, True


def _new_people(
    names: Names, rows: Rows, count: int, towns: list[int]
) -> Iterator[tuple[int, int | None, str, bool]]:
    """Make people who only read: most with a municipality, some without even a name."""
    random = names.random
    kinds, shares = [kind for kind, _ in KINDS], [share for _, share in KINDS]
    for index in range(count):
        town = random.choice(towns) if random.random() < PLACED else None
        if random.random() < NAMED:
            given, prefix, family = names.person()
            email = f"{slug(f'{given} {prefix} {family}').replace('-', '.')}@post.example"
        else:  # stands in lists by the address
            email = f"lezer{index}@post.example"
            given, prefix, family = "", "", email
        facts = person_row(given, prefix, family, names)
        name = " ".join((given, prefix, family))
        facts |= {"phone": "", "municipality_id": town, "search_key": search_key(name, email)}
        if not given:
            facts["salutation"] = "Beste lezer"
        person_id = rows.add(Person, **facts)
        rows.add(PersonAddress, person_id=person_id, email=email)
        yield person_id, town, random.choices(kinds, shares)[0], False


def _reader(
    names: Names,
    person_id: int,
    town: int | None,
    kind: str,
    is_known: bool,
    since: dict[int, date],
    today: date,
    *,
    has_left: bool,
) -> Reader:
    random = names.random
    first = since[town] if town else today - timedelta(days=1800)
    # Somewhat more of them came lately: the power draws the days towards the end.
    days = max((today - first).days, 1)
    began = today - timedelta(days=int(days * random.random() ** 1.2))
    ended = began + timedelta(days=random.randrange(max((today - began).days, 1)))
    return Reader(person_id, town, kind, is_known, began, ended if has_left else None)


def _subscribe(names: Names, rows: Rows, newsletter: int, reader: Reader, today: date) -> int:
    random = names.random
    reasons = [*LeaveReason, "", "", ""]
    pauses = reader.ended is None and random.random() < PAUSED
    until = today + timedelta(days=random.randrange(5, 180)) if pauses else None
    return rows.add(
        Subscription,
        newsletter_id=newsletter,
        person_id=reader.person_id,
        reader_kind=reader.kind,
        wants_text=random.random() < TEXT,
        how=_how(reader),
        started_at=_morning(reader.began),
        paused_until=until,
        ended_at=_morning(reader.ended) if reader.ended else None,
        end_reason=str(random.choice(reasons)) if reader.ended else "",
    )


def _choose(
    names: Names,
    rows: Rows,
    subscription: int,
    reader: Reader,
    regions: dict[int, int],
    themes: list[int],
) -> None:
    """Let some choose their region, sometimes a second one, and some their themes."""
    random = names.random
    own = regions.get(reader.town or 0)
    if own is not None and random.random() < CHOSE_REGION:
        others = sorted(set(regions.values()) - {own})
        for one in (own, *random.sample(others, random.choice((0, 0, 0, 1)))):
            rows.tie(subscription_region, subscription_id=subscription, region_id=one)
    if random.random() < CHOSE_THEMES:
        for one in random.sample(themes, min(random.choice((1, 2, 2, 3)), len(themes))):
            rows.tie(subscription_theme, subscription_id=subscription, theme_id=one)


def _agree(rows: Rows, reader: Reader, newsletter: int) -> None:
    """Write into the log what each reader said."""
    how = _how(reader)
    lines = [(True, reader.began, how, WORDS, PROOF if how == "import" else "")]
    if reader.ended is not None:
        lines.append((False, reader.ended, "link", "", ""))
    for is_given, day, way, words, proof in lines:
        rows.add(
            Consent,
            person_id=reader.person_id,
            purpose=Purpose.NEWSLETTER.value,
            is_given=is_given,
            at=_morning(day),
            how=way,
            words=words,
            proof=proof,
            newsletter_id=newsletter,
        )


def _withhold(rows: Rows, readers: list[Reader]) -> None:
    """Keep mail from who left, in the order in which they did: so their numbers follow the time."""
    left = [(reader.ended, reader) for reader in readers if reader.ended is not None]
    for ended, reader in sorted(left, key=itemgetter(0)):
        rows.add(
            Suppression,
            scope=Scope.PERSON.value,
            purpose=Purpose.NEWSLETTER.value,
            person_id=reader.person_id,
            reason=OPTED_OUT,
            evidence="link",
            created_at=_morning(ended),
        )


def _how(reader: Reader) -> str:
    if reader.is_known:
        return "walk_in"
    return "import" if reader.person_id % 3 == 0 else "page"


def _keep_history(rows: Rows, newsletter: int, readers: list[Reader], today: date) -> None:
    """Keep what was reached at the end of each of the last two years' months."""
    there_are = db.session.scalar(select(func.count(Municipality.id))) or 0
    first = today.replace(day=1)
    for months in range(MONTHS, 0, -1):
        day = first - relativedelta(months=months - 1) - timedelta(days=1)
        present = [one for one in readers if one.began <= day and not _had_left(one, day)]
        rows.add(
            ReachSnapshot,
            newsletter_id=newsletter,
            on=day,
            readers=len(present),
            municipalities=len({one.town for one in present if one.town}),
            of_municipalities=there_are,
            by_kind=dict(Counter(one.kind for one in present)),
        )


def _had_left(reader: Reader, on: date) -> bool:
    return reader.ended is not None and reader.ended <= on


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)
