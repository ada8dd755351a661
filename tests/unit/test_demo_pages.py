"""Reading a page as a browser does, for the demo that plays the main job by itself."""

from __future__ import annotations

import pytest

from eventsapp.demo.pages import Trouble, read_page

HTML = """
<main><h1>Een &amp; al</h1><a href="/more">Meer <b>weten</b></a><script>no words</script>
<form method="post" action="/send?next=1" id="one">
  <input type="hidden" name="csrf_token" value="abc"><input name="title" value="Oud">
  <input type="checkbox" name="theme" value="3" id="t3" checked><label for="t3">Vervoer</label>
  <input type="checkbox" name="theme" value="4" id="t4"><label for="t4">Wonen <i>en</i> wijk</label>
  <select name="kind"><option value="a">Eerste</option><option value="b">Tweede</option></select>
  <textarea name="words">
Regel</textarea>
  <button name="act" value="keep">Bewaren</button>
</form><input name="outside" value="yes" form="one"></main>
"""


@pytest.fixture
def page():
    return read_page("http://localhost/a/b", 200, HTML.encode(), is_html=True)


def test_a_form_sends_what_stood_in_it(page):
    assert page.form("/send").filled({}) == [
        ("csrf_token", "abc"),
        ("title", "Oud"),
        ("theme", "3"),
        ("kind", "a"),
        ("words", "Regel"),
        ("outside", "yes"),
    ]


def test_what_is_filled_in_takes_the_place_of_what_stood_there(page):
    filled = page.form(asks="title").filled({"title": "Nieuw", "theme": ["3", "4"]})
    assert [value for name, value in filled if name in ("title", "theme")] == ["Nieuw", "3", "4"]


def test_a_choice_is_found_by_its_words(page):
    form = page.form()
    assert form.choice("theme", "wonen en wijk") == "4"
    assert form.choice("kind", "Tweede") == "b"


def test_links_and_words_are_read(page):
    assert page.link("/more") == "http://localhost/more"
    assert page.words.startswith("Een & al Meer weten")
    assert "no words" not in page.words


@pytest.mark.parametrize(
    "ask",
    [
        lambda page: page.link("/nowhere"),
        lambda page: page.form("/nowhere"),
        lambda page: page.form().choice("kind", "Derde"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(page, ask):
    with pytest.raises(Trouble, match="no "):
        ask(page)
