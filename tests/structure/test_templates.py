"""Templates hold nothing inline, reach no other host, and write no text that has no Dutch."""

import re

import pytest
from jinja2 import Environment

from tests.structure.source import ROOT, files, named

PAGES = [path for path in files("templates/*.html") if "email" not in path.parts]
INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|hx-on", re.I)
FOREIGN = re.compile(r"(?:src|action)=[\"']?(?:https?:)?//", re.I)
FORM = re.compile(r"<form\b.*?</form>", re.S | re.I)
# Choosing a language keeps a word in a cookie; there is nothing to protect.
UNPROTECTED = {"templates/public/frame.html"}
SAME_IN_EACH_LANGUAGE = {"CSV", "XLSX", "PDF", "vCard"}
each_page = pytest.mark.parametrize("path", PAGES, ids=named)


@each_page
def test_a_template_holds_no_inline_script_or_style(path):
    assert INLINE.findall(path.read_text("utf-8")) == []


@each_page
def test_a_template_reaches_no_other_host(path):
    assert FOREIGN.findall(path.read_text("utf-8")) == []


@each_page
def test_a_form_that_acts_is_protected(path):
    forms = FORM.findall(path.read_text("utf-8"))
    acting = [f for f in forms if re.search(r"method=.?post", f[: f.find(">")], re.I)]
    protected = re.compile(r"csrf|hidden_tag|token")
    bare = [form[:120] for form in acting if not protected.search(form)]
    assert bare == [] or named(path) in UNPROTECTED


def bare_words(path):
    """Words between tags that stand outside gettext; a `|` marks where an expression was."""
    lexed = Environment(autoescape=True).lex(path.read_text("utf-8"))
    text = "".join(value if kind == "data" else "|" for _, kind, value in lexed)
    text = re.sub(r"<!--.*?-->|<svg\b.*?</svg>|<[^<>]*>|&#?\w+;", "|", text, flags=re.S)
    pieces = {" ".join(piece.split()) for piece in text.split("|")}
    # One word in lower case is a value that a block hands over, such as a class.
    sentences = {piece for piece in pieces if re.search(r"\w\w \w|[A-ZÀ-Þ]\w", piece)}
    return sorted(sentences - SAME_IN_EACH_LANGUAGE)


@each_page
def test_every_word_of_a_template_can_be_translated(path):
    assert bare_words(path) == []


def test_what_a_template_takes_in_exists():
    names = {
        (named(path), name)
        for path in files("templates/*.html", "templates/*.txt")
        for name in re.findall(
            r"{%-?\s*(?:extends|include|import|from)\s+['\"]([^'\"]+)", path.read_text("utf-8")
        )
    }
    assert [pair for pair in names if not (ROOT / "templates" / pair[1]).is_file()] == []
