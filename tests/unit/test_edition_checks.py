"""The checks before sign-off: each thing that can be wrong is found, at its block."""

from datetime import date

import pytest

from eventsapp.newsletters.checks import Check, Facts, checks, must_be_mended
from eventsapp.newsletters.sorts import MOST, sorts, worth_a_look
from tests.rendering import PICTURED, WORDS, meeting_to_come, taken

FACTS = Facts(on=date(2027, 3, 2), readers={1: 40, 2: 7}, names={1: "Noord", 2: "Zuid"})


def found_in(*blocks, facts=FACTS, **values):
    """Give check, words, block and severity of all that was found."""
    edition = taken(*blocks, has_subject=True, **values)
    return [(one.check.value, one.key, one.is_must) for one in checks(edition, facts)]


def text(html):
    return ("text", {"html": html})


def test_an_edition_that_is_in_order_has_no_findings_that_must_be_mended():
    whole = taken(*((kind, {**PICTURED, "picture_id": 1}) for kind in WORDS), has_subject=True)
    assert must_be_mended(whole, FACTS) == []


@pytest.mark.parametrize(
    ("block", "check", "is_must"),
    [
        (("article", {"title": ""}), "complete", True),
        (("article", {"picture_id": 3, "alternative": ""}), "pictures", True),
        (("picture", {"picture_id": None}), "pictures", True),
        (("picture", {"picture_id": 3, "alternative": "IMG_2041.jpg"}), "pictures", True),
        (("picture", {"picture_id": 3, "alternative": "Foto van een tafel"}), "pictures", False),
        (text('<p><a href="https://a.example/x">klik hier</a></p>'), "links", False),
        (text('<p><a href="https://geen host">De gids</a></p>'), "links", True),
        (("publication", {"url": "javascript:alert(1)"}), "complete", True),
        (text("<h3>Klein</h3><p>x</p><h2>Groot</h2>"), "headings", False),
        (text(f"<p>{'woord ' * 40}.</p>"), "reading", False),
        (text("<p>Indien u komt.</p>"), "reading", False),
        (("article", {"intro": "", "html": "<p>Kort woord.</p>" * 300}), "reading", False),
        (text("<p>Kom op dinsdag 14 april 2027.</p>"), "dates", True),
        (text("<p>Kom op 12-04-2027.</p>"), "dates", False),
        (("text", {"limits": {"regions": [0]}}), "readers", True),
        (("text", {"limits": {"regions": [9]}}), "readers", False),
        (("meetings", {"meetings": []}), "readers", False),
        (("meetings", {"meetings": [meeting_to_come("Dag", 1)]}), "readers", False),
    ],
)
def test_what_is_wrong_is_found_at_its_block(block, check, is_must):
    assert found_in(text("<p>Voor het begin.</p>"), block) == [(check, "1", is_must)]


def test_of_a_block_for_some_regions_the_others_are_not_said_to_miss_a_meeting():
    meetings = [meeting_to_come("Dag", 1)]
    block = ("meetings", {"meetings": meetings, "limits": {"regions": [1]}})
    assert found_in(block) == []


def test_regions_without_readers_are_not_said_to_miss_a_meeting():
    facts = Facts(on=FACTS.on, readers={1: 40}, names=FACTS.names)
    block = ("meetings", {"meetings": [meeting_to_come("Dag", 1)]})
    assert found_in(block, facts=facts) == []


def test_small_headings_alone_are_in_order():
    assert found_in(text("<h3>Klein</h3><p>x</p><h3>Klein</h3><p>y</p>")) == []


def test_a_heading_with_nothing_below_it_is_found():
    heading = ("heading", {})
    assert found_in(heading, heading, text("<p>x</p>"), heading) == [
        ("headings", "0", False), ("headings", "3", False),
    ]  # fmt: skip


def test_a_survey_that_is_not_open_is_found():
    facts = Facts(on=FACTS.on, closed_surveys=frozenset({12}))
    assert found_in(("call", {}), facts=facts) == [("links", "0", True)]


def test_an_edition_without_words_of_its_own_is_not_ready():
    edition = taken(has_subject=False, preview_line="")
    edition["blocks"] = []
    assert [(one.check, one.is_must) for one in checks(edition, FACTS)] == [
        (Check.COMPLETE, True), (Check.COMPLETE, True), (Check.COMPLETE, False),
    ]  # fmt: skip


def test_a_subject_that_a_phone_cuts_off_is_found():
    assert found_in(text("<p>x</p>"), subject="x" * 61) == [("complete", "", False)]


def test_a_mail_that_is_too_large_leads_to_the_block_that_takes_most_room():
    facts = Facts(on=FACTS.on, octets=130_000, heaviest=("0", 90_500))
    one = checks(taken(text("<p>x</p>"), has_subject=True), facts)[0]
    assert (one.key, one.values) == ("0", {"size": 130, "own": 91})


def test_what_somebody_else_called_a_work_is_no_advice():
    title = "Participatie in het kader van de implementatie"
    assert found_in(("literature", {"title": title}), ("publication", {"title": title})) == []


@pytest.mark.parametrize(("octets", "is_must"), [(100_001, [True]), (90_000, [False]), (9, [])])
def test_a_mail_that_is_cut_off_is_found(octets, is_must):
    facts = Facts(on=FACTS.on, octets=octets)
    assert [must for _, _, must in found_in(text("<p>x</p>"), facts=facts)] == is_must


def blocks_for(*limits):
    empty = {"regions": [], "themes": [], "languages": []}
    return [{"key": str(at), "limits": empty | one} for at, one in enumerate(limits)]


def test_readers_who_get_the_same_blocks_are_one_sort():
    blocks = blocks_for({}, {"regions": [1]}, {"regions": [1, 2]})
    found = sorts(blocks, ["nl"], range(1, 343), range(1, 13))
    assert sorted(sorted(one.blocks) for one in found) == [["0"], ["0", "1", "2"], ["0", "2"]]


def test_an_edition_for_all_is_one_sort_of_mail():
    assert len(sorts(blocks_for({}, {}), ["nl", "en"], range(1, 36), range(1, 13))) == 1


def test_a_few_sorts_show_each_block_and_show_it_left_out():
    blocks = blocks_for(
        {}, *({"regions": [one]} for one in range(1, 4)), {"themes": [1]}, {"languages": ["en"]}
    )
    found = sorts(blocks, ["nl", "en"], range(1, 36), range(1, 13))
    chosen = worth_a_look(found)
    assert len(chosen) <= MOST < len(found)
    assert set().union(*(one.blocks for one in chosen)) == {one["key"] for one in blocks}
    assert {"0"} in [one.blocks for one in chosen] or len(chosen) == MOST


def test_the_reader_of_a_sort_gets_its_blocks():
    from eventsapp.newsletters.blocks import fits

    blocks = blocks_for({}, {"regions": [1], "themes": [2]}, {"languages": ["en"]})
    for sort in sorts(blocks, ["nl", "en"], [1, 2], [1, 2]):
        gets = {one["key"] for one in blocks if fits(one["limits"], sort.reader)}
        assert gets == sort.blocks


@pytest.mark.parametrize("title", ["Kopie van Nieuwsbrief van maart", "Copy of March"])
def test_an_edition_that_is_still_called_a_copy_is_not_agreed_to(title):
    assert found_in(text("<p>Kom.</p>"), title=title) == [("complete", "", True)]


def test_an_edition_may_speak_of_copies():
    assert found_in(text("<p>Kom.</p>"), title="Een kopie van uw kaart") == []
