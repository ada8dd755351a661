"""What may stand in a block of an edition, what it still lacks, and which readers get it.

Use cases keep only what `judged` lets through, checks ask `faults`, and every choice of pieces for
a reader asks `fits`. Which fields a kind of block has stands in `shapes.py`. Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from eventsapp.core.labels import N_
from eventsapp.core.text import clean_html, html_to_text, one_line, without_controls
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.shapes import LONGEST_LINK, SHAPES, Field, FieldType, blank

LANGUAGES = ("nl", "en")
_SCHEMES = ("http", "https", "mailto", "tel")
_ROW = 2**31


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
