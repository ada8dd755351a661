"""Rows for tests, with sensible defaults; used inside `with transaction():`, never committed here.

The cast: Anna is an advisor of Noord, Bram of Zuid, Kees coordinates, Ilse edits the newsletter,
Petra takes part.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from eventsapp.accounts.models import Account
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import local_to_utc, now, utc_to_local
from eventsapp.core.db import Model, db
from eventsapp.core.text import fold
from eventsapp.directory.models import (
    AdvisorRegion,
    Municipality,
    Network,
    Organisation,
    Person,
    PersonAddress,
    Region,
    RegionScheme,
    Role,
    Theme,
)
from eventsapp.invitations.models import Attendance, Invitation, InvitedOrganisation
from eventsapp.meetings.models import Meeting

T = TypeVar("T", bound=Model)

_numbers = itertools.count(1)
ZONE = "Europe/Amsterdam"


def _kept(row: T) -> T:
    db.session.add(row)
    db.session.flush()
    return row


def working_scheme() -> RegionScheme:
    """Give the scheme that rights go by, made when it is not there."""
    found = db.session.query(RegionScheme).filter_by(code="labour").one_or_none()
    return found or _kept(RegionScheme(code="labour", name="Arbeidsmarktregio's", is_working=True))


def make_region(name: str = "Noord", **values: Any) -> Region:
    """Make a working region."""
    values.setdefault("code", f"R{next(_numbers)}")
    return _kept(Region(scheme=values.pop("scheme", None) or working_scheme(), name=name, **values))


def make_municipality(
    name: str = "Noordwolde", region: Region | None = None, **values: Any
) -> Municipality:
    """Make a municipality, in this region if one is given."""
    values.setdefault("code", f"GM{next(_numbers)}")
    values.setdefault("search_key", fold(f"{name} {values.get('aliases', '')}"))
    return _kept(Municipality(name=name, regions=[region] if region else [], **values))


def make_theme(name: str = "Vervoer", **values: Any) -> Theme:
    """Make a theme."""
    return _kept(Theme(name_nl=name, **values))


def make_organisation(
    name: str = "Adviesraad Noordwolde",
    municipality: Municipality | None = None,
    kind: str = "social_council",
    **values: Any,
) -> Organisation:
    """Make an organisation."""
    values.setdefault("search_key", fold(name))
    return _kept(Organisation(name=name, kind=kind, municipality=municipality, **values))


def make_person(name: str = "Petra de Wit", email: str | None = "", **values: Any) -> Person:
    """Make a person; an empty `email` invents one, None gives a person without address."""
    given, _, family = name.partition(" ")
    prefix = ""
    for known in ("van der", "van den", "van de", "de", "van"):
        if family.startswith(known + " "):
            prefix, family = known, family.removeprefix(known + " ")
            break
    values.setdefault("sort_key", fold(f"{family} {given} {prefix}"))
    values.setdefault("search_key", fold(name))
    person = _kept(Person(given_name=given, prefix=prefix, family_name=family, **values))
    if email is not None:
        address = email or f"{fold(name).replace(' ', '.')}.{next(_numbers)}@post.example"
        _kept(PersonAddress(person=person, email=address))
    return person


def make_role(
    person: Person, organisation: Organisation, kind: str = "chair", **values: Any
) -> Role:
    """Let a person do something for an organisation, as its contact unless told otherwise."""
    values.setdefault("valid_from", date(2024, 1, 1))
    values.setdefault("is_contact", True)
    return _kept(Role(person=person, organisation=organisation, kind=kind, **values))


def make_network(name: str = "Netwerk Noord", **values: Any) -> Network:
    """Make a network."""
    return _kept(Network(name=name, **values))


def make_account(
    name: str = "Anna de Vries",
    level: Level = Level.ADVISOR,
    regions: tuple[Region, ...] = (),
    **values: Any,
) -> Account:
    """Make somebody who may sign in; the password is of no use, tests sign in by a session row."""
    email = values.pop("email", f"{fold(name).split()[0]}.{next(_numbers)}@programma.example")
    person = make_person(name, email=email, phone=values.pop("phone", "070 000 00 01"))
    for region in regions:
        _kept(AdvisorRegion(person_id=person.id, region_id=region.id))
    return _kept(Account(person=person, email=email, level=level.value, **values))


def actor_of(account: Account) -> Actor:
    """Give the actor that the guard would make of this account."""
    ties = db.session.query(AdvisorRegion).filter_by(person_id=account.person_id)
    return Actor(
        level=Level(account.level),
        person_id=account.person_id,
        account_id=account.id,
        name=account.person.name,
        regions=frozenset(tie.region_id for tie in ties),
    )


@dataclass
class Cast:
    """The people and regions that most stories need."""

    noord: Region
    zuid: Region
    anna: Account
    bram: Account
    kees: Account
    ilse: Account
    petra: Person


def make_cast() -> Cast:
    """Make the regions Noord and Zuid and everybody who plays in them."""
    noord, zuid = make_region("Noord"), make_region("Zuid")
    return Cast(
        noord=noord,
        zuid=zuid,
        anna=make_account("Anna de Vries", regions=(noord,)),
        bram=make_account("Bram Bakker", regions=(zuid,)),
        kees=make_account("Kees Smit", level=Level.COORDINATOR),
        ilse=make_account("Ilse Meijer", level=Level.EDITOR),
        petra=make_person("Petra de Wit"),
    )


def make_meeting(organiser: Person, region: Region, *, days: float = 21, **values: Any) -> Meeting:
    """Make a visible meeting so many days from now, 13.30 to 16.00 in Amsterdam."""
    day = (now() + timedelta(days=days)).date()
    starts = values.pop(
        "starts", datetime.combine(day, datetime.min.time()).replace(hour=13, minute=30)
    )
    ends = values.pop("ends", starts + timedelta(hours=2, minutes=30))
    values.setdefault("title", "Netwerkbijeenkomst Noord")
    values.setdefault("kind", "network")
    values.setdefault("status", "visible")
    values.setdefault("place_name", "Dorpshuis De Linde")
    values.setdefault("town", "Noordwolde")
    regions = values.pop("regions", [region])
    return _kept(
        Meeting(
            organiser=organiser,
            lead_region=region,
            regions=regions,
            starts_wall=starts,
            ends_wall=ends,
            timezone=ZONE,
            starts_at=local_to_utc(starts, ZONE),
            ends_at=local_to_utc(ends, ZONE),
            **values,
        )
    )


def make_invitation(
    meeting: Meeting,
    person: Person,
    *,
    organisation: Organisation | None = None,
    reply: str = "needs_action",
    **values: Any,
) -> Invitation:
    """Invite somebody without any mail; `last_method="REQUEST"` makes a holder of an entry."""
    values.setdefault("email", person.addresses[0].email if person.addresses else "")
    if reply != "needs_action":
        values.setdefault("replied_at", now())
        values.setdefault("replied_via", "link")
    invitation = _kept(
        Invitation(meeting=meeting, person=person, organisation=organisation, reply=reply, **values)
    )
    if organisation is not None:
        _kept(InvitedOrganisation(meeting_id=meeting.id, organisation=organisation, via=invitation))
    return invitation


def make_attendance(
    meeting: Meeting,
    person: Person,
    presence: str = "present",
    organisation: Organisation | None = None,
    **values: Any,
) -> Attendance:
    """Mark somebody's presence at a meeting."""
    return _kept(
        Attendance(
            meeting_id=meeting.id,
            person=person,
            organisation=organisation,
            presence=presence,
            **values,
        )
    )


def wall(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Write a wall time, which has no zone."""
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - a wall time has no zone


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Write a moment in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def local(moment: datetime) -> datetime:
    """Give the wall time in Amsterdam of a moment."""
    return utc_to_local(moment, ZONE)
