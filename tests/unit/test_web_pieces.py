"""Blocks on a web page: headings in order, whatever stands in the text of a block."""

import pytest

from eventsapp.newsletters.web_pieces import deeper, laid_out


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<h2>A</h2><p>b</p>", "<h4>A</h4><p>b</p>"),
        ("<h2>A</h2><h3>B</h3><h2>C</h2>", "<h4>A</h4><h5>B</h5><h4>C</h4>"),
        ("<h3>B</h3><p>c</p>", "<h4>B</h4><p>c</p>"),
        ("<h3>B</h3><h2>A</h2><h3>C</h3>", "<h4>B</h4><h4>A</h4><h5>C</h5>"),
        ("<p>geen kop</p>", "<p>geen kop</p>"),
    ],
)
def test_headings_within_a_text_begin_beneath_its_title_and_skip_none(typed, shown):
    assert deeper(typed, 4) == shown


def test_no_heading_goes_deeper_than_six():
    assert deeper("<h2>A</h2><h3>B</h3>", 6) == "<h6>A</h6><h6>B</h6>"


def test_titles_beneath_a_heading_stand_one_deeper():
    blocks = [{"kind": kind, "data": {}} for kind in ("article", "heading", "blog", "heading")]
    assert [one.level for one in laid_out(blocks)] == [2, 2, 3, 2]
