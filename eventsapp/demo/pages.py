"""Reads a page as a browser does: its forms, its links, its words.

`demo/visitor.py` uses it. Pure: knows HTML only, nothing of the product.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

Values = Mapping[str, str | Sequence[str]]
Attributes = dict[str, str]

UNREAD = frozenset({"script", "style", "svg", "template"})
CONTROLS = frozenset({"input", "select", "textarea", "button"})


class Trouble(Exception):
    """Something did not go as it should; the text is one clear line."""


@dataclass
class Form:
    """A form as it stands on a page: where it goes, what is filled in, what can be chosen."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Tell whether the form asks for this."""
        return name in self.choices or name in dict([*self.fields, *self.buttons])

    def choice(self, name: str, words: str) -> str:
        """Give the value of the first choice that reads like this. Raises `Trouble`."""
        for value, text in self.choices.get(name, ()):
            if words.lower() in text.lower():
                return value
        raise Trouble(f"The form at {urlsplit(self.action).path} offers no {name} like “{words}”.")

    def filled(self, values: Values) -> list[tuple[str, str]]:
        """Give all that is sent: what stood there, with these values instead."""
        kept = [(name, value) for name, value in self.fields if name not in values]
        for name, value in values.items():
            kept += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        return kept


@dataclass
class Page:
    """An answer of the product."""

    url: str
    status: int
    body: bytes
    forms: list[Form] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    words: str = ""

    @property
    def path(self) -> str:
        """Give the address without the host."""
        return urlsplit(self.url).path

    @property
    def json(self) -> Any:
        """Give the answer as data."""
        return json.loads(self.body)

    def link(self, ending: str) -> str:
        """Give the address of the first link whose path ends so. Raises `Trouble` without one."""
        for href, _ in self.links:
            if urlsplit(href).path.endswith(ending):
                return urljoin(self.url, href)
        raise Trouble(f"The page {self.path} has no link to “{ending}”.")

    def form(self, part: str = "", *, asks: str = "", method: str = "post") -> Form:
        """Give the first form that leads there and asks this. Raises `Trouble` without one."""
        for form in self.forms:
            leads_there = part in urlsplit(form.action).path
            if form.method == method and leads_there and (not asks or form.has(asks)):
                return form
        raise Trouble(f"The page {self.path} has no form for “{asks or part}”.")


def read_page(url: str, status: int, body: bytes, *, is_html: bool) -> Page:
    """Read forms, links and the words of `<main>` out of an answer."""
    page = Page(url, status, body)
    if is_html:
        reader = _Reader(url)
        reader.feed(body.decode("utf-8", "replace"))
        reader.close()
        page.forms, page.links = reader.forms, reader.links
        page.words = " ".join(" ".join(reader.words).split())
    return page


class _Reader(HTMLParser):
    """Collects while it reads; one element at a time is listened to for its text."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._by_id: dict[str, Form] = {}
        self._ticks: dict[str, tuple[Form, str, int]] = {}
        self._select: tuple[Form, str, bool] | None = None
        self._heard: list[str] = []
        self._until = ""
        self._tell: Callable[[str], object] = _nothing
        self._is_main = False
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag in UNREAD:
            self._unread += 1
        elif tag == "main":
            self._is_main = True
        elif tag == "a" and "href" in about:
            self._listen(tag, lambda text: self.links.append((about["href"], text)))
        elif tag == "label" and "for" in about:
            self._listen(tag, lambda text: self._name_tick(about["for"], text))
        elif tag == "form":
            self._begin_form(about)
        elif tag == "option":
            self._option(about)
        elif tag in CONTROLS:
            self._control(tag, about)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag == "main":
            self._is_main = False
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._end_select()
        if tag == self._until:
            tell, self._until = self._tell, ""
            tell("".join(self._heard))

    def handle_data(self, data: str) -> None:
        if self._unread:
            return
        if self._until:
            self._heard.append(data)
        if self._is_main:
            self.words.append(data)

    def _listen(self, until: str, tell: Callable[[str], object]) -> None:
        self._until, self._tell, self._heard = until, tell, []

    def _begin_form(self, about: Attributes) -> None:
        action = urljoin(self.url, about.get("action", "")) or self.url
        self._form = Form(action, about.get("method", "get").lower())
        self.forms.append(self._form)
        self._by_id[about.get("id", "")] = self._form

    def _control(self, tag: str, about: Attributes) -> None:
        form = self._by_id.get(about["form"]) if "form" in about else self._form
        name = about.get("name", "")
        if form is None or not name or "disabled" in about:
            return
        if tag == "button":
            form.buttons.append((name, about.get("value", "")))
        elif tag == "textarea":
            self._listen(tag, lambda text: form.fields.append((name, _typed(text))))
        elif tag == "select":
            self._select = (form, name, "multiple" in about)
            form.choices.setdefault(name, [])
        elif about.get("type") in ("checkbox", "radio"):
            self._tick(form, name, about)
        elif about.get("type") == "submit":
            form.buttons.append((name, about.get("value", "")))
        elif about.get("type") != "file":
            form.fields.append((name, about.get("value", "")))

    def _tick(self, form: Form, name: str, about: Attributes) -> None:
        value, choices = about.get("value", "on"), form.choices.setdefault(name, [])
        self._ticks[about.get("id", "")] = (form, name, len(choices))
        choices.append((value, ""))
        if "checked" in about:
            form.fields.append((name, value))

    def _name_tick(self, identity: str, text: str) -> None:
        """Let a checkbox be found by the words of its label."""
        if identity in self._ticks:
            form, name, index = self._ticks[identity]
            form.choices[name][index] = (form.choices[name][index][0], " ".join(text.split()))

    def _option(self, about: Attributes) -> None:
        if self._select is None:
            return
        form, name, _ = self._select
        value = about.get("value", "")
        self._listen("option", lambda text: form.choices[name].append((value, text.strip())))
        if "selected" in about:
            form.fields.append((name, value))

    def _end_select(self) -> None:
        """A browser sends the first choice of a list from which nothing was chosen."""
        if self._select is None:
            return
        form, name, has_many = self._select
        if not has_many and form.choices[name] and name not in dict(form.fields):
            form.fields.append((name, form.choices[name][0][0]))
        self._select = None


def _typed(text: str) -> str:
    """Give what stands in a text area: the line break right after its tag does not count."""
    return text.replace("\r\n", "\n").removeprefix("\n")


def _nothing(_text: str) -> None:
    """Nobody listens."""
