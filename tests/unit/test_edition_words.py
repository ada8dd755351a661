"""Two who change the words of an edition at once: put together, or told that both changed them."""

from eventsapp.newsletters.edition_words import EditionWords, merged

OPENED = EditionWords("Maart", "Oud", "Regel")


def test_what_one_left_alone_stays_as_the_other_made_it():
    there = EditionWords("Maart", "Nieuw", "Regel")
    result = merged(there, EditionWords("Maart", "Oud", "Andere regel"), OPENED.marks)
    assert result.words == EditionWords("Maart", "Nieuw", "Andere regel")
    assert not result.torn


def test_the_same_words_changed_in_another_way_are_torn():
    there = EditionWords("Maart", "Nieuw", "Regel")
    result = merged(there, EditionWords("Maart", "Anders", "Regel"), OPENED.marks)
    assert list(result.torn) == ["subject"]
    assert result.words.subject == "Anders"


def test_two_who_write_the_same_agree():
    there = EditionWords("Maart", "Nieuw", "Regel")
    assert not merged(there, there, OPENED.marks).torn


def test_who_saw_nothing_that_we_know_overwrites_nothing():
    for seen in ("", "7", "x.y", "..."):
        assert merged(OPENED, EditionWords("Maart", "Anders", "Regel"), seen).torn
