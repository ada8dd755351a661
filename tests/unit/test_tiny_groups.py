"""Which groups are too small to be told apart."""

import pytest

from eventsapp.newsletters.tiny_groups import too_small


@pytest.mark.parametrize(
    ("sizes", "together"),
    [
        ([], set()),
        ([5, 90, 7], set()),
        ([0, 90, 7], set()),
        ([3, 3, 90, 7], {0, 1}),
        ([2, 1, 90, 7], {0, 1, 3}),
        ([4, 90, 7], {0, 2}),
        ([4], {0}),
        ([1, 2], {0, 1}),
    ],
)
def test_small_groups_are_told_with_others_so_that_no_one_follows_from_the_total(sizes, together):
    assert too_small(sizes) == together
