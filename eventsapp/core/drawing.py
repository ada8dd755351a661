"""What many pages show alike, drawn once and kept as text: choices, filters, addresses.

For templates, by way of `core/templates.py`. Everything kept here follows from its key alone, so
nothing needs to be thrown away when data change: other data are another key. Never asks the
database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, url_for
from markupsafe import Markup, escape
from wtforms import Field, SelectChoice
from wtforms.fields.choices import Choice
from wtforms.widgets import Select

from eventsapp.core.language import current_language
from eventsapp.core.static_files import root

STANDS_FOR_A_NUMBER = 987654321


def init_app(app: Flask) -> None:
    """Give these to all templates."""
    app.jinja_env.globals.update(
        draw_select=_draw_select,
        draw_filter=_draw_filter,
        pages_of=pages_of,
        kept=lru_cache(maxsize=None),
    )


class Offer(tuple[SelectChoice, ...]):
    """Choices of a field that are one and the same object whenever they read the same.

    Compared by identity, as comparing some hundred choices would cost more than drawing a page.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Tell whether it is this very offer."""
        return self is other

    def __hash__(self) -> int:
        """Give what belongs to this very offer."""
        return id(self)

    @property
    def labels(self) -> dict[str, str]:
        """Give the words of each value, in their order."""
        return {one.value: one.label for one in self}


def offer(rows: Iterable[Iterable[Any]], *first: tuple[str, str]) -> Offer:
    """Give rows of (value, label) or (value, label, group) as choices, behind these first ones."""
    return _offer(first, tuple(map(tuple, rows)))


@lru_cache(maxsize=256)
def _offer(first: tuple[tuple[str, str], ...], rows: tuple[tuple[Any, ...], ...]) -> Offer:
    return Offer(
        SelectChoice(str(value), label, optgroup=group[0] if group else None)
        for value, label, *group in (*first, *rows)
    )


class QuickSelect(Select):  # type: ignore[misc]
    """A list to choose from, of which an option that was drawn before is drawn at once."""

    @classmethod
    def render_option(cls, choice: Choice) -> str:
        """Draw one option."""
        if choice.render_kw or isinstance(choice.value, bool):
            return str(super().render_option(choice))
        return _option(str(choice.value), str(choice.label or choice.value), choice.selected)


@lru_cache(maxsize=8192)
def _option(value: str, label: str, is_selected: bool) -> str:
    chosen = "selected " if is_selected else ""
    return f'<option {chosen}value="{escape(value)}">{escape(label)}</option>'


def _draw_select(field: Any, **attributes: Any) -> Markup:
    """Draw a field of choices that is a list, not buttons."""
    widget = QuickSelect(multiple=field.widget.multiple)
    drawn: Markup = widget(field, **{**(field.render_kw or {}), **attributes})
    return drawn


_filters: dict[tuple[Any, ...], Markup] = {}
MOST_FILTERS = 500


def _draw_filter(field: Field, **attributes: Any) -> Markup:
    """Draw a field of a filter as the macro `field` does: once, unless something was typed."""
    offered = getattr(field, "choices", None)
    is_typed = bool(field.data) if offered is None else not isinstance(offered, Offer)
    if is_typed or field.errors:
        return _field_macro()(field, **attributes)
    key = (
        current_language(),
        type(field),
        field.id,
        field.name,
        str(field.label.text),
        offered,
        str(field.data),
        *attributes.items(),
    )
    if key not in _filters:
        if len(_filters) >= MOST_FILTERS:
            _filters.clear()
        _filters[key] = _field_macro()(field, **attributes)
    return _filters[key]


def _field_macro() -> Callable[..., Markup]:
    return current_app.jinja_env.get_template("macros/field.html").module.field  # type: ignore


def pages_of(endpoint: str) -> Callable[[int], Markup]:
    """Give a quick `url_for` for a page whose address holds one number and nothing else.

    {% set page = pages_of("manage_people.show") %} and then {{ page(person.id) }} in each row:
    the fifty addresses of a list differ in the number only.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return _pages_of(app, root(), endpoint)


@lru_cache(maxsize=256)
def _pages_of(app: Flask, _root: str, endpoint: str) -> Callable[[int], Markup]:
    (rule,) = app.url_map.iter_rules(endpoint)
    (argument,) = rule.arguments
    number: dict[str, Any] = {argument: STANDS_FOR_A_NUMBER}
    address = str(url_for(endpoint, **number))
    before, after = map(escape, address.split(str(STANDS_FOR_A_NUMBER)))
    return lambda number: Markup(f"{before}{number:d}{after}")  # noqa: S704 - our own address
