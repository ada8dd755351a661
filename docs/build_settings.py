"""Writes `docs/settings.md` from the fields of `Settings`: `make settings` runs it.

A structure test compares the page with what this makes, so no setting stays undocumented.
"""

from dataclasses import Field, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from config import Settings, variable

PAGE = Path(__file__).with_name("settings.md")

HEAD = """# Settings

This page is made from `config/fields.py` (`make settings`); change it there.

Each setting is an environment variable. Where a secret is concerned, the same name with
`_FILE` behind it may name a file that holds the value. A setting that is wrong, unknown or
missing stops the start; all faults are told at once.

| Variable | Kind | Default | What it does |
|---|---|---|---|
"""


def page() -> str:
    """The whole page as it should stand in the repository."""
    kinds = get_type_hints(Settings)
    return HEAD + "".join(_row(each, kinds[each.name]) for each in fields(Settings))


def _row(each: "Field[Any]", kind: Any) -> str:
    about = each.metadata
    name = f"`{variable(each.name)}`" + (" (`_FILE`)" if about["secret"] else "")
    default = about["shown"] or _value(about["default"])
    if not about["shown"] and about["demo"] != about["default"]:
        default = f"{default}; in demo mode {_value(about['demo'])}"
    return f"| {name} | {_kind(kind)} | {default} | {about['text']} |\n"


def _kind(kind: Any) -> str:
    if choices := get_args(kind):
        return " or ".join(f"`{choice}`" for choice in choices)
    return {str: "text", int: "number", float: "number", bool: "yes or no", Path: "folder"}[kind]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    return "none" if value == "" else f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
