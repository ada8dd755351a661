"""What the documents say is so."""

import re

import pytest

from eventsapp.core.db import Model
from tests.application import load_models
from tests.structure.source import ROOT, files, named

GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def classes():
    load_models()
    return {mapper.class_.__name__ for mapper in Model.registry.mappers}


def in_the_glossary():
    return set(re.findall(r"^\| `([A-Z]\w+)`", GLOSSARY, re.M))


def test_every_class_has_a_word():
    assert sorted(classes() - in_the_glossary()) == []


def test_every_word_for_a_class_has_a_class():
    assert sorted(in_the_glossary() - classes()) == []


def test_every_word_has_a_meaning():
    rows = [line.split("|")[1:-1] for line in GLOSSARY.splitlines() if line.startswith("| ")]
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows)


@pytest.mark.parametrize("path", files("*.md"), ids=named)
def test_every_link_between_documents_leads_somewhere(path):
    targets = LINK.findall(path.read_text("utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_decisions_are_numbered_one_after_another_and_listed():
    pages = [path.name for path in files("docs/adr/0*.md")]
    listed = re.findall(r"\]\((0\d+-[\w-]+\.md)\)", (ROOT / "docs/adr/README.md").read_text())
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    assert listed == pages


@pytest.mark.parametrize("path", files("docs/adr/0*.md"), ids=named)
def test_a_decision_says_why_what_and_what_follows(path):
    headings = re.findall(r"^## (.+)$", path.read_text("utf-8"), re.M)
    assert headings == ["Context", "Decision", "Consequences"]


def test_the_next_version_has_a_place_in_the_changes():
    assert re.search(r"^## Unreleased$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
