"""The table of the kinds of block of an edition: what each is for and which fields it has.

The screens draw their forms from `SHAPES`; what may stand in the fields is judged by `blocks.py`.
Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eventsapp.core.labels import N_, Labelled
from eventsapp.newsletters.kinds import BlockKind

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
