"""The check of every page sees what it is there to see."""

import pytest

from tests.checks import faults_of

GOOD = (
    '<!doctype html><html lang="nl"><head><title>Dag</title></head><body><h1>Dag</h1>'
    '<form action="/x"><label for="n">Naam</label><input id="n" name="n">{}</form></body></html>'
)


def test_a_sound_page_has_no_faults():
    assert list(faults_of(GOOD.format("<button>Bewaar</button>"))) == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("</section>", "end-tag-too-early"),
        ("<h1>Nog een</h1>", "2 h1"),
        ("<h3>Diep</h3>", "h3 follows h1"),
        ("<h2> </h2>", "empty h2"),
        ('<p id="n"></p>', "2 times"),
        ('<p aria-describedby="weg">x</p>', "not there"),
        ('<a href="#weg">x</a>', "not there"),
        ("<input name=leeg>", "no label"),
        ("<textarea></textarea>", "no label"),
        ("<button></button>", "without words"),
        ('<img src="/x.png">', "without alt"),
        ('<img alt="" src="https://cdn.example/x.png">', "another host"),
        ('<img alt="" src="//cdn.example/x.png">', "another host"),
        ("<script>1</script>", "inline script"),
        ('<p style="color:red">x</p>', "inline style"),
        ('<p onclick="x()">x</p>', "inline onclick"),
    ],
)
def test_a_fault_is_seen(html, fault):
    assert fault in "\n".join(faults_of(GOOD.format(html)))


def test_a_page_without_language_or_title_is_seen():
    faults = list(faults_of("<!doctype html><html><head></head><body><h1>x</h1></body></html>"))
    assert faults == ["html lang is None", "there is no title"]
