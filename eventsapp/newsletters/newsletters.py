"""Newsletters themselves: the first one is made when there is none; their settings are changed.

The doors, the clock and the demo call it. Editors set name, sender and rhythm; who must agree
before anything is sent is for coordinators.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.addresses import parse_address
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.core.text import one_line, slug, without_controls
from eventsapp.newsletters import notes
from eventsapp.newsletters.editions import AGREED, reopen
from eventsapp.newsletters.models import Edition, Newsletter, Picture

FOR_COORDINATORS = ("needs_second", "regional_needs_approval", "counts_clicks")
SEEN_BY_READERS = ("name", "language", "sender_name", "masthead", "masthead_picture_id")
"""What stands in each mail, so that a sign-off agrees with it too."""
_LIMITS = {"name": 120, "sender_name": 160, "masthead": 160, "about": 2000}
_BOUNDS = {
    "every_months": (1, 24),
    "opens_days": (1, 180),
    "contributions_days": (0, 180),
    "review_days": (0, 180),
    "sign_off_days": (0, 180),
    "late_hours": (1, 336),
}


@dataclass(frozen=True, slots=True)
class NewsletterPlan:
    """How a newsletter is to be. All days count back from the day of sending."""

    name: str
    about: str = ""
    language: str = "nl"
    sender_name: str = ""
    reply_to: str = ""
    masthead: str = ""
    masthead_picture_id: int | None = None
    is_active: bool = True
    every_months: int = 2
    next_on: date | None = None
    send_at: time = time(9, 0)
    opens_days: int = 42
    contributions_days: int = 21
    review_days: int = 10
    sign_off_days: int = 3
    late_hours: int = 24
    needs_second: bool = True
    regional_needs_approval: bool = True
    counts_clicks: bool = False


def newsletters() -> list[Newsletter]:
    """Give all newsletters, those in use first, then by their age."""
    statement = select(Newsletter).order_by(Newsletter.is_active.desc(), Newsletter.id)
    return list(db.session.scalars(statement))


def newsletter_for(actor: Actor, newsletter_id: int) -> Newsletter:
    """Give a newsletter, or NotFound."""
    found = db.session.get(Newsletter, newsletter_id)
    if found is None:
        raise NotFound
    return found


def first_newsletter() -> Newsletter:
    """Give the newsletter in use, made when there is none yet. Writes, so never for a GET."""
    found = next(iter(newsletters()), None)
    if found is not None:
        return found
    with speaking("nl"):
        name = translate(N_("Newsletter"))
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    # Two may ask for it at the same time; the second waits here, and finds that of the first.
    db.session.execute(
        insert(Newsletter)
        .values(name=name, slug=slug(name), version=1)
        .on_conflict_do_nothing(index_elements=["slug"])
    )
    return newsletters()[0]


def start_newsletter(actor: Actor, plan: NewsletterPlan) -> Newsletter:
    """Begin one more newsletter. Raises Forbidden, and InputError by field."""
    _demand_set(actor)
    made = Newsletter(name=plan.name, slug=_free_slug(plan.name))
    db.session.add(made)
    _fill(actor, made, plan)
    db.session.flush()
    audit.record(actor, "newsletter.changed", "newsletter", made.id)
    return made


def change_newsletter(
    actor: Actor, newsletter: Newsletter, plan: NewsletterPlan, version: int
) -> list[Edition]:
    """Keep the settings of a newsletter; the name of its public page stays as it is.

    What readers see of them stands in each mail: editions that were signed off need a new sign-off,
    and are given. Raises Forbidden, Conflict when somebody else changed the settings since, and
    InputError by field.
    """
    _demand_set(actor)
    before = plan_of(newsletter)
    if plan == before:
        return []
    if version != newsletter.version:
        raise Conflict
    _fill(actor, newsletter, plan)
    audit.record(actor, "newsletter.changed", "newsletter", newsletter.id)
    after = plan_of(newsletter)
    if all(getattr(before, name) == getattr(after, name) for name in SEEN_BY_READERS):
        return []
    return _open_signed_off(actor, newsletter)


def plan_of(newsletter: Newsletter) -> NewsletterPlan:
    """Give the settings as they are."""
    return NewsletterPlan(**{one.name: getattr(newsletter, one.name) for one in _FIELDS})


_FIELDS = fields(NewsletterPlan)


def _open_signed_off(actor: Actor, newsletter: Newsletter) -> list[Edition]:
    """Open what was signed off, and mail who asked for that or planned it: it leaves no more."""
    statement = select(Edition).where(
        Edition.newsletter_id == newsletter.id, Edition.status.in_([one.value for one in AGREED])
    )
    found = list(db.session.scalars(statement.order_by(Edition.id).with_for_update()))
    for edition in found:
        day, at = edition.send_on, edition.send_at
        is_planned = edition.send_utc is not None and day is not None and at is not None
        reopen(actor, edition)
        notes.tell(
            edition,
            "edition_not_sent",
            f"settings:{edition.content_version}",
            {edition.asked_by_id, edition.is_scheduled_by_id} - {actor.person_id},
            by=actor,
            reason="settings",
            why="",
            planned=notes.moment_in_words(day, at) if is_planned and day and at else {},
        )
    return found


def _demand_set(actor: Actor) -> None:
    if not actor.makes_newsletters:
        raise Forbidden(N_("Editors make the newsletter. You can read it, not change it."))


def _fill(actor: Actor, newsletter: Newsletter, plan: NewsletterPlan) -> None:
    """Write a plan into the row, once it was judged whole."""
    _judge(plan)
    for one in _FIELDS:
        value = getattr(plan, one.name)
        if one.name in FOR_COORDINATORS and not actor.is_coordinator:
            continue
        if one.name == "about":
            value = without_controls(value).strip()
        elif isinstance(value, str):
            value = one_line(value, 254)
        setattr(newsletter, one.name, value)
    if plan.reply_to:
        newsletter.reply_to = parse_address(plan.reply_to, "reply_to")
    picture = plan.masthead_picture_id
    if picture is not None and db.session.get(Picture, picture) is None:
        newsletter.masthead_picture_id = None


def _judge(plan: NewsletterPlan) -> None:
    if not one_line(plan.name):
        raise InputError(N_("Give the newsletter a name."), "name")
    for name, most in _LIMITS.items():
        if len(getattr(plan, name)) > most:
            raise InputError(N_("This is too long: at most %(most)s characters."), name, most=most)
    for name, (least, most) in _BOUNDS.items():
        if not least <= getattr(plan, name) <= most:
            words = N_("Fill in a number from %(least)s to %(most)s.")
            raise InputError(words, name, least=least, most=most)
    days = (plan.opens_days, plan.contributions_days, plan.review_days, plan.sign_off_days)
    names = ("opens_days", "contributions_days", "review_days", "sign_off_days")
    for index in range(1, len(days)):
        if days[index] > days[index - 1]:
            raise InputError(
                N_("This comes after the step before it, so fewer days before sending."),
                names[index],
            )


def _free_slug(name: str) -> str:
    wanted = slug(name, 50) or "nieuwsbrief"
    taken = set(db.session.scalars(select(Newsletter.slug)))
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free
