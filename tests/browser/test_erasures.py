"""Somebody asks to be erased and a coordinator does it: on a desk and on a phone, with axe."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.accounts.sessions import open_session
from eventsapp.directory.models import Person
from eventsapp.privacy import erasure_requests
from eventsapp.privacy.models import ErasureRequest
from tests.browsing import visit
from tests.factories import make_cast, make_invitation, make_meeting, make_organisation, make_role
from tests.signing_in import COOKIE

pytestmark = pytest.mark.databases("sqlite")
each_size = pytest.mark.parametrize("size", ["page", "phone"])


@pytest.fixture
def story(transaction, live_server):
    """Petra, who has a function and was invited, asked; Kees coordinates."""
    with transaction() as session:
        cast = make_cast()
        person = session.get(Person, cast.petra.id)
        make_role(person, make_organisation())
        make_invitation(make_meeting(cast.anna.person, cast.noord, days=-9), person)
        erasure_requests.ask(person)
        number = session.scalars(select(ErasureRequest.id)).one()
        secret = open_session(cast.kees.id, "Chromium")
        kees = {"name": COOKIE, "value": secret, "url": live_server}
        return SimpleNamespace(kees=kees, person=person.id, place=f"/manage/erasures/{number}")


@each_size
def test_the_pages_of_requests_read_well(request, size, story, axe):
    page = request.getfixturevalue(size)
    page.context.add_cookies([story.kees])
    for place in ("/manage/erasures/", f"/manage/erasures/people/{story.person}", story.place):
        visit(page, place)
        page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
        axe(page)


@each_size
def test_a_coordinator_presses_and_may_still_undo(request, size, story, axe):
    page = request.getfixturevalue(size)
    page.context.add_cookies([story.kees])
    visit(page, story.place)
    page.locator("form[action$='/begin'] button").click()
    page.get_by_text("Zet een vinkje").first.wait_for()
    axe(page)
    page.locator("form[action$='/begin'] input[type=checkbox]").check()
    page.locator("form[action$='/begin'] button").click()
    page.locator("form[action$='/undo'] button").wait_for()
    axe(page)
    page.locator("form[action$='/undo'] button").click()
    page.locator("form[action$='/begin'] button").wait_for()
    axe(page)
