"""The Dutch is complete, and every text on a screen can be translated."""

import re
from functools import cache

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.structure.source import ROOT, named

CATALOGS = sorted((ROOT / "eventsapp/translations").glob("*/LC_MESSAGES/messages.po"))
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
each_catalog = pytest.mark.parametrize("path", CATALOGS, ids=named)


def read(path):
    with path.open("rb") as text:
        return read_po(text, locale=path.parts[-3])


@cache
def in_the_source():
    """Every text that `make translations` would gather, by the same map."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def msgids(path):
    return {m.id[0] if isinstance(m.id, tuple | list) else m.id for m in read(path)} - {""}


def texts(message):
    return message.string if isinstance(message.string, tuple | list) else [message.string]


def places(text):
    return set(re.findall(r"%\(\w+\)\w|%[sd]", text))


@each_catalog
def test_every_text_of_the_source_is_in_the_catalog(path):
    assert sorted(in_the_source() - msgids(path)) == [], "run `make translations`"


@each_catalog
def test_every_text_of_the_catalog_is_in_the_source(path):
    assert sorted(msgids(path) - in_the_source()) == [], "run `make translations`"


@each_catalog
def test_every_text_is_translated(path):
    assert [m.id for m in read(path) if m.id and not all(texts(m))] == []


@each_catalog
def test_no_translation_is_a_guess(path):
    assert [m.id for m in read(path) if m.id and m.fuzzy] == []


@each_catalog
def test_a_translation_fills_in_what_the_text_fills_in(path):
    wrong = [
        m.id
        for m in read(path)
        if m.id and isinstance(m.id, str) and places(m.id) != places(texts(m)[0])
    ]
    assert wrong == []
