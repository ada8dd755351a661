"""Typed text made safe, plain and findable."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.core import text

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)


def test_rich_text_keeps_what_a_mail_can_show():
    kept = "<h2>Kop</h2><p>Een <strong>b</strong> <em>c</em><br>d</p><ul><li>e</li></ul>"

    assert text.clean_html(kept) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>alert(1)</script>hallo", "hallo"),
        ("<p onclick='x()' style='color:red'>hallo</p>", "<p>hallo</p>"),
        ("<img src=x onerror=alert(1)>hallo", "hallo"),
        ("<a href='javascript:x()'>hallo</a>", "hallo"),
        ("<a href='/inside'>hallo</a>", "hallo"),
        ("<a href='data:text/html,x'>hallo</a>", "hallo"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("<b>x</b><i>y</i><h1>z</h1>", "<strong>x</strong><em>y</em><h2>z</h2>"),
        ("<div>een</div><div>twee</div>", "een<br>twee"),
        ("een<br><br><br><br>twee<br>", "een<br><br>twee"),
        ("<p> </p><p><br></p>", ""),
        ("a\0b\x1b", "ab"),
    ],
)
def test_rich_text_is_cleaned(typed, kept):
    assert text.clean_html(typed) == kept


@pytest.mark.parametrize(
    "address", ["https://a.example/?b=1&amp;c=2", "mailto:a@b.example", "tel:+3130"]
)
def test_links_keep_their_address_and_tell_nothing_to_the_other_side(address):
    assert text.clean_html(f'<a href="{address}">hier</a>') == (
        f'<a href="{address}" rel="noopener">hier</a>'
    )


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(typed):
    once = text.clean_html(typed)

    assert text.clean_html(once) == once


@given(
    st.lists(
        st.sampled_from(
            [
                "<b>",
                "</b>",
                "<div>",
                "</div>",
                "<a href=x>",
                "</a>",
                "<td>",
                "<p>",
                "</p>",
                "<br>",
                "<ul><li>",
                "x",
                " ",
                "<!--",
                "&lt;",
            ]
        )
    )
)
def test_tangled_tags_leave_only_tags_we_know(parts):
    cleaned = text.clean_html("".join(parts))

    assert set(re.findall(r"</?(\w+)", cleaned)) <= text._KEPT_TAGS


def test_plain_text_keeps_links_lists_and_width():
    rich = (
        "<h2>Programma</h2><p>" + "woord " * 30 + "</p><ul><li>" + "punt " * 30 + "</li></ul>"
        '<p>Zie <a href="https://council.example/een-heel-lang-adres?a=1&amp;b=2">de site</a>.</p>'
    )

    plain = text.html_to_text(rich, 60)

    assert plain.startswith("Programma\n\nwoord")
    assert "  * punt" in plain
    assert "de site (https://council.example/een-heel-lang-adres?a=1&b=2)." in (
        plain.replace("\n", " ")
    )
    assert all(len(line) <= 60 or "https" in line for line in plain.splitlines())


def test_a_link_that_reads_as_its_address_is_not_said_twice():
    rich = '<p><a href="https://council.example/">council.example</a></p>'

    assert text.html_to_text(rich) == "council.example"


def test_plain_text_without_a_width_is_not_broken():
    assert text.html_to_text("<p>" + "woord " * 40 + "</p>", None).count("\n") == 0


@given(ANY_TEXT)
def test_no_text_is_too_odd_to_be_made_plain(typed):
    assert isinstance(text.html_to_text(typed), str)


def test_typed_paragraphs_become_html_without_markup_of_their_own():
    assert text.text_to_html("een\r\ntwee\n\n<b>drie</b>") == (
        "<p>een<br>twee</p><p>&lt;b&gt;drie&lt;/b&gt;</p>"
    )


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("'s-Gravenhage", "s gravenhage"),
        ("’s‑Gravenhage", "s gravenhage"),
        ("ŁÓDŹ", "lodz"),
        ("Ærø", "aero"),
        ("Straße", "strasse"),
        ("ĲSSELSTEIN", "ijsselstein"),
        ("Skarsterlân", "skarsterlan"),
        ("  Wmo-raad,  Súdwest / Fryslân ", "wmo raad sudwest fryslan"),
        ("😀", ""),
    ],
)
def test_a_search_key_forgives_accents_case_and_punctuation(typed, key):
    assert text.fold(typed) == key


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(typed):
    assert text.fold(text.fold(typed)) == text.fold(typed)


@given(ANY_TEXT)
def test_a_slug_fits_in_any_address(typed):
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", text.slug(typed, 20))
    assert len(text.slug(typed, 20)) <= 20


def test_a_slug_ends_at_a_whole_word():
    assert text.slug("Voorzittersoverleg in 's-Hertogenbosch", 28) == "voorzittersoverleg-in-s"


@given(ANY_TEXT)
def test_one_line_is_one_line(typed):
    line = text.one_line(typed, 50)

    assert line.splitlines() in ([], [line])
    assert len(line) <= 50
    line.encode()


def test_one_line_stops_a_header_from_being_added():
    assert text.one_line("Piet\r\nBcc: allen@example.org") == "Piet Bcc: allen@example.org"
    assert text.one_line("x" * 10_000, 80) == "x" * 79 + "…"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Petra van der Berg", "PB"), ("Écoline", "E"), ("", ""), ("😀 !", ""), ("a b c", "AC")],
)
def test_initials_stand_for_a_person(name, letters):
    assert text.initials(name) == letters


def test_no_control_character_and_no_half_of_a_character_stays():
    every = [chr(code) for code in range(0x110000)]
    dropped = [char for char in every if not text.without_controls(f"a{char}b")[1:-1]]
    controls = [char for char in every if unicodedata.category(char) in ("Cc", "Cs")]
    assert dropped == [char for char in controls if char not in "\n\t\r\x0b\x0c\x85"]
