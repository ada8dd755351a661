"""What an editor fills in for a block: the fields of its kind, and for whom it is.

Made from `newsletters/shapes.py`; `newsletters/blocks.py` judges what was typed. The fields of each
block have names of their own, so that several forms can be open on one page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import CheckboxInput, ListWidget, NumberInput

from eventsapp.newsletters.blocks import Fault
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block
from eventsapp.newsletters.shapes import SHAPES, Field, FieldType

Choices = Iterable[tuple[int, str]]


class Checkboxes(SelectMultipleField):  # type: ignore[misc]
    """Several of a list, as checkboxes; what is not on the list is for the use case to judge."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    validate_choice = False


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be chosen, each with its name."""

    regions: tuple[tuple[int, str], ...] = ()
    themes: tuple[tuple[int, str], ...] = ()
    surveys: tuple[tuple[int, str], ...] = ()


class BlockForm(FlaskForm):  # type: ignore[misc]
    """For whom a block is, and which version of it was opened; its kind adds the rest."""

    version = HiddenField()
    pen = HiddenField()
    regions = Checkboxes(lazy_gettext("Only for readers in these regions"), coerce=int)
    themes = Checkboxes(lazy_gettext("Only for readers of these themes"), coerce=int)
    languages = Checkboxes(
        lazy_gettext("Only for readers of this language"),
        choices=[
            SelectChoice("nl", lazy_gettext("Dutch")),
            SelectChoice("en", lazy_gettext("English")),
        ],
    )

    def typed(self, kind: BlockKind) -> dict[str, Any]:
        """Give what was filled in, by the names of the shape."""
        found = {one.name: self[one.name].data for one in SHAPES[kind].fields}
        if "picture_gone" in self and self.picture_gone.data:
            found["picture_id"] = None
        return found

    def limits(self) -> dict[str, Any]:
        """Give for whom it is."""
        return {
            "regions": self.regions.data or [],
            "themes": self.themes.data or [],
            "languages": self.languages.data or [],
        }

    def blame(self, faults: Iterable[Fault]) -> None:
        """Put what can't be kept beside its field."""
        for fault in faults:
            field = self["picture_file" if fault.field == "picture_id" else fault.field]
            field.errors = [*field.errors, gettext(fault.words, **fault.values)]

    def offer(self, offers: Offers, limits: dict[str, Any]) -> None:
        """Say what can be chosen; a limit that there was stays, even to what is no more.

        Else a piece for a region that was dissolved would go to everybody, once somebody mends a
        word in it.
        """
        self.regions.choices = _with_gone(
            offers.regions, limits.get("regions"), gettext("a region that is no more")
        )
        self.themes.choices = _with_gone(
            offers.themes, limits.get("themes"), gettext("a theme that is no more")
        )
        for name, rows, none in (
            ("region_id", offers.regions, gettext("no region")),
            ("survey_id", offers.surveys, gettext("no survey")),
        ):
            if name in self:
                self[name].choices = [SelectChoice("", none), *_choices(rows)]


def prefix_of(block_id: int) -> str:
    """Give what the names of a block's fields begin with."""
    return f"b{block_id}"


def block_form(block: Block, offers: Offers, pen: str = "") -> BlockForm:
    """Give the form of a block: as it was sent, or filled with what is kept."""
    kind = BlockKind(block.kind)
    values = {
        **block.data,
        **{name: block.limits.get(name, []) for name in ("regions", "themes", "languages")},
        "version": str(block.version),
        "pen": pen,
    }
    form: BlockForm = _form_class(kind)(data=values, prefix=prefix_of(block.id))
    form.offer(offers, block.limits)
    return form


@cache
def _form_class(kind: BlockKind) -> type[BlockForm]:
    """Make the class of form that a kind of block is filled in with."""
    members: dict[str, Any] = {}
    for one in SHAPES[kind].fields:
        members[one.name] = _control(one)
        if one.type is FieldType.PICTURE:
            members["picture_file"] = FileField(lazy_gettext(one.label))
            members["picture_gone"] = BooleanField(lazy_gettext("Take the picture away"))
    return type(f"{kind.name.title()}Form", (BlockForm,), members)


def _control(one: Field) -> Any:
    label = lazy_gettext(one.label)
    hint = lazy_gettext(one.hint) if one.hint else ""
    if one.type is FieldType.YES:
        return BooleanField(label, description=hint)
    if one.type in (FieldType.REGION, FieldType.SURVEY):
        return SelectField(label, validate_choice=False, coerce=_text, description=hint)
    if one.type is FieldType.PICTURE:
        return HiddenField(label)
    if one.type in (FieldType.RICH, FieldType.TEXT):
        return TextAreaField(label, description=hint)
    if one.type is FieldType.NUMBER:
        return StringField(label, description=hint, widget=NumberInput(min=one.least, max=one.most))
    return StringField(label, description=hint)


def _choices(rows: Choices) -> list[SelectChoice]:
    return [SelectChoice(number, name) for number, name in rows]


def _with_gone(rows: Choices, kept: Iterable[int] | None, words: str) -> list[SelectChoice]:
    choices = _choices(rows)
    known = {one.value for one in choices}
    return [*choices, *(SelectChoice(one, words) for one in kept or () if one not in known)]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
