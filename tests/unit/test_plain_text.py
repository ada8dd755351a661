"""Rich text read as plain lines, for mails and calendars."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.core.plain_text import lines_of
from eventsapp.core.text import clean_html, html_to_text

PARTS = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<br>", "<h2>", "</h2>", "<blockquote>", "</blockquote>", "<ul>", "</ul>"]
        + ["<ol>", "</ol>", "<li>", "</li>", "<strong>", "</strong>", " ", "&nbsp;", "\n"]
        + ["woord", "- ", "1. ", '<a href="https://a.example/een-lang-adres">hier</a>']
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>een</p><p>twee</p>", ["een", "", "twee"]),
        ("<h2>Kop</h2>los", ["Kop", "", "los"]),
        ("<p>een<br>twee<br><br>drie<br></p>", ["een", "twee", "", "drie"]),
        ("een<blockquote>twee</blockquote>drie", ["een", "", "twee", "", "drie"]),
        ("<br>een<p></p><p> </p><p><br></p><p>&nbsp;</p><p>twee</p>", ["een", "", "twee"]),
        ("<p>  een \n <em> twee</em>\tdrie</p>", ["een twee drie"]),
        ("<p>10&nbsp;000 &lt; 2 &amp; &eacute;</p>", ["10 000 < 2 & é"]),
        ("<p>een<strong>twee</strong></p>", ["eentwee"]),
    ],
)
def test_what_stands_apart_on_the_page_does_so_in_plain_text(html, lines):
    assert lines_of(html) == lines


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<ul><li>een</li><li>twee</li></ul>na", ["  * een", "  * twee", "na"]),
        ("<ol><li>een</li><li>twee</li></ol>", [" 1. een", " 2. twee"]),
        ("<ul><li>een<br>nog</li><li>twee</li></ul>", ["  * een", "    nog", "  * twee"]),
        ("<ul><li><p>een</p></li><li><p>twee</p></li></ul>", ["  * een", "", "  * twee"]),
        ("<ul><li></li><li>twee</li></ul><ol><li> </li></ol><p>na</p>", ["  * twee", "", "na"]),
        ("<blockquote><ul><li>een</li></ul></blockquote>", ["  * een"]),
        ("<li>los</li>", ["* los"]),
    ],
)
def test_lists_keep_their_bullets_and_numbers(html, lines):
    assert lines_of(html) == lines


def test_lists_within_lists_are_moved_in_and_go_on_counting():
    html = "<ol><li>a<ul><li>b<ol><li>c</li></ol></li><li>d</li></ul></li><li>e</li></ol>"

    assert lines_of(html) == [" 1. a", "      + b", "         1. c", "      + d", " 2. e"]


def test_numbers_of_two_digits_stand_beneath_each_other():
    assert lines_of("<ol>" + "<li>x</li>" * 10 + "</ol>")[-2:] == [" 9. x", "10. x"]


def test_an_item_that_begins_with_an_empty_list_keeps_its_number():
    assert lines_of("<ol><li><ul></ul>een</li></ol>") == [" 1. een"]


def test_a_thousand_lists_within_each_other_are_not_a_thousand_times_moved_in():
    plain = html_to_text("<ul><li>x" * 1000, None)

    assert plain.count("x") == 1000
    assert max(len(line) for line in plain.splitlines()) < 50


@given(PARTS)
def test_never_two_empty_lines_nor_one_at_an_end(parts):
    plain = html_to_text("".join(parts), None)

    assert "\n\n\n" not in plain
    assert plain == plain.strip("\n")


@given(PARTS)
def test_broken_lines_keep_every_word_whole(parts):
    html = "".join(parts)
    broken = html_to_text(html, 20)

    assert broken.split() == html_to_text(html, None).split()
    assert all(len(line) <= 20 or "https:" in line for line in broken.splitlines())


@given(PARTS)
def test_what_was_cleaned_reads_the_same_as_when_it_is_cleaned_again(parts):
    cleaned = clean_html("".join(parts))

    assert html_to_text(cleaned, None) == html_to_text(f"<!-- -->{cleaned}", None)


@pytest.mark.parametrize(
    "html",
    [
        "<p>een</p><script>twee</script>",
        "<p>een<!-- twee --></p>",
        '<p>een<a href="javascript:twee()"></a></p>',
        "<P>een</P>",
    ],
)
def test_what_is_not_cleaned_is_cleaned_first(html):
    assert html_to_text(html) == "een"


def test_ends_without_a_beginning_are_read_over():
    assert html_to_text("</ul></li>een</ol></p><li>twee", None) == "een\n\n* twee"


def test_a_line_end_that_was_written_as_an_end_tag_parts_words_too():
    assert html_to_text("een</br>twee", None) == "een\ntwee"


def test_a_link_that_is_not_closed_takes_no_other_link_with_it():
    opened = '<a href="tel:+31612345678" rel="noopener">'
    assert html_to_text(f"<p>{opened}een {opened}twee</a></p>", None) == "een twee (+31612345678)"


def test_entities_bring_no_control_characters_in():
    assert html_to_text("een&#8;&#x2028;twee", None) == "een twee"
