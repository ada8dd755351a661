"""Pieces of an edition: each reader's mail is put together from them, whole and in order."""

import os
import re
from pathlib import Path

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.mail.layout import LARGEST
from eventsapp.newsletters import own_links
from eventsapp.newsletters.blocks import Reader
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.render import for_reader, pieces
from eventsapp.newsletters.wording import styled, with_levels
from tests.rendering import ADDRESS, LONG, WORDS, meeting_to_come, taken

GOLDEN = Path(__file__).parents[1] / "samples" / "newsletter"
NOORD, ZUID = Reader(regions=frozenset({1})), Reader(regions=frozenset({2}))
HOSTILE = '<script>alert(1)</script>"><b onclick=x>&amp; {{ 7*7 }} ]]> <mj-text> <!--cut-->'


@pytest.fixture
def mail(app):
    """Put together the mail of a reader, as HTML and as text; of everybody without a reader."""

    def make(edition=None, reader=None, language="nl"):
        with app.app_context():
            made = for_reader(pieces(edition or taken(), language), reader)
        return "".join(made[0]), "".join(made[1])

    return make


def parsed(html):
    return html5lib.parse(html, namespaceHTMLElements=False)


def words_of(html):
    return " ".join("".join(parsed(html).find("body").itertext()).split())


@pytest.mark.parametrize(("format", "number"), [("html", 0), ("txt", 1)])
def test_an_edition_with_every_kind_of_block_looks_as_it_did(mail, format, number):
    """With `LOOK_ANEW=1` the new look is kept: look at it in a browser before it is."""
    made = mail()[number]
    made = made.replace("><", ">\n<") if format == "html" else made
    golden = GOLDEN / f"edition.{format}"
    if os.environ.get("LOOK_ANEW"):
        golden.write_text(made, "utf-8")
    assert made == golden.read_text("utf-8")


def test_every_kind_of_block_can_be_shown(mail):
    html, text = mail()
    assert {kind.value for kind in BlockKind} == set(WORDS)
    for words in ("Uit de regio's", "Een ervaringskaart", "Samen besluiten", "Wat vindt u?"):
        assert words in words_of(html)
        assert words in text


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_an_empty_block_breaks_nothing(mail, kind):
    data = dict.fromkeys(WORDS[kind], "")
    html, text = mail(taken((kind, data)))
    assert "None" not in words_of(html) + text


@pytest.mark.parametrize("kind", sorted(set(WORDS) - {"divider", "meetings", "text"}))
def test_what_was_typed_stays_text(mail, kind):
    typed = {
        name: HOSTILE
        for name, value in WORDS[kind].items()
        if isinstance(value, str) and name not in ("html", "note_html", "url")
    }
    html, _text = mail(taken((kind, typed), ("text", {"html": "<p>Het slot</p>"})))
    page = parsed(html)
    assert not list(page.iter("script"))
    assert not [tag for tag in page.iter() if tag.get("onclick")]
    assert "Het slot" in words_of(html)


def test_a_block_comes_to_whom_it_is_for_and_to_nobody_else(mail):
    edition = taken(
        ("text", {"html": "<p>Voor Noord</p>", "limits": {"regions": [1]}}),
        ("text", {"html": "<p>Voor allen</p>"}),
    )
    assert "Voor Noord" in mail(edition, NOORD)[0]
    html, text = mail(edition, ZUID)
    assert "Voor Noord" not in html + text
    assert "Voor allen" in html


def meetings_in(text):
    return re.findall(r"^(?:Dag|Landelijk) .*$", text, re.MULTILINE)


def list_of(**values):
    return taken(
        (
            "meetings",
            {
                "meetings": [
                    meeting_to_come("Dag in Zuid", 2),
                    meeting_to_come("Landelijk 1", 1, 2, is_national=True),
                    meeting_to_come("Dag in Noord", 1),
                    meeting_to_come("Dag in Noord en Zuid", 1, 2),
                ]
            }
            | values,
        )
    )


def test_a_reader_finds_meetings_of_own_regions_first_and_national_ones_after(mail):
    _html, text = mail(list_of(), NOORD)
    assert meetings_in(text) == ["Dag in Noord", "Dag in Noord en Zuid", "Landelijk 1"]


def test_a_reader_finds_no_more_meetings_than_was_said(mail):
    html, text = mail(list_of(most=2), NOORD)
    assert meetings_in(text) == ["Dag in Noord", "Dag in Noord en Zuid"]
    assert "Landelijk 1" not in html


def test_a_reader_with_more_meetings_than_stand_there_is_led_to_all(mail):
    html, text = mail(list_of(most=2), NOORD)
    assert "Er zijn meer bijeenkomsten. Bekijk alles wat gepland is" in words_of(html)
    assert f"Bekijk alles wat gepland is:\n{ADDRESS}/nieuwsbrieven/maart-2027" in text


def test_a_reader_who_finds_all_meetings_is_not_led_to_more(mail):
    for edition, reader in (
        (list_of(most=3), NOORD),
        (list_of(), Reader()),
        (list_of(most=1), None),
    ):
        html, text = mail(edition, reader)
        assert "meer bijeenkomsten" not in html + text


def test_without_a_page_in_the_archive_nothing_leads_there(mail):
    html, text = mail(list_of(most=1) | {"page": ""}, NOORD)
    assert "meer bijeenkomsten" not in html + text


def test_a_reader_without_a_region_finds_all_meetings_by_date(mail):
    _html, text = mail(list_of(), Reader())
    assert meetings_in(text)[0] == "Dag in Zuid"
    assert len(meetings_in(text)) == 4


def test_a_list_without_meetings_is_left_out_with_its_title(mail):
    only = taken(("meetings", {"meetings": [meeting_to_come("Dag in Zuid", 2)]}))
    html, text = mail(only, NOORD)
    assert "Komende bijeenkomsten" not in html + text


def test_both_formats_lead_to_the_same_places(mail):
    html, text = mail()
    links = {a.get("href") for a in parsed(html).iter("a")} - {"tel:+31700000000"}
    bare = {link for link in links if link.startswith("http")}
    assert [link for link in bare if link not in text] == []


def test_each_mail_has_the_reader_s_own_links(mail):
    html, text = mail()
    own = {"leave", "choices", "survey/12"}
    assert own_links.names_in(html) == own_links.names_in(text) == own


def test_whoever_was_sent_a_mail_on_finds_where_to_subscribe(mail):
    html, text = mail()
    assert f"{ADDRESS}/inschrijven" in html
    assert f"{ADDRESS}/inschrijven" in text


def test_a_mail_fetches_nothing_but_our_own_pictures(mail):
    html, _text = mail()
    fetched = re.findall(r"""(?:src|background)=["']([^"']*)""", html)
    assert set(fetched) == {f"{ADDRESS}/pictures/d.png"}
    assert not re.search(r"<link|@import|url\(", html)


def test_each_picture_is_described_or_said_to_be_decoration(mail):
    html, _text = mail(taken(("picture", {"picture": {"address": "x", "width": 9, "height": 9},
                                          "is_decorative": True})))  # fmt: skip
    assert [img.get("alt") for img in parsed(html).iter("img")] == [""]


def test_an_article_with_an_introduction_goes_on_at_its_page(mail):
    html, text = mail(taken(("article", {"intro": "Kort.", "html": LONG})))
    assert "Inwoners" not in html + text
    assert "Lees verder: Jongeren praten mee in Noordwolde" in words_of(html)
    assert f"{ADDRESS}/nieuwsbrieven/maart-2027/stuk-0" in text


def test_an_article_without_an_introduction_stands_in_the_mail_whole(mail):
    html, text = mail(taken(("article", {"intro": "", "html": LONG})))
    assert html.count("Inwoners weten") == text.count("Inwoners weten") == 60


def test_an_article_of_5000_words_still_fits_into_a_mail(mail):
    words = "".join(f"<p>{'woorden ' * 50}</p>" for _ in range(100))
    html, _text = mail(taken(("article", {"intro": "", "html": words})))
    assert html.count("woorden") == 5000
    assert len(html.encode()) < LARGEST


def test_a_text_of_any_length_is_shown(mail):
    html, text = mail(taken(("text", {"html": f"<p>{'x' * 2 * LARGEST}</p>"})))
    assert len(html) > 2 * LARGEST
    assert len(text) > 2 * LARGEST


def test_an_edition_with_every_kind_of_block_is_far_from_too_large(mail):
    assert len(mail()[0].encode()) < LARGEST / 2


def test_words_in_another_language_than_the_mail_say_so(mail):
    html, _text = mail(language="en")
    title = next(h for h in parsed(html).iter("h3") if h.text == "Een ervaringskaart")
    assert parsed(html).get("lang") == "en"
    assert title.get("lang") == "nl"
    assert "Unsubscribe" in words_of(html)


def test_the_line_beside_the_subject_comes_first(mail):
    html, _text = mail()
    assert "En: wat een ervaringskaart vertelt" in html.partition("<h1")[0]


def test_the_text_part_has_no_tags_and_no_long_lines(mail):
    _html, text = mail()
    assert "<" not in text
    assert "\n\n\n\n" not in text
    assert [line for line in text.splitlines() if len(line) > 90 and "http" not in line] == []


LIMITS = st.fixed_dictionaries(
    {name: st.lists(st.integers(1, 3), max_size=2) for name in ("regions", "themes")}
)
BLOCKS = st.lists(st.tuples(st.sampled_from(["heading", "article", "text"]), LIMITS), max_size=8)


@given(BLOCKS, st.frozensets(st.integers(1, 3)), st.frozensets(st.integers(1, 3)))
def test_no_reader_s_headings_skip_a_level(blocks, regions, themes):
    from eventsapp.newsletters.blocks import fits

    edition = taken(*((kind, {"limits": limits}) for kind, limits in blocks)) if blocks else {}
    reader = Reader(regions, themes)
    levels = [1] + [
        one.level
        for one in with_levels(edition.get("blocks", []))
        if one.kind != "text" and fits(one.limits, reader)
    ]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_headings_in_rich_text_come_beneath_the_title():
    html = styled("<h2>Een</h2><p>x</p><h3>Twee</h3>", 4)
    assert re.findall(r"<h(\d)", html) == ["4", "5"]
    assert html.count("</h4>") == html.count("</h5>") == 1


def test_rich_text_that_begins_with_a_small_heading_skips_no_level():
    html = styled("<h3>Klein</h3><h3>Nog een</h3><h2>Groot</h2><h3>Klein</h3>", 3)
    assert re.findall(r"<h(\d)", html) == ["3", "3", "3", "4"]
    assert re.findall(r"</h(\d)", html) == ["3", "3", "3", "4"]


def test_what_the_editors_wrote_is_said_to_be_dutch_in_an_english_mail(mail):
    page = parsed(mail(language="en")[0])
    spoken = {
        " ".join("".join(one.itertext()).split()) for one in page.iter() if one.get("lang") == "nl"
    }
    assert {"Nieuwsbrief van maart", "Voor raden en gemeenten", "Lees de handreiking"} <= spoken
    assert not {"Meetings to come", "Take part"} & spoken
    assert {img.get("lang") for img in page.iter("img")} == {"nl"}


def test_a_dutch_mail_names_its_language_once(mail):
    assert [one.tag for one in parsed(mail()[0]).iter() if one.get("lang")] == ["html", "div"]
