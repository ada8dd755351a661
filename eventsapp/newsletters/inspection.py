"""An edition looked at whole before anybody agrees: the checks, and which mails differ.

The checks page and signing off ask here. Gathers what `checks.py` has to know about readers and
sizes; writes nothing, sends nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from eventsapp.contacts.subscriber_figures import figures
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.language import LANGUAGES
from eventsapp.directory.places import themes, working_region_names
from eventsapp.newsletters import audience
from eventsapp.newsletters.checks import Check, Facts, Finding, checks
from eventsapp.newsletters.kinds import EditionKind
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.render import RenderedBlock, frozen, pieces
from eventsapp.newsletters.sorts import Sort, sorts, worth_a_look
from eventsapp.surveys.models import Survey
from eventsapp.surveys.rules import takes_answers


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found, and the sorts of readers for whom the mail differs."""

    taken: dict[str, Any]
    findings: list[Finding]
    sorts: list[Sort]
    worth_a_look: list[Sort]
    octets: int

    @property
    def must(self) -> list[Finding]:
        """Give what nobody should agree to before it is mended."""
        return [one for one in self.findings if one.is_must]

    def of(self, check: Check) -> list[Finding]:
        """Give what one check found."""
        return [one for one in self.findings if one.check is check]


def look_at(edition: Edition) -> Inspection:
    """Look at an edition as it is now."""
    taken = frozen(edition)
    names = dict(working_region_names())
    found = sorts(taken["blocks"], LANGUAGES, names, [theme.id for theme in themes()])
    octets, heaviest = largest(taken, found)
    facts = Facts(
        on=edition.send_on or today(),
        readers=_readers(edition),
        names=_regions_of(edition, names),
        octets=octets,
        heaviest=heaviest,
        closed_surveys=_closed(
            {
                number
                for one in taken["blocks"]
                if isinstance(number := one["data"].get("survey_id"), int)
            }
        ),
    )
    return Inspection(taken, checks(taken, facts), found, worth_a_look(found), octets)


def largest(taken: dict[str, Any], found: Collection[Sort]) -> tuple[int, tuple[str, int]]:
    """Tell how large the largest mail can be, and which of its blocks takes most room.

    Each block is measured once, not each mail.
    """
    size, heaviest = 0, ("", 0)
    for language in LANGUAGES:
        rendered = pieces(taken, language, with_text=False)
        around = _octets(rendered.before_html, rendered.after_html)
        sizes = {block.key: _largest_of(block) for block in rendered.blocks}
        for keys in [sort.blocks for sort in found if sort.language == language] or [frozenset()]:
            whole = around + sum(sizes[key] for key in keys)
            if whole > size:
                size = whole
                heaviest = max(((key, sizes[key]) for key in keys), key=_second, default=("", 0))
    return size, heaviest


def _readers(edition: Edition) -> Mapping[int, int]:
    """Count by region who would get an edition; the figures at hand do where that is everybody."""
    if audience.is_narrow(edition):
        return audience.readers_by_region(edition, today())
    lines = figures(edition.newsletter_id, today()).by_region
    return {line.id: line.readers for line in lines}


def _regions_of(edition: Edition, names: Mapping[int, str]) -> Mapping[int, str]:
    """Leave out the regions for which an edition is not meant."""
    if edition.kind != EditionKind.REGIONAL:
        return names
    return {number: name for number, name in names.items() if number == edition.region_id}


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def _largest_of(block: RenderedBlock) -> int:
    items = sorted((_octets(item.html) for item in block.items), reverse=True)
    return _octets(block.html, block.html_end, block.more_html) + sum(items[: block.most])


def _octets(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)


def _closed(survey_ids: Collection[int]) -> frozenset[int]:
    """Tell which of these surveys nobody can answer, because they are closed or gone."""
    if not survey_ids:
        return frozenset()
    rows = db.session.scalars(select(Survey).where(Survey.id.in_(survey_ids)))
    open_now = {row.id for row in rows if takes_answers(row.status, row.closes_at, now())}
    return frozenset(survey_ids) - open_now
