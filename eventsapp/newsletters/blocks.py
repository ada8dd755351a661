"""The kinds of block of an edition: which fields each has, what may stand in them, who gets it.

The screens draw their forms from `SHAPES`, use cases keep only what `judged` lets through, checks
ask `faults`, and every choice of pieces for a reader asks `fits`. Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from eventsapp.core.labels import N_, Labelled
from eventsapp.core.text import clean_html, html_to_text, one_line, without_controls
from eventsapp.newsletters.kinds import BlockKind

LANGUAGES = ("nl", "en")
_SCHEMES = ("http", "https", "mailto", "tel")
_ROW = 2**31

LONGEST_LINE, LONGEST_TEXT, LONGEST_RICH, LONGEST_LINK = 160, 800, 100_000, 2_000
LONGEST_ALTERNATIVE = 300


class FieldType(Labelled):
    """What is filled in at a field, and so how it is asked and cleaned."""

    LINE = "line", N_("Line")
    TEXT = "text", N_("Plain text")
    RICH = "rich", N_("Text")
    LINK = "link", N_("Link")
    PICTURE = "picture", N_("Picture")
    NUMBER = "number", N_("Number")
    YES = "yes", N_("Yes or no")
    REGION = "region", N_("Region")
    SURVEY = "survey", N_("Survey")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. `needed` is asked for before sign-off, never before keeping."""

    name: str
    type: FieldType
    label: str
    hint: str = ""
    needed: str = ""
    most: int = 0
    least: int = 0
    default: Any = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a kind of block is for, in a sentence, and what is filled in."""

    about: str
    icon: str
    fields: tuple[Field, ...] = ()
    has_page: bool = False
    """Whether it has a page of its own in the archive, where "read more" leads."""

    def field(self, name: str) -> Field | None:
        """Give the field of this name."""
        return next((one for one in self.fields if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is the matter with a field, in a sentence that the doors translate."""

    field: str
    words: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """What decides which blocks somebody gets. Who chose no theme wants them all."""

    regions: frozenset[int] = frozenset()
    themes: frozenset[int] = frozenset()
    language: str = "nl"


def _line(name: str, label: str, needed: str = "", hint: str = "", most: int = 160) -> Field:
    return Field(name, FieldType.LINE, label, hint, needed, most)


def _text(name: str, label: str, needed: str = "", hint: str = "") -> Field:
    return Field(name, FieldType.TEXT, label, hint, needed, LONGEST_TEXT)


def _rich(name: str, label: str = N_("Text"), needed: str = "", hint: str = "") -> Field:
    return Field(name, FieldType.RICH, label, hint, needed, LONGEST_RICH)


def _link(name: str = "url", label: str = N_("Link"), needed: str = "", hint: str = "") -> Field:
    return Field(name, FieldType.LINK, label, hint, needed, LONGEST_LINK)


def _picture(needed: str = "") -> tuple[Field, ...]:
    """Give the fields that go with every picture; WCAG 1.1.1 asks for one of the last two."""
    return (
        Field("picture_id", FieldType.PICTURE, N_("Picture"), needed=needed, default=None),
        Field(
            "alternative",
            FieldType.LINE,
            N_("What is to be seen in the picture?"),
            N_("Readers who can't see the picture hear or read this instead."),
            most=LONGEST_ALTERNATIVE,
        ),
        Field(
            "is_decorative",
            FieldType.YES,
            N_("The picture is only for decoration"),
            N_("Then it needs no description."),
            default=False,
        ),
    )


_TITLE = _line("title", N_("Title"), N_("Give it a title."))
_LINK_WORDS = _line(
    "link_words",
    N_("Words of the link"),
    hint=N_("Say where it leads, such as “Read the guide”, never “click here”."),
    most=80,
)

SHAPES: dict[BlockKind, Shape] = {
    BlockKind.ARTICLE: Shape(
        N_("A title, a picture and an introduction; the whole text has a page of its own."),
        "file",
        (
            _TITLE,
            _text(
                "intro",
                N_("Introduction"),
                hint=N_(
                    "This stands in the mail, with “Read more” beneath. Left empty, the whole "
                    "text stands in the mail."
                ),
            ),
            _rich("html", needed=N_("Write the text.")),
            *_picture(),
            _LINK_WORDS,
        ),
        has_page=True,
    ),
    BlockKind.TEXT: Shape(
        N_("A few paragraphs, such as an opening word."),
        "pen",
        (_rich("html", needed=N_("Write the text.")),),
    ),
    BlockKind.HEADING: Shape(
        N_("A heading above the blocks that follow."),
        "heading",
        (_line("text", N_("Heading"), N_("Write the heading.")),),
    ),
    BlockKind.MEETINGS: Shape(
        N_("Fills itself: for each reader the meetings of the own regions first."),
        "calendar",
        (
            _line("title", N_("Title"), hint=N_("Left empty, it is called “Meetings to come”.")),
            Field(
                "days",
                FieldType.NUMBER,
                N_("How many days ahead?"),
                most=365,
                least=1,
                default=60,
            ),
            Field(
                "national",
                FieldType.YES,
                N_("National meetings too, after those of the own regions"),
                default=True,
            ),
            Field(
                "most",
                FieldType.NUMBER,
                N_("How many at most?"),
                most=50,
                least=1,
                default=10,
            ),
        ),
    ),
    BlockKind.PRACTICE: Shape(
        N_("What works well somewhere, as an example for others."),
        "star",
        (
            _TITLE,
            Field("region_id", FieldType.REGION, N_("From which region?"), default=None),
            _rich("html", needed=N_("Write the text.")),
            *_picture(),
        ),
    ),
    BlockKind.QUOTE: Shape(
        N_("Somebody's own words, with a name and a picture."),
        "person",
        (
            _text("text", N_("Words"), N_("Write what was said.")),
            _line("who", N_("Who says this?"), N_("Say whose words these are.")),
            *_picture(),
        ),
    ),
    BlockKind.BLOG: Shape(
        N_("A personal piece, with the name of who wrote it."),
        "pen",
        (
            _TITLE,
            _line("author", N_("Written by"), N_("Say who wrote it.")),
            _rich("html", needed=N_("Write the text.")),
        ),
    ),
    BlockKind.PUBLICATION: Shape(
        N_("A guide, report or fact sheet, with the link to it."),
        "download",
        (
            _TITLE,
            _rich("html", N_("What is it about?")),
            _link(needed=N_("Say where it can be found.")),
            _LINK_WORDS,
            *_picture(),
        ),
    ),
    BlockKind.LITERATURE: Shape(
        N_("A book or article worth reading, with a note."),
        "list",
        (
            _TITLE,
            _line("authors", N_("Authors"), most=300),
            _line("year", N_("Year"), most=10),
            _rich("note_html", N_("Why is it worth reading?")),
            _link(),
        ),
    ),
    BlockKind.CALL: Shape(
        N_("Asks readers for something: fill in a survey, report a problem."),
        "flag",
        (
            _TITLE,
            _rich("html", N_("What do you ask, and why?")),
            Field("survey_id", FieldType.SURVEY, N_("Survey"), default=None),
            _link(hint=N_("Not needed where a survey is chosen.")),
            _LINK_WORDS,
        ),
    ),
    BlockKind.PICTURE: Shape(
        N_("A picture as wide as the mail, with a caption."),
        "picture",
        (
            *_picture(N_("Choose a picture.")),
            _line("caption", N_("Caption"), most=300),
            _link(hint=N_("Where pressing the picture leads.")),
        ),
    ),
    BlockKind.DIVIDER: Shape(N_("A line between what does not belong together."), "divider"),
}


def blank(kind: BlockKind) -> dict[str, Any]:
    """Give what a fresh block of this kind holds."""
    return {one.name: one.default for one in SHAPES[kind].fields}


def judged(
    kind: BlockKind, typed: Mapping[str, Any], kept: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], list[Fault]]:
    """Clean what was filled in, and tell what can't be kept: there what was `kept` stays.

    Never refuses what is unfinished. Unknown names are dropped, missing ones stay as they were.
    """
    data = {**blank(kind), **{k: v for k, v in (kept or {}).items() if SHAPES[kind].field(k)}}
    refused = []
    for one in SHAPES[kind].fields:
        if one.name not in typed:
            continue
        value, fault = _cleaned(one, typed[one.name])
        if fault is not None:
            refused.append(fault)
        else:
            data[one.name] = value
    return data, refused


def faults(kind: BlockKind, data: Mapping[str, Any]) -> list[Fault]:
    """Tell what a block still lacks before anybody can agree to it."""
    found = [
        Fault(one.name, one.needed)
        for one in SHAPES[kind].fields
        if one.needed and not data.get(one.name)
    ]
    if data.get("picture_id") and not (data.get("alternative") or data.get("is_decorative")):
        found.append(
            Fault("alternative", N_("Describe the picture, or say that it is only for decoration."))
        )
    if kind is BlockKind.CALL and not (data.get("url") or data.get("survey_id")):
        found.append(Fault("url", N_("Say where readers can do this: choose a survey or a link.")))
    if data.get("url") and safe_link(str(data["url"])) is None:
        found.append(Fault("url", _NO_LINK))
    return found


def name_of(kind: BlockKind, data: Mapping[str, Any]) -> str:
    """Give the words by which a block is recognised in a list, "" while it has none."""
    for name in ("title", "text", "caption", "alternative"):
        if data.get(name):
            return one_line(str(data[name]), 80)
    return one_line(html_to_text(str(data.get("html") or "")[:600], None), 80)


def safe_link(typed: str) -> str | None:
    """Make an address of what was typed: "council.example/guide", a mail address, a whole link.

    None for what leads nowhere on the web, such as `javascript:`; "" for nothing.
    """
    text = typed.strip()
    if not text:
        return ""
    if len(text) > LONGEST_LINK or any(char.isspace() or not char.isprintable() for char in text):
        return None
    try:
        parts = urlsplit(text)
        if not parts.scheme or (parts.scheme not in _SCHEMES and "." in parts.scheme):
            text = f"mailto:{text}" if "@" in text and "/" not in text else f"https://{text}"
            parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme in ("mailto", "tel"):
        return text if parts.path else None
    return text if parts.scheme in _SCHEMES and host and "." in host else None


def tidy_limits(limits: Mapping[str, Any]) -> dict[str, Any]:
    """Bring limits into the form in which they are kept: three sorted lists, empty is no limit."""
    return {
        "regions": _numbers(limits.get("regions")),
        "themes": _numbers(limits.get("themes")),
        "languages": [one for one in LANGUAGES if one in (limits.get("languages") or ())],
    }


def is_limited(limits: Mapping[str, Any]) -> bool:
    """Tell whether not everybody gets a block."""
    return any(limits.get(name) for name in ("regions", "themes", "languages"))


def fits(limits: Mapping[str, Any], reader: Reader) -> bool:
    """Tell whether a reader gets a block. A region that is no more has no readers."""
    regions, themes = limits.get("regions") or (), limits.get("themes") or ()
    languages = limits.get("languages") or ()
    return (
        (not regions or not reader.regions.isdisjoint(regions))
        and (not themes or not reader.themes or not reader.themes.isdisjoint(themes))
        and (not languages or reader.language in languages)
    )


_NO_LINK = N_("This is no address that a reader can follow. It begins with https://.")


def _cleaned(one: Field, typed: Any) -> tuple[Any, Fault | None]:
    """Give the value to keep, or what is wrong with it."""
    if one.type is FieldType.YES:
        return typed in (True, "y", "1", "on", "true"), None
    if one.type in (FieldType.PICTURE, FieldType.REGION, FieldType.SURVEY):
        numbers = _numbers([typed])
        return (numbers[0] if numbers else None), None
    if one.type is FieldType.NUMBER:
        return _number(one, typed)
    text = str(typed or "")
    if one.type is FieldType.LINK:
        link = safe_link(text)
        return link, (Fault(one.name, _NO_LINK) if link is None else None)
    if one.type is FieldType.RICH:
        value = clean_html(text) if len(text) <= 4 * one.most else text
    elif one.type is FieldType.TEXT:
        value = without_controls(text).strip()
    else:
        value = one_line(text, max(len(text), 1))
    if len(value) > one.most:
        words = N_("This is too long: at most %(most)s characters.")
        return None, Fault(one.name, words, {"most": one.most})
    return value, None


def _number(one: Field, typed: Any) -> tuple[Any, Fault | None]:
    try:
        value = int(str(typed).strip())
    except ValueError:
        value = 0
    if one.least <= value <= one.most:
        return value, None
    words = N_("Fill in a number from %(least)s to %(most)s.")
    return None, Fault(one.name, words, {"least": one.least, "most": one.most})


def _numbers(values: Any) -> list[int]:
    """Give the numbers of rows among these, each once, in order."""
    found = set()
    for value in values or ():
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) < _ROW:
            found.add(int(text))
    return sorted(found)
