"""Pages of a short list that is at hand."""

from eventsapp.core.pager import leaf

ROWS = list(range(1, 8))


def page(cursor=None):
    return leaf(ROWS, int, cursor, size=3)


def test_the_pages_follow_one_another_and_lead_back():
    first = page()
    second = page(first.after)
    third = page(second.after)
    assert [one.items for one in (first, second, third)] == [[1, 2, 3], [4, 5, 6], [7]]
    assert (first.before, third.after) == (None, None)
    assert page(third.before).items == [4, 5, 6]
    assert page(second.before) == first


def test_a_row_that_is_there_no_more_gives_the_first_page():
    for cursor in ("after-99", "after-", "sideways-3", "onzin", ""):
        assert page(cursor).items == [1, 2, 3]


def test_an_empty_list_has_an_empty_page():
    assert leaf([], int).items == []
