"""What every page must hold, whatever it says: `check_page(response)` gives its HTML.

Used by every web test that fetches a page. It is strict HTML, in a language, with one `h1`,
a label at each field, no id twice, nothing from another host, nothing inline, and not too large.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

LARGEST = 60_000
UNLABELLED = {"hidden", "submit", "button", "reset", "image"}
LOADING = {
    "link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src",
    "audio": "src", "video": "src", "use": "href", "object": "data", "embed": "src",
}  # fmt: skip


def check_page(response: TestResponse, status: int = 200, largest: int = LARGEST) -> str:
    """Fail with all that is wrong with a page; give its HTML."""
    assert response.status_code == status, f"{response.status}: {response.text[:300]}"
    assert response.mimetype == "text/html"
    own_host = urlsplit(response.request.base_url).netloc
    faults = list(faults_of(response.text, own_host))
    if len(response.data) > largest:
        faults.append(f"{len(response.data)} bytes; {largest} is the most")
    assert not faults, f"{response.request.path}\n" + "\n".join(faults)
    return response.text


def faults_of(html: str, own_host: str = "localhost") -> Iterator[str]:
    """Each thing that is wrong with a whole page."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(html)
    for (line, column), code, values in parser.errors:
        yield f"line {line}, column {column}: {code} {values or ''}"
    elements = [each for each in tree.iter() if isinstance(each.tag, str)]
    yield from _frame(tree, elements)
    yield from _names(elements)
    yield from _fields(tree, elements)
    for each in elements:
        yield from _foreign(each, own_host)
        yield from _inline(each)


def _frame(tree: Any, elements: list[Element]) -> Iterator[str]:
    if tree.get("lang") not in {"nl", "en"}:
        yield f"html lang is {tree.get('lang')!r}"
    if not (tree.findtext("head/title") or "").strip():
        yield "there is no title"
    headings = [each for each in elements if re.fullmatch("h[1-6]", each.tag)]
    levels = [int(each.tag[1]) for each in headings]
    if levels.count(1) != 1:
        yield f"there are {levels.count(1)} h1"
    for before, after in zip(levels, levels[1:], strict=False):
        if after > before + 1:
            yield f"h{after} follows h{before}"
    for each in headings:
        if not text_of(each):
            yield f"an empty {each.tag}"


def _names(elements: list[Element]) -> Iterator[str]:
    ids = Counter(each.get("id") for each in elements if each.get("id") is not None)
    yield from (
        f"id {name!r} stands there {times} times" for name, times in ids.items() if times > 1
    )
    for each in elements:
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "list"):
            for name in (each.get(attribute) or "").split():
                if name not in ids:
                    yield f"{each.tag} {attribute} names {name!r}, which is not there"
        target = each.get("href") or ""
        if each.tag == "a" and re.fullmatch("#.+", target) and target[1:] not in ids:
            yield f"a link leads to {target}, which is not there"


def _fields(tree: Any, elements: list[Element]) -> Iterator[str]:
    labelled = {each.get("for") for each in elements if each.tag == "label"}
    wrapped = {id(field) for label in tree.iter("label") for field in label.iter()}
    for each in elements:
        is_field = each.tag in {"select", "textarea"} or (
            each.tag == "input" and (each.get("type") or "text") not in UNLABELLED
        )
        if is_field and not (
            each.get("id") in labelled - {None} or id(each) in wrapped or _named(each)
        ):
            yield f"{each.tag} {each.get('name')!r} has no label"
        if each.tag in {"button", "a"} and not (text_of(each) or _named(each)):
            yield f"{each.tag} without words: {each.attrib}"
        if each.tag == "img" and each.get("alt") is None:
            yield f"img without alt: {each.get('src')}"


def _named(each: Element) -> bool:
    return bool((each.get("aria-label") or each.get("aria-labelledby") or "").strip())


def _foreign(each: Element, own_host: str) -> Iterator[str]:
    address = each.get(LOADING.get(each.tag, "")) or ""
    if each.tag == "form":
        address = each.get("action") or ""
    if urlsplit(address).netloc not in {"", own_host}:
        yield f"{each.tag} reaches another host: {address}"


def _inline(each: Element) -> Iterator[str]:
    if each.tag == "style" or (each.tag == "script" and not each.get("src")):
        yield f"an inline {each.tag}"
    for name in each.attrib:
        if name == "style" or name.startswith("on"):
            yield f"{each.tag} has an inline {name}"


def text_of(element: Element) -> str:
    """The words of an element, those of images included, as a reader meets them."""
    words = list(element.itertext())
    words += [image.get("alt") or "" for image in element.iter("img")]
    return " ".join(" ".join(words).split())
