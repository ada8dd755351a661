"""The page on which an edition is made: its blocks as cards, one of them open as a form.

For `editions.py` and `blocks.py`, which show the same page. Asks a bounded number of questions,
however many blocks there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select

from eventsapp.core.actor import Actor
from eventsapp.core.dates import HOME_ZONE, now, time_of_day, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.language import current_language
from eventsapp.core.text import html_to_text, one_line
from eventsapp.directory.models import Person
from eventsapp.directory.places import themes, working_region_names
from eventsapp.manage.forms.blocks import BlockForm, Offers
from eventsapp.manage.list_words import sentences_of
from eventsapp.newsletters import composing, editions
from eventsapp.newsletters.blocks import faults
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition, Picture
from eventsapp.newsletters.shapes import SHAPES
from eventsapp.surveys.queries import surveys_to_link

EXCERPT = 140
JUST_NOW = timedelta(minutes=10)
_LANGUAGES = {"nl": "Nederlands", "en": "English"}


@dataclass(slots=True)
class Card:
    """A block as it stands on the page."""

    id: int
    kind: BlockKind
    icon: str
    version: int
    title: str
    text: str = ""
    facts: list[str] = field(default_factory=list)
    picture: str = ""
    readers: str = ""
    lacks: list[str] = field(default_factory=list)
    form: BlockForm | None = None
    conflict: dict[str, Any] | None = None
    note: str = ""
    fields: tuple[Any, ...] = ()


def offers() -> Offers:
    """Give what a block can be limited to, and lead to."""
    language = current_language()
    return Offers(
        regions=tuple((number, name) for number, name in working_region_names()),
        themes=tuple((theme.id, theme.name(language)) for theme in themes()),
        surveys=tuple(surveys_to_link()),
    )


def make_page(
    actor: Actor,
    edition: Edition,
    *,
    words: Any,
    opened: int | None = None,
    form: BlockForm | None = None,
    conflict: dict[str, Any] | None = None,
) -> str:
    """Draw the page on which an edition is made; `opened` is the block whose form stands open."""
    may_change = editions.may_make(actor, edition) and editions.is_open(edition)
    cards = cards_of(edition.blocks)
    for card in cards:
        if card.id == opened and form is not None and may_change:
            card.form, card.conflict = form, conflict
            block = next(one for one in edition.blocks if one.id == opened)
            card.note = "" if conflict else busy_words(actor, block)
    return render_template(
        "manage/edition_view/show.html",
        edition=edition,
        cards=cards,
        f=words,
        may_make=editions.may_make(actor, edition),
        may_change=may_change,
        is_agreed=edition.status in editions.AGREED,
        dropped=cards_of(composing.dropped_blocks(edition)) if may_change else [],
        most=composing.MOST_BLOCKS,
        sentences=sentences_of(edition) if edition.criteria else [],
    )


def cards_of(blocks: list[Block]) -> list[Card]:
    """Give blocks as cards, in their order."""
    known = offers()
    shown = _pictures({int(one.data.get("picture_id") or 0) for one in blocks})
    return [_card(one, known, shown) for one in blocks]


def busy_words(actor: Actor, block: Block) -> str:
    """Say who else was at work in a block just now, "" where nobody was."""
    if block.updated_by in (None, actor.person_id) or block.updated_at < now() - JUST_NOW:
        return ""
    at = time_of_day(utc_to_local(block.updated_at, HOME_ZONE), current_language())
    return gettext(
        "%(name)s changed this at %(time)s. Agree who of you goes on.",
        name=named(block.updated_by),
        time=at,
    )


def named(person_id: int | None) -> str:
    """Give the name of a colleague."""
    person = db.session.get(Person, person_id) if person_id else None
    return person.name if person is not None else gettext("A colleague")


def readers_words(limits: dict[str, Any], known: Offers) -> str:
    """Say for whom a block is, "" for everybody."""
    regions, names = dict(known.regions), dict(known.themes)
    parts = [
        _listed([regions.get(one, gettext("a region that is no more"))
                 for one in limits.get("regions") or ()]),
        _listed([names.get(one, gettext("a theme that is no more"))
                 for one in limits.get("themes") or ()]),
        _listed([_LANGUAGES[one] for one in limits.get("languages") or () if one in _LANGUAGES]),
    ]  # fmt: skip
    return " · ".join(part for part in parts if part)


def _listed(names: list[str]) -> str:
    if len(names) > 4:
        more = len(names) - 3
        return ", ".join(names[:3]) + " " + ngettext("and %(num)s more", "and %(num)s more", more)
    return ", ".join(names)


def _card(block: Block, known: Offers, shown: dict[int, str]) -> Card:
    kind, data = BlockKind(block.kind), block.data
    title = data.get("title") or (data.get("text") if kind is BlockKind.HEADING else "")
    return Card(
        id=block.id,
        kind=kind,
        icon=SHAPES[kind].icon,
        version=block.version,
        title=one_line(str(title or ""), 160),
        text=_excerpt(kind, data),
        facts=_facts(kind, data, known),
        picture=shown.get(int(data.get("picture_id") or 0), ""),
        readers=readers_words(block.limits, known),
        lacks=[gettext(one.words, **one.values) for one in faults(kind, data)],
        fields=SHAPES[kind].fields,
    )


def _excerpt(kind: BlockKind, data: dict[str, Any]) -> str:
    if kind is BlockKind.QUOTE:
        return one_line(str(data.get("text") or ""), EXCERPT)
    if data.get("intro"):
        return one_line(str(data["intro"]), EXCERPT)
    html = str(data.get("html") or data.get("note_html") or "")
    return one_line(html_to_text(html[: 4 * EXCERPT], None), EXCERPT)


def _facts(kind: BlockKind, data: dict[str, Any], known: Offers) -> list[str]:
    if kind is BlockKind.MEETINGS:
        days = ngettext("%(num)s day ahead", "%(num)s days ahead", int(data.get("days") or 0))
        most = gettext("%(most)s at most", most=data.get("most"))
        return [days, most, gettext("national ones too") if data.get("national") else ""]
    region = dict(known.regions).get(data.get("region_id") or 0, "")
    survey = dict(known.surveys).get(data.get("survey_id") or 0, "")
    written = data.get("author") or data.get("who") or data.get("authors") or ""
    facts = [written, str(data.get("year") or ""), region, survey, data.get("caption") or ""]
    return [str(one) for one in [*facts, data.get("url") or ""] if one]


def _pictures(ids: set[int]) -> dict[int, str]:
    """Give the addresses on this site of small pictures."""
    if not ids - {0}:
        return {}
    rows = db.session.scalars(select(Picture).where(Picture.id.in_(ids)))
    return {row.id: picture_address(row) for row in rows}


def picture_address(picture: Picture, size: str = "small") -> str:
    """Give where a picture stands on this site."""
    return url_for("public_pictures.show", digest=picture.digest, size=size)
