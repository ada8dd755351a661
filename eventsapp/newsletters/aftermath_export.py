"""What became of an edition as a file: by region, by kind of reader, and its links. CSV or XLSX.

Counts only, and none of a group in which somebody could be recognised. The door gives the words of
the columns and kinds, in the language of who asks; `note` writes in the audit log who took it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eventsapp.contacts.sheets import File, sheet
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.text import slug
from eventsapp.newsletters.afterwards import Aftermath, Outcome
from eventsapp.newsletters.models import Edition, LinkClicks


@dataclass(frozen=True, slots=True)
class Words:
    """What stands above the columns and in the first one."""

    headers: Sequence[str]
    """Six: what sort of group, its name, arrived, came back, left, how often followed."""
    whole: str
    region: str
    kind: str
    link: str
    no_region: str
    others: str
    """For the groups that are too small to be told apart."""
    kinds: Mapping[str, str]


def file_of(
    edition: Edition, found: Aftermath, links: Sequence[LinkClicks], words: Words, form: str
) -> File:
    """Make the file, "xlsx" or CSV."""
    rows = list(_rows(edition, found, links, words))
    return sheet(form, slug(edition.title) or "edition", words.headers, rows)


def note(actor: Actor, edition: Edition, form: str) -> None:
    """Write down who took the figures out."""
    audit.record(actor, "edition.export", "edition", edition.id, kind=form)


def _rows(
    edition: Edition, found: Aftermath, links: Sequence[LinkClicks], words: Words
) -> Iterator[list[str]]:
    yield _row(words.whole, edition.title, found.whole)
    for name, outcome in found.by_region:
        yield _row(words.region, name or words.no_region, outcome)
    if found.other_regions is not None:
        yield _row(words.region, words.others, found.other_regions)
    for kind, outcome in found.by_kind:
        yield _row(words.kind, words.kinds[kind], outcome)
    if found.other_kinds is not None:
        yield _row(words.kind, words.others, found.other_kinds)
    for one in links:
        yield [words.link, one.url, "", "", "", str(one.clicks)]


def _row(group: str, name: str, outcome: Outcome) -> list[str]:
    return [group, name, str(outcome.arrived), str(outcome.back), str(outcome.left), ""]
