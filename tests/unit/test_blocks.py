"""Blocks of an edition: what may stand in them, what they lack, and who gets them."""

import pytest

from eventsapp.newsletters.blocks import (
    Reader,
    faults,
    fits,
    judged,
    name_of,
    safe_link,
    tidy_limits,
)
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.shapes import SHAPES, blank

TWENTE, YOUTH = 3, 7


def test_each_kind_has_a_shape() -> None:
    assert set(SHAPES) == set(BlockKind)


def test_a_fresh_block_can_be_kept_as_it_is() -> None:
    for kind in BlockKind:
        assert judged(kind, blank(kind)) == (blank(kind), [])


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "//", "http://",
     "https://a b.example", "ftp://files.example", "niets", "https://[", "file:///etc/passwd"],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_refused(typed: str) -> None:
    assert safe_link(typed) is None
    data, refused = judged(BlockKind.LITERATURE, {"url": typed}, {"url": "https://a.example"})
    assert data["url"] == "https://a.example"
    assert [fault.field for fault in refused] == ["url"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("gids.example/lezen", "https://gids.example/lezen"), ("riet@raad.example",
     "mailto:riet@raad.example"), ("http://gids.example", "http://gids.example"), (" ", ""),
     ("gids.example:8080/x", "https://gids.example:8080/x"), ("tel:0701234567", "tel:0701234567")],
)  # fmt: skip
def test_a_link_is_completed(typed: str, kept: str) -> None:
    assert safe_link(typed) == kept


def test_pasted_text_is_cleaned() -> None:
    pasted = '<p class="MsoNormal" style="color:red">Dag<o:p></o:p><script>x()</script></p>'
    data, _ = judged(BlockKind.TEXT, {"html": pasted})
    assert data["html"] == "<p>Dag</p>"


def test_an_article_of_five_thousand_words_is_kept_whole() -> None:
    long = "<p>" + "bijeenkomst " * 5000 + "</p>"
    data, refused = judged(BlockKind.ARTICLE, {"html": long})
    assert data["html"].count("bijeenkomst") == 5000
    assert not refused


def test_what_is_too_long_is_refused_and_the_rest_is_kept() -> None:
    data, refused = judged(BlockKind.BLOG, {"title": "x" * 161, "author": "Riet"}, {"title": "Oud"})
    assert (data["title"], data["author"]) == ("Oud", "Riet")
    assert [(fault.field, fault.values["most"]) for fault in refused] == [("title", 160)]


@pytest.mark.parametrize("typed", ["", "0", "366", "-1", "twee", "1.5", "٣x"])
def test_a_number_out_of_bounds_is_refused(typed: str) -> None:
    data, refused = judged(BlockKind.MEETINGS, {"days": typed})
    assert data["days"] == 60
    assert [fault.field for fault in refused] == ["days"]


@pytest.mark.parametrize("typed", ["x", "0", "-4", str(2**31), "9" * 400, None])
def test_an_odd_number_of_a_row_is_none(typed: object) -> None:
    assert judged(BlockKind.PICTURE, {"picture_id": typed})[0]["picture_id"] is None


def test_unknown_fields_are_dropped_and_missing_ones_stay() -> None:
    data, _ = judged(BlockKind.HEADING, {"evil": "1"}, {"text": "Uit de regio", "old": "2"})
    assert data == {"text": "Uit de regio"}


def test_a_picture_lacks_words_until_it_is_described_or_marked_as_decoration() -> None:
    picture = {**blank(BlockKind.PICTURE), "picture_id": 4}
    assert [fault.field for fault in faults(BlockKind.PICTURE, picture)] == ["alternative"]
    assert not faults(BlockKind.PICTURE, {**picture, "alternative": "Een volle zaal"})
    assert not faults(BlockKind.PICTURE, {**picture, "is_decorative": True})


def test_a_call_leads_to_a_survey_or_a_link() -> None:
    call = {**blank(BlockKind.CALL), "title": "Vul in"}
    assert [fault.field for fault in faults(BlockKind.CALL, call)] == ["url"]
    assert not faults(BlockKind.CALL, {**call, "survey_id": 2})
    assert not faults(BlockKind.CALL, {**call, "url": "https://x.example"})


@pytest.mark.parametrize(
    ("limits", "reader", "gets"),
    [
        ({}, Reader(), True),
        ({"regions": [TWENTE]}, Reader(frozenset({TWENTE})), True),
        ({"regions": [TWENTE]}, Reader(), False),
        ({"regions": [TWENTE, 99]}, Reader(frozenset({TWENTE})), True),
        ({"regions": [99]}, Reader(frozenset({TWENTE})), False),
        ({"themes": [YOUTH]}, Reader(), True),
        ({"themes": [YOUTH]}, Reader(themes=frozenset({8})), False),
        ({"themes": [YOUTH]}, Reader(themes=frozenset({YOUTH, 8})), True),
        ({"languages": ["en"]}, Reader(), False),
        ({"languages": ["en"]}, Reader(language="en"), True),
        ({"regions": [TWENTE], "languages": ["en"]}, Reader(frozenset({TWENTE})), False),
    ],
)
def test_a_block_goes_to_whom_it_is_meant_for(
    limits: dict[str, list[int]], reader: Reader, gets: bool
) -> None:
    assert fits(tidy_limits(limits), reader) is gets


def test_limits_are_kept_tidy() -> None:
    typed = {"regions": ["3", "x", 3, "1", -2], "languages": ["en", "xx"], "evil": [1]}
    assert tidy_limits(typed) == {"regions": [1, 3], "themes": [], "languages": ["en"]}


def test_a_block_is_called_after_its_first_words() -> None:
    assert name_of(BlockKind.TEXT, {"html": "<h2>Dag</h2><p>allemaal</p>"}).startswith("Dag")
    assert name_of(BlockKind.DIVIDER, {}) == ""
