"""What is said of a block: how it is called, that it was kept, who changed it meanwhile and how.

For `blocks.py` and whoever tells of changes. Asks the database for names of colleagues only.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from eventsapp.core.dates import HOME_ZONE, now, time_of_day, utc_to_local
from eventsapp.core.language import current_language
from eventsapp.core.language import label as label_of
from eventsapp.manage import edition_view
from eventsapp.manage.forms.blocks import BlockForm
from eventsapp.newsletters.blocks import Fault, name_of, tidy_limits
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block
from eventsapp.newsletters.shapes import SHAPES, FieldType


def name(block: Block) -> str:
    """Name a block by its own words where it has any, else by its kind."""
    kind = BlockKind(block.kind)
    words = name_of(kind, block.data)
    return f"“{words}”" if words else label_of(kind)


def kept(form: BlockForm, refused: list[Fault]) -> str:
    """Say that what was typed is kept, and which fields are not yet."""
    at = time_of_day(utc_to_local(now(), HOME_ZONE), current_language())
    if refused:
        fields = ", ".join(str(form[one.field].label.text) for one in refused)
        return gettext("Kept at %(time)s, but not yet: %(fields)s", time=at, fields=fields)
    return gettext("Kept at %(time)s", time=at)


def differs(block: Block, form: BlockForm, typed: dict[str, Any]) -> dict[str, Any]:
    """Tell who changed the block, and how each field that differs stands there now."""
    rows = []
    for one in SHAPES[BlockKind(block.kind)].fields:
        present = block.data.get(one.name)
        if str(present or "") != str(typed.get(one.name) or ""):
            rows.append({"label": gettext(one.label), "type": one.type, "now": present})
    if tidy_limits(form.limits()) != tidy_limits(block.limits):
        readers = edition_view.readers_words(block.limits, edition_view.offers())
        present = readers or gettext("for everybody")
        rows.append({"label": gettext("For whom it is"), "type": FieldType.LINE, "now": present})
    return {
        "title": gettext(
            "%(name)s changed this block while you were typing.",
            name=edition_view.named(block.updated_by),
        ),
        "rows": rows,
    }


def gone(block: Block) -> dict[str, Any]:
    """Tell who took the block away while somebody typed in it."""
    return {
        "title": gettext(
            "%(name)s took this block away while you were typing.",
            name=edition_view.named(block.updated_by),
        ),
        "rows": [],
        "is_gone": True,
    }
