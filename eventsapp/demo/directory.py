"""The invented address book: 25 advisors, 900 organisations, 4,000 people with functions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.core.actor import Level
from eventsapp.core.db import db
from eventsapp.core.text import fold, slug
from eventsapp.demo.names import Names
from eventsapp.demo.rows import Rows
from eventsapp.directory import places
from eventsapp.directory.kinds import OrganisationKind as Kind
from eventsapp.directory.kinds import RoleKind
from eventsapp.directory.models import (
    AdvisorRegion,
    Municipality,
    Network,
    Organisation,
    Person,
    PersonAddress,
    Region,
    Role,
    Theme,
    network_organisation,
    organisation_theme,
    region_municipality,
)
from eventsapp.directory.rules import proposed_salutation

# How many of each kind there are for one municipality of middling size, in thousandths.
SHARES = (
    (Kind.SOCIAL_COUNCIL, "Adviesraad Sociaal Domein {place}", 300),
    (Kind.WORK_COUNCIL, "Cliëntenraad Werk en Inkomen {place}", 130),
    (Kind.DISABILITY_PLATFORM, "Gehandicaptenplatform {place}", 110),
    (Kind.SENIOR_COUNCIL, "Seniorenraad {place}", 110),
    (Kind.CLIENT_ORGANISATION, "Cliëntenbelang {place} en omgeving", 70),
    (Kind.SENIOR_ASSOCIATION, "Ouderenvereniging {place}", 70),
    (Kind.INSTITUTION_COUNCIL, "Cliëntenraad Zorggroep {place}", 55),
    (Kind.VOLUNTEERS, "Vrijwilligerspunt {place}", 45),
    (Kind.CHURCH, "Diaconaal Beraad {place}", 25),
    (Kind.TENANTS, "Huurdersplatform {place}", 25),
    (Kind.MUNICIPALITY, "Gemeente {place}", 60),
)
COUNCIL_ROLES = (
    (RoleKind.CHAIR, True),
    (RoleKind.SECRETARY, False),
    (RoleKind.TREASURER, False),
    (RoleKind.MEMBER, False),
    (RoleKind.MEMBER, False),
    (RoleKind.SUPPORTER, False),
)
# So many organisations a town differ in kind; more than that are told apart by their quarter.
ONE_OF_A_KIND = 6
QUARTERS = ("Noord", "Oost", "Zuid", "West", "Centrum", "Binnenstad", "Buitengebied")
OFFICE_ROLES = ((RoleKind.OFFICIAL, True), (RoleKind.ALDERMAN, False), (RoleKind.OFFICIAL, False))


@dataclass
class AddressBook:
    """What the later steps of the loading need of the address book."""

    advisors: list[int] = field(default_factory=list)
    regions_of_advisor: dict[int, list[int]] = field(default_factory=dict)
    organisations_of_region: dict[int, list[int]] = field(default_factory=dict)
    people_of_organisation: dict[int, list[int]] = field(default_factory=dict)
    role_of_person: dict[int, str] = field(default_factory=dict)
    email_of_person: dict[int, str] = field(default_factory=dict)
    networks: list[tuple[int, int, list[int]]] = field(default_factory=list)
    themes: list[int] = field(default_factory=list)
    municipality_names: dict[int, list[str]] = field(default_factory=dict)


def load_advisors(names: Names, rows: Rows, password_hash: str, book: AddressBook) -> None:
    """Make 25 advisors over all working regions, a coordinator and an editor.

    Anna, Kees and Ilse come first, so that the README can name them.
    """
    cast = [("Anna", "de", "Vries"), ("Bram", "", "Bakker")]
    cast += [names.person() for _ in range(23)]
    staff = [*cast, ("Kees", "", "Smit"), ("Ilse", "", "Meijer")]
    levels = [Level.ADVISOR] * 25 + [Level.COORDINATOR, Level.EDITOR]
    for index, ((given, prefix, family), level) in enumerate(zip(staff, levels, strict=True)):
        one = rows.add(Person, **person_row(given, prefix, family, names))
        is_named = index < 2 or index > 24
        local = slug(given if is_named else f"{given} {prefix} {family}").replace("-", ".")
        email = f"{local}@programma.example"
        rows.add(PersonAddress, person_id=one, email=email)
        rows.add(
            Account, person_id=one, email=email, level=level.value, password_hash=password_hash
        )
        if level is Level.ADVISOR:
            book.advisors.append(one)
    for index, region in enumerate(places.working_regions()):
        advisor = book.advisors[index % len(book.advisors)]
        rows.tie(AdvisorRegion, person_id=advisor, region_id=region.id)
        book.regions_of_advisor.setdefault(advisor, []).append(region.id)


def load_organisations(
    names: Names, rows: Rows, most: int, book: AddressBook
) -> list[dict[str, Any]]:
    """Make the organisations, spread over municipalities and kinds; give their facts with ids."""
    towns = list(db.session.scalars(select(Municipality).order_by(Municipality.code)))
    region_of = working_region_of_towns()
    for town in towns:
        if town.id in region_of:
            book.municipality_names.setdefault(region_of[town.id], []).append(town.name)
    book.themes = list(db.session.scalars(select(Theme.id).order_by(Theme.position)))
    organisations = _organisations(names, towns, most)
    for facts in organisations:
        one = facts["id"] = rows.add(Organisation, **facts)
        if facts["municipality_id"] in region_of:
            region_id = region_of[facts["municipality_id"]]
            book.organisations_of_region.setdefault(region_id, []).append(one)
        for theme in names.random.sample(book.themes, names.random.choice((0, 1, 1, 2))):
            rows.tie(organisation_theme, organisation_id=one, theme_id=theme)
    return organisations


def working_region_of_towns() -> dict[int, int]:
    """Give the working region of each municipality that has one."""
    working = {region.id for region in places.working_regions()}
    ties = db.session.execute(select(region_municipality)).all()
    return {tie.municipality_id: tie.region_id for tie in ties if tie.region_id in working}


def _organisations(names: Names, towns: list[Municipality], most: int) -> list[dict[str, Any]]:
    random, taken = names.random, set[str]()
    weights = [share for _, _, share in SHARES]
    rows: list[dict[str, Any]] = []
    while len(rows) < most:
        town = towns[len(rows) % len(towns)]
        kind, pattern, _ = random.choices(SHARES, weights)[0]
        name = pattern.format(place=town.name)
        if len(rows) >= ONE_OF_A_KIND * len(towns):
            name = f"{name} {random.choice(QUARTERS)}"
        if name in taken:
            continue
        taken.add(name)
        mailbox = f"info@{slug(name, 50)}.example" if random.random() < 0.8 else None
        rows.append(
            {
                "name": name,
                "kind": kind.value,
                "municipality_id": town.id,
                "search_key": fold(f"{name} {town.aliases}"),
                "email": mailbox,
                "phone": f"0800 {random.randrange(1000, 9999)}" if random.random() < 0.3 else "",
            }
        )
    return rows


def load_people(
    names: Names,
    rows: Rows,
    most: int,
    organisations: list[dict[str, Any]],
    book: AddressBook,
    today: date,
) -> None:
    """Make the people with their addresses and functions, present and past."""
    random = names.random
    of_organisation: dict[int, list[int]] = defaultdict(list)
    for index in range(most):
        organisation = organisations[index % len(organisations)]
        turn = index // len(organisations)
        is_office = organisation["kind"] == Kind.MUNICIPALITY.value
        choices = OFFICE_ROLES if is_office else COUNCIL_ROLES
        kind, is_contact = choices[min(turn, len(choices) - 1)]
        given, prefix, family = names.person()
        one = rows.add(Person, **person_row(given, prefix, family, names))
        if random.random() < 0.97:
            local = slug(f"{given} {prefix} {family}").replace("-", ".")
            book.email_of_person[one] = f"{local}@post.example"
            rows.add(PersonAddress, person_id=one, email=book.email_of_person[one])
        started = today - timedelta(days=random.randrange(60, 2200))
        has_ended = turn > 1 and random.random() < 0.12
        rows.add(
            Role,
            person_id=one,
            organisation_id=organisation["id"],
            kind=kind.value,
            is_contact=is_contact,
            valid_from=started,
            valid_until=today - timedelta(days=random.randrange(1, 50)) if has_ended else None,
        )
        if not has_ended:
            of_organisation[organisation["id"]].append(one)
            book.role_of_person[one] = kind.value
    book.people_of_organisation = dict(of_organisation)


def load_networks(names: Names, rows: Rows, book: AddressBook) -> None:
    """Make one or two networks in every working region, with most councils as members."""
    random = names.random
    regions = {region.id: region for region in db.session.scalars(select(Region))}
    for advisor, region_ids in book.regions_of_advisor.items():
        for region_id in region_ids:
            own = book.organisations_of_region.get(region_id, [])
            for pattern in ("Netwerk adviesraden {region}", "Voorzittersoverleg {region}")[
                : random.choice((1, 2))
            ]:
                network_id = rows.add(
                    Network,
                    name=pattern.format(region=regions[region_id].name),
                    region_id=region_id,
                    cadence_weeks=random.choice((7, 8, 13, 26)),
                    organiser_person_id=advisor,
                )
                chosen = random.sample(own, min(len(own), random.randrange(14, 34)))
                for one in chosen:
                    rows.tie(network_organisation, network_id=network_id, organisation_id=one)
                book.networks.append((network_id, region_id, chosen))


def person_row(given: str, prefix: str, family: str, names: Names) -> dict[str, Any]:
    """Give the row of a person of this name."""
    full = " ".join(part for part in (given, prefix, family) if part)
    return {
        "given_name": given,
        "prefix": prefix,
        "family_name": family,
        "sort_key": fold(f"{family} {given} {prefix}"),
        "search_key": fold(full),
        "salutation": proposed_salutation(given, prefix, family),
        "phone": names.phone() if names.random.random() < 0.7 else "",
        "language": "en" if names.random.random() < 0.02 else "nl",
        "municipality_id": None,
    }
