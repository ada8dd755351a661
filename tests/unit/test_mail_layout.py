"""The look of mails: what the layout refuses, and what a whole mail holds."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader
from markupsafe import escape

from eventsapp.core.phones import show_phone, tel_link
from eventsapp.mail.layout import LARGEST, compile_mjml

ROOT = Path(__file__).parents[2]
PIECE = (
    "<mjml lang='nl'><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"
)
BODY = """
{% extends "email/frame.mjml" %}
{% from "email/parts.html" import heading, text, facts, agenda, rich, action, quiet, line %}
{% block preheader %}dinsdag 12 januari, 13.30 uur{% endblock %}
{% block content %}
{{ heading(title) }}
{{ text("Beste Riet,\\n\\nWij nodigen u graag uit.") }}
{{ facts([("Wanneer", when), ("Waar", "De Linde, Heerlen"), ("Leeg", "")]) }}
{{ action("Geef uw antwoord", link) }}
{{ line() }}
{{ agenda([("13.30", "Opening", "Anna"), ("14.00", "Vervoer", none)]) }}
{{ rich("<p>Tot <strong>dan</strong><br>Anna</p>") }}
{% call quiet() %}<p>U krijgt dit als voorzitter.</p>{% endcall %}
{% endblock %}
{% block footer %}<p>U krijgt dit omdat u bent uitgenodigd.</p>{% endblock %}
"""


def mail(**values: str) -> str:
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates"), autoescape=True, extensions=["jinja2.ext.i18n"]
    )
    env.filters["tel"], env.filters["phone"] = tel_link, show_phone
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    facts = {
        "language": "nl",
        "subject": "Uitnodiging",
        "title": "Netwerkbijeenkomst",
        "when": "dinsdag 12 januari 2027",
        "link": "https://events.example/a/abc",
        "programme_name": "Samen Meedoen",
        "programme_phone": "070 000 00 00",
        "programme_postal_address": "Postbus 0, Voorbeeldstad",
    }
    return compile_mjml(env.from_string(BODY).render(**facts | values))


@pytest.mark.parametrize(
    ("piece", "fault"),
    [
        ("<mj-tekst>x</mj-tekst>", "<mj-tekst> can't stand in <mj-column>"),
        ("<p>loose</p>", "<p> can't stand in"),
        ("loose words", "text outside"),
        ("<mj-text>x</mj-button>", "</mj-button> closes <mj-text>"),
        ("<mj-section></mj-section>", "<mj-section> can't stand in <mj-column>"),
        ("<mj-text><mj-button>x</mj-button></mj-text>", "<mj-button> inside the text of"),
        ("<mj-include path='/etc/passwd' />", "<mj-include> can't stand in"),
        ("<mj-image src='https://elsewhere.example/x.png' />", "<mj-image> can't stand in"),
        ("<mj-text><ul><li>x</ul></mj-text>", "unexpected"),
    ],
)
def test_a_slip_in_a_template_is_refused(piece: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        compile_mjml(PIECE.format(piece))


def test_a_mail_without_language_is_refused() -> None:
    with pytest.raises(ValueError, match="language"):
        compile_mjml(PIECE.format("<mj-text>x</mj-text>").replace(" lang='nl'", ""))


def test_a_mail_cut_off_halfway_is_refused() -> None:
    with pytest.raises(ValueError, match="not closed"):
        compile_mjml(PIECE.format("<mj-text>x</mj-text>").replace("</mjml>", ""))


def test_a_mail_larger_than_mail_programs_show_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        compile_mjml(PIECE.format(f"<mj-text>{'x' * LARGEST}</mj-text>"))


@given(st.text(max_size=200))
def test_whatever_somebody_is_called_the_mail_can_be_made(name: str) -> None:
    html = compile_mjml(PIECE.format(f"<mj-text>[{escape(name)}]</mj-text>"))
    shown = html5lib.parse(html, namespaceHTMLElements=False)
    assert "[" in "".join(shown.itertext())


@pytest.mark.parametrize("name", ["<b>Riet</b>", "a]]>b", "x\x0by\x00", "Zoë 🎉 & zn", "{{ 7*7 }}"])
def test_a_value_stays_text(name: str) -> None:
    page = html5lib.parse(mail(title=name), namespaceHTMLElements=False)
    expected = re.sub(r"[\x00-\x08\x0b]", "", name)
    assert [h.text for h in page.iter("h1")] == [expected]


def test_a_mail_names_its_language_and_its_line_in_the_list_of_mails() -> None:
    html = mail(language="en")
    assert '<html lang="en"' in html
    assert "dinsdag 12 januari, 13.30 uur" in html.partition("<h1")[0]


def test_a_mail_has_one_button_with_its_address_in_words_beneath() -> None:
    page = html5lib.parse(mail(), namespaceHTMLElements=False)
    links = [a for a in page.iter("a") if a.get("href") == "https://events.example/a/abc"]
    assert [a.text for a in links] == ["Geef uw antwoord", "https://events.example/a/abc"]


def test_a_mail_fetches_nothing_from_anywhere() -> None:
    html = mail()
    assert not re.search(r"<img|<link|@import|url\(|src=|background=", html)
    hosts = set(re.findall(r"https?://([^/\"'\s<>]+)", html)) - {"www.w3.org"}
    assert hosts == {"events.example"}


def test_a_mail_is_large_enough_to_read_and_small_enough_to_be_shown_whole() -> None:
    html = mail()
    assert "font-size:18px" in html
    assert len(html.encode()) < 20_000


def test_a_mail_tells_who_sends_it_and_from_which_address() -> None:
    words = "".join(html5lib.parse(mail(), namespaceHTMLElements=False).itertext())
    assert "Postbus 0, Voorbeeldstad" in words
    assert "070 000 0000" in words
