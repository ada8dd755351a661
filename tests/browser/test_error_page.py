"""The page for an address that leads nowhere, as it meets whoever typed it wrong."""

import pytest


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_an_address_that_leads_nowhere_is_answered_clearly(request, kind, axe):
    page = request.getfixturevalue(kind)
    answer = page.goto("/bestaat-niet")
    assert answer.status == 404
    assert page.get_by_role("heading", level=1).is_visible()
    axe(page)
