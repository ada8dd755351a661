"""Who reads a newsletter on a day, as one question to the database.

Freezing an edition, counting and showing readers build upon it, so no row passes through Python:
a hundred thousand readers with their regions and themes are one statement. It only reads.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    union,
)

from eventsapp.contacts.models import (
    Subscription,
    subscription_region,
    subscription_theme,
)
from eventsapp.directory.models import (
    Organisation,
    Person,
    PersonAddress,
    Region,
    RegionScheme,
    Role,
    region_municipality,
)
from eventsapp.directory.places import held_on

_NAME = (Person.given_name, Person.prefix, Person.family_name)


def reads_on(on: date) -> ColumnElement[bool]:
    """Condition on Subscription: neither ended nor paused on this day."""
    paused = Subscription.paused_until
    return and_(Subscription.ended_at.is_(None), or_(paused.is_(None), paused <= on))


def reading(newsletter_id: int, on: date) -> Select[Any]:
    """Select who reads a newsletter on this day, and what they chose.

    Columns: person_id, address ("" where none is known), name, language, wants_text, and region_ids
    and theme_ids as sorted numbers with commas ("3,7"; "" for no region, or for all themes), and
    what signs the own link: subscription_id and generation. Who chose no region has those of the
    own municipality, else of the present functions.
    """
    chosen = _chosen(subscription_region.c.subscription_id, subscription_region.c.region_id)
    themes = _chosen(subscription_theme.c.subscription_id, subscription_theme.c.theme_id)
    home, work = _regions_of_towns(), _regions_by_function(on)
    question: Any = (
        select(
            Subscription.person_id.label("person_id"),
            func.coalesce(PersonAddress.email, _first_address(on), "").label("address"),
            _name().label("name"),
            Person.language.label("language"),
            Subscription.wants_text.label("wants_text"),
            func.coalesce(chosen, home.c.numbers, work.c.numbers, "").label("region_ids"),
            func.coalesce(themes, "").label("theme_ids"),
            Subscription.id.label("subscription_id"),
            Subscription.generation.label("generation"),
        )
        .select_from(Subscription)
        .join(Person, Person.id == Subscription.person_id)
        .outerjoin(
            PersonAddress,
            and_(PersonAddress.id == Subscription.address_id, _is_in_use(on)),
        )
        .outerjoin(home, home.c.of == Person.municipality_id)
        .outerjoin(work, work.c.of == Person.id)
        .where(Subscription.newsletter_id == newsletter_id, reads_on(on), is_here(on))
    )
    return question  # type: ignore[no-any-return]


def is_here(on: date) -> ColumnElement[bool]:
    """Condition on Person: neither ended on this day nor erased."""
    ended = Person.ended_on
    return and_(Person.erased_at.is_(None), or_(ended.is_(None), ended > on))


def _is_in_use(on: date) -> ColumnElement[bool]:
    return or_(PersonAddress.ended_on.is_(None), PersonAddress.ended_on > on)


def _first_address(on: date) -> ColumnElement[Any]:
    """Give the person's first address, for who named none or whose own one is out of use."""
    other = PersonAddress.__table__.alias("first_address")
    return (
        select(other.c.email)
        .where(
            other.c.person_id == Subscription.person_id,
            or_(other.c.ended_on.is_(None), other.c.ended_on > on),
        )
        .order_by(other.c.position, other.c.id)
        .limit(1)
        .correlate(Subscription)
        .scalar_subquery()
    )


def _name() -> ColumnElement[str]:
    """Write the name as `Person.name` does."""
    parts = [case((part != "", part + " "), else_="") for part in _NAME]
    return func.trim(parts[0] + parts[1] + parts[2])


def _chosen(of: ColumnElement[Any], number: ColumnElement[Any]) -> ColumnElement[Any]:
    """Write what one reader chose in one text; a look at the index for each needs no sorting."""
    own = select(number.label("number")).where(of == Subscription.id)
    ordered = own.order_by(number).correlate(Subscription).subquery()
    return select(_text(ordered.c.number)).scalar_subquery()


def _text(number: ColumnElement[Any]) -> ColumnElement[Any]:
    """Write numbers in one text. They come sorted: neither database sorts in there alike."""
    return func.aggregate_strings(cast(number, String), ",")


def _joined(of: ColumnElement[Any], number: ColumnElement[Any], *where: Any) -> Subquery:
    """Write the numbers of each owner in one text, in their order."""
    return _texts(select(of.label("of"), number.label("number")).where(*where))


def _texts(pairs: Select[Any]) -> Subquery:
    ordered = pairs.order_by("of", "number").subquery()
    numbers = _text(ordered.c.number).label("numbers")
    return select(ordered.c.of, numbers).group_by(ordered.c.of).subquery()


def _working() -> Select[Any]:
    return select(Region.id).join(RegionScheme).where(RegionScheme.is_working.is_(True))


def _regions_of_towns() -> Subquery:
    tie = region_municipality.c
    return _joined(tie.municipality_id, tie.region_id, tie.region_id.in_(_working()))


def _regions_by_function(on: date) -> Subquery:
    """Give the regions in which those work whose own municipality is not known."""
    tie = region_municipality.c
    held = (held_on(on), Person.municipality_id.is_(None), Organisation.ended_on.is_(None))
    by_town = (
        select(Role.person_id.label("of"), tie.region_id.label("number"))
        .join(Person, Person.id == Role.person_id)
        .join(Organisation, Organisation.id == Role.organisation_id)
        .join(region_municipality, tie.municipality_id == Organisation.municipality_id)
        .where(*held, tie.region_id.in_(_working()))
    )
    by_region = (
        select(Role.person_id.label("of"), Organisation.region_id.label("number"))
        .join(Person, Person.id == Role.person_id)
        .join(Organisation, Organisation.id == Role.organisation_id)
        .where(*held, Organisation.region_id.in_(_working()))
    )
    both = union(by_town, by_region).subquery()
    return _texts(select(both.c.of, both.c.number))
