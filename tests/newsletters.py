"""Newsletters, their editions and readers for tests, as `tests/factories.py` makes the rest."""

from __future__ import annotations

import itertools
from io import BytesIO
from typing import Any

from PIL import Image

from eventsapp.contacts.models import Subscription
from eventsapp.core.actor import SYSTEM
from eventsapp.core.db import db
from eventsapp.directory.models import Person
from eventsapp.newsletters import pictures
from eventsapp.newsletters.blocks import tidy_limits
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition, Newsletter, Picture
from eventsapp.newsletters.scaling import scaled
from eventsapp.newsletters.shapes import blank

_numbers = itertools.count(1)


def make_newsletter(name: str = "Nieuwsbrief", **values: Any) -> Newsletter:
    """Make a newsletter, without a rhythm."""
    values.setdefault("slug", name.lower().replace(" ", "-"))
    newsletter = Newsletter(name=name, **values)
    db.session.add(newsletter)
    db.session.flush()
    return newsletter


def make_edition(
    newsletter: Newsletter | None = None, title: str = "Nieuwsbrief van maart", **values: Any
) -> Edition:
    """Make an edition that somebody is working on, of the newsletter that there is."""
    values.setdefault("slug", f"maart-{next(_numbers)}")
    newsletter = newsletter or db.session.query(Newsletter).first() or make_newsletter()
    edition = Edition(newsletter=newsletter, title=title, **values)
    db.session.add(edition)
    db.session.flush()
    return edition


def make_block(
    edition: Edition,
    kind: BlockKind = BlockKind.TEXT,
    *,
    limits: dict[str, Any] | None = None,
    slug: str = "",
    **data: Any,
) -> Block:
    """Add a block at the end of an edition; `data` are its fields."""
    block = Block(
        edition_id=edition.id,
        position=len(edition.blocks),
        kind=kind.value,
        data={**blank(kind), **data},
        limits=tidy_limits(limits or {}),
        slug=slug,
    )
    db.session.add(block)
    db.session.flush()
    db.session.expire(edition, ["blocks"])
    return block


def make_picture(colour: str = "navy", size: tuple[int, int] = (600, 400)) -> Picture:
    """Keep a picture of one colour."""
    target = BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return pictures.keep(SYSTEM, scaled(target.getvalue()), "foto.png")


def make_reader(person: Person, newsletter_id: int, **values: Any) -> Subscription:
    """Let somebody read a newsletter at the first address."""
    values.setdefault("address", person.addresses[0] if person.addresses else None)
    subscription = Subscription(newsletter_id=newsletter_id, person_id=person.id, **values)
    db.session.add(subscription)
    db.session.flush()
    return subscription
