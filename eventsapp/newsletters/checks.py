"""What is looked at before anybody signs off an edition: what is wrong, and what could be better.

The checks page shows it, each finding with the way to its place; signing off asks `must_be_mended`.
Takes an edition as `frozen` gave it and facts about its readers. Pure: no word leaves the machine.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from eventsapp.core.labels import N_, Labelled
from eventsapp.newsletters import blocks as judging
from eventsapp.newsletters import links_in_text
from eventsapp.newsletters.dates_in_text import odd_dates
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.reading import hints, plain
from eventsapp.newsletters.wording import language_of

CUT_OFF = 100_000
NEARLY_CUT_OFF = 80_000
LONG_ARTICLE = 400
LONGEST_SUBJECT = 60
MOST_NAMES = 8
_RICH = ("html", "note_html")
_TYPED = ("intro", "text", "title", "caption")
_OF_OTHERS = (BlockKind.LITERATURE, BlockKind.PUBLICATION)
_HEADING = re.compile(r"<h([23])>")
_FILE_NAME = re.compile(r"(?i)\S+\.(jpe?g|png|gif|webp|heic)$|^(img|dsc|pxl|foto|image)[_ -]?\d+$")
_OF_A_COPY = re.compile(r"(?i)(kopie van|copy of)\s")
_SAYS_PICTURE = re.compile(r"(?i)^(foto|afbeelding|plaatje|picture|photo|image)\b( van| of)?")


class Check(Labelled):
    """What is looked at, in the order in which the page tells it."""

    COMPLETE = "complete", N_("Is everything filled in?")
    PICTURES = "pictures", N_("Are the pictures described?")
    LINKS = "links", N_("Do the links work, and say where they lead?")
    HEADINGS = "headings", N_("Are the headings in order?")
    READING = "reading", N_("Is it easy to read?")
    DATES = "dates", N_("Are the dates right?")
    READERS = "readers", N_("Does each block reach somebody?")
    SIZE = "size", N_("Does the mail fit?")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. `key` names its block, "" the edition; `quote` shows the words."""

    check: Check
    words: str
    values: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    quote: str = ""
    is_must: bool = False
    """Whether nobody should agree before it is mended; the others are advice."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks have to know beside the words."""

    on: date
    """The day of sending, or today where none is planned."""
    readers: Mapping[int, int] = field(default_factory=dict)
    """How many get it who read about each working region."""
    names: Mapping[int, str] = field(default_factory=dict)
    """The working regions that it is meant for."""
    octets: int = 0
    """The size of the largest mail."""
    heaviest: tuple[str, int] = ("", 0)
    """The block that takes most room in it, and how much."""
    closed_surveys: frozenset[int] = frozenset()


def checks(taken: Mapping[str, Any], facts: Facts) -> list[Finding]:
    """Look at an edition; what must be mended comes first within each check."""
    found = [*_edition(taken), *_size(facts), *_headings(taken["blocks"])]
    for block in taken["blocks"]:
        found += _block(block, taken["language"], facts)
    order = list(Check)
    return sorted(found, key=lambda one: (order.index(one.check), not one.is_must))


def must_be_mended(taken: Mapping[str, Any], facts: Facts) -> list[Finding]:
    """Give only what nobody should agree to."""
    return [one for one in checks(taken, facts) if one.is_must]


def _edition(taken: Mapping[str, Any]) -> Iterator[Finding]:
    subject = taken["subject"]
    if _OF_A_COPY.match(taken["title"]):
        words = N_("It still has the name of a copy, and readers see that name. Give it its own.")
        yield Finding(Check.COMPLETE, words, quote=taken["title"], is_must=True)
    if not taken["blocks"]:
        yield Finding(Check.COMPLETE, N_("There is nothing in it yet."), is_must=True)
    if not taken.get("has_subject", True):
        yield Finding(Check.COMPLETE, N_("The edition has no subject yet."), is_must=True)
    elif len(subject) > LONGEST_SUBJECT:
        yield Finding(
            Check.COMPLETE,
            N_("The subject has %(count)s characters. A phone shows about %(most)s of them."),
            {"count": len(subject), "most": LONGEST_SUBJECT},
            quote=subject,
        )
    if not taken["preview_line"]:
        yield Finding(
            Check.COMPLETE,
            N_("There is no preview line yet. Mail programs show the first words instead."),
        )


def _size(facts: Facts) -> Iterator[Finding]:
    key, own = facts.heaviest
    values = {"size": -(-facts.octets // 1000), "own": -(-own // 1000)}
    if facts.octets > CUT_OFF:
        words = N_(
            "The mail is %(size)s kB. Mail programs cut it off at 100 kB, so it can't be sent like "
            "this. This block takes most room, %(own)s kB: make it shorter. An article with an "
            "introduction goes on at a page of its own."
        )
        yield Finding(Check.SIZE, words, values, key, is_must=True)
    elif facts.octets > NEARLY_CUT_OFF:
        words = N_(
            "The mail is %(size)s kB, and mail programs cut it off at 100 kB. This block takes "
            "most room, %(own)s kB."
        )
        yield Finding(Check.SIZE, words, values, key)


def _block(block: Mapping[str, Any], language: str, facts: Facts) -> Iterator[Finding]:
    kind, data, key = BlockKind(block["kind"]), block["data"], block["key"]
    for fault in judging.faults(kind, data):
        is_picture = fault.field in ("alternative", "picture_id")
        check = Check.PICTURES if is_picture else Check.COMPLETE
        yield Finding(check, fault.words, fault.values, key, is_must=True)
    yield from _pictures(data, key)
    yield from _links(data, key)
    yield from _readers(block, facts)
    if kind is BlockKind.CALL and data.get("survey_id") in facts.closed_surveys:
        words = N_("The survey is not open: nobody can answer it.")
        yield Finding(Check.LINKS, words, key=key, is_must=True)
    spoken = language_of(block["limits"], language)
    yield from _reading(_text(data, _own_words(kind)), spoken, kind, data, key)
    yield from _dates(_text(data, (*_TYPED, *_RICH)), spoken, facts.on, key)


def _text(data: Mapping[str, Any], names: Sequence[str]) -> str:
    return "\n".join(filter(None, (plain_words(data, name) for name in names)))


def _own_words(kind: BlockKind) -> Sequence[str]:
    """Name the fields that an editor words: what a work is called was chosen by who wrote it."""
    names = (*_TYPED, *_RICH)
    return [name for name in names if name != "title"] if kind in _OF_OTHERS else names


def plain_words(data: Mapping[str, Any], name: str) -> str:
    """Give the words of a field without tags."""
    value = str(data.get(name) or "")
    return plain(value) if name in _RICH else value


def _pictures(data: Mapping[str, Any], key: str) -> Iterator[Finding]:
    words = str(data.get("alternative") or "").strip()
    if not words or data.get("is_decorative"):
        return
    if _FILE_NAME.search(words):
        yield Finding(
            Check.PICTURES,
            N_("This is the name of a file. Say what is to be seen in the picture."),
            key=key,
            quote=words,
            is_must=True,
        )
    elif _SAYS_PICTURE.match(words):
        yield Finding(
            Check.PICTURES,
            N_("Readers hear already that it is a picture. Begin with what is to be seen."),
            key=key,
            quote=words,
        )


def _links(data: Mapping[str, Any], key: str) -> Iterator[Finding]:
    for link in links_in_text.links_of(data):
        shown = link.words or link.address
        if judging.safe_link(link.address) != link.address and link.field != "url":
            words = N_("This link leads nowhere.")
            yield Finding(Check.LINKS, words, key=key, quote=shown, is_must=True)
        elif links_in_text.is_unclear(link.words):
            words = N_("These words do not say where the link leads.")
            yield Finding(Check.LINKS, words, key=key, quote=link.words)
        elif links_in_text.is_bare(link.words):
            words = N_("An address is read out letter by letter. Write what is to be found there.")
            yield Finding(Check.LINKS, words, key=key, quote=link.words[:60])


def _headings(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for at, block in enumerate(blocks):
        kind, key = block["kind"], block["key"]
        following = blocks[at + 1]["kind"] if at + 1 < len(blocks) else ""
        if kind == BlockKind.HEADING and following in ("", BlockKind.HEADING):
            quote = str(block["data"].get("text") or "")
            yield Finding(Check.HEADINGS, N_("Nothing stands below this heading."), {}, key, quote)
        for name in _RICH:
            levels = _HEADING.findall(str(block["data"].get(name) or ""))
            if levels[:1] == ["3"] and "2" in levels:
                words = N_(
                    "A small heading stands here before a large one. Begin with a large one."
                )
                yield Finding(Check.HEADINGS, words, key=key)


def _reading(
    text: str, language: str, kind: BlockKind, data: Mapping[str, Any], key: str
) -> Iterator[Finding]:
    said = {
        "long": N_("This sentence has %(value)s words. Make two or three of it."),
        "word": N_("Many readers do not know “%(quote)s”. Plainer: %(value)s."),
        "longword": N_("This word has %(value)s letters. Say it in a few short words."),
        "passive": N_(
            "In %(value)s sentences one can't see who does something, as in the first one here. "
            "Begin with who does it: “The council decides”, not “it is decided”."
        ),
        "average": N_(
            "The sentences have %(value)s words on average. With twelve to fifteen they read well."
        ),
        "hard": N_(
            "This text is hard to read: long sentences, or many long words such as these. Cut the "
            "sentences, and say in short words what the long ones mean."
        ),
    }
    for hint in hints(text, language):
        values = {"value": hint.value} if hint.value else {}
        if hint.what == "word":
            words = {**values, "quote": hint.quote}
            yield Finding(Check.READING, said["word"], words, key)
        else:
            yield Finding(Check.READING, said[hint.what], values, key, hint.quote)
    count = len(text.split())
    if kind is BlockKind.ARTICLE and not data.get("intro") and count > LONG_ARTICLE:
        yield Finding(
            Check.READING,
            N_(
                "This article of %(count)s words stands in the mail whole. Write an introduction: "
                "then the rest stands on a page of its own."
            ),
            {"count": count},
            key,
        )


def _dates(text: str, language: str, on: date, key: str) -> Iterator[Finding]:
    said = {
        "weekday": N_("That is another day of the week: %(day)s."),
        "unknown": N_("There is no such day."),
        "past": N_("This day is over when the edition is sent."),
        "figures": N_("Write the month as a word, so that nobody misreads the date."),
        "capital": N_("In Dutch, months are written without a capital letter."),
    }
    for odd in odd_dates(text, language, on):
        is_wrong = odd.what in ("weekday", "unknown")
        values = {"day": odd.value} if odd.what == "weekday" else {}
        yield Finding(Check.DATES, said[odd.what], values, key, odd.quote, is_must=is_wrong)


def _readers(block: Mapping[str, Any], facts: Facts) -> Iterator[Finding]:
    key, wanted = block["key"], block["limits"]["regions"]
    if wanted == [0]:
        words = N_("The regions that this block is for are no more: nobody gets it.")
        yield Finding(Check.READERS, words, key=key, is_must=True)
    elif wanted and not any(facts.readers.get(one) for one in wanted):
        yield Finding(Check.READERS, N_("Nobody reads about these regions now."), key=key)
    if block["kind"] == BlockKind.MEETINGS:
        meant = [one for one in facts.names if not wanted or one in wanted]
        meetings = block["data"].get("meetings", ())
        yield from _without_meetings(meetings, meant, key, facts)


def _without_meetings(
    meetings: Sequence[Mapping[str, Any]], meant: Collection[int], key: str, facts: Facts
) -> Iterator[Finding]:
    if not meetings:
        yield Finding(
            Check.READERS, N_("No meetings are planned: this block is left out."), {}, key
        )
        return
    served = {number for one in meetings for number in one["region_ids"]}
    empty = [facts.names[one] for one in meant if one not in served and facts.readers.get(one)]
    if empty:
        words = N_("Readers in %(count)s regions find no meeting of their own region: %(names)s.")
        if len(empty) == 1:
            words = N_("Readers in 1 region find no meeting of their own region: %(names)s.")
        if len(empty) > MOST_NAMES:
            words = N_(
                "Readers in %(count)s regions find no meeting of their own region, "
                "%(names)s among them."
            )
        names = ", ".join(sorted(empty)[:MOST_NAMES])
        yield Finding(Check.READERS, words, {"count": len(empty), "names": names}, key)
