"""Reminding who is ticked in the list of answers, after a last look; desk and phone."""

import pytest
from sqlalchemy import select

from eventsapp.accounts.sessions import open_session
from eventsapp.mail.models import Message
from tests.browsing import visit
from tests.factories import (
    make_cast,
    make_invitation,
    make_meeting,
    make_person,
)
from tests.signing_in import COOKIE


@pytest.fixture
def story(transaction, live_server):
    """A meeting to come, with one who comes and two who have not answered."""
    with transaction():
        cast = make_cast()
        cast.meeting = make_meeting(cast.anna.person, cast.noord)
        make_invitation(cast.meeting, make_person("Riet van der Berg"), reply="accepted")
        for name in ("Koos Kok", "Mia Mol"):
            make_invitation(cast.meeting, make_person(name))
        secret = open_session(cast.anna.id, "Chromium")
        cast.cookie = {"name": COOKIE, "value": secret, "url": live_server}
    return cast


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_who_is_ticked_is_reminded_after_a_last_look(request, kind, story, transaction, axe):
    page = request.getfixturevalue(kind)
    page.context.add_cookies([story.cookie])
    visit(page, f"/manage/meetings/{story.meeting.id}/answers?reply=needs_action")
    page.get_by_role("row").filter(has_text="Mia Mol").get_by_role("checkbox").uncheck()
    page.get_by_role("button", name="Herinner wie is aangevinkt").click()
    page.get_by_role("button", name="Verstuur").wait_for()
    axe(page)
    page.get_by_role("button", name="Verstuur").click()
    page.get_by_text("De herinnering is onderweg.").wait_for()
    with transaction() as session:
        assert session.scalars(select(Message.name)).all() == ["Koos Kok"]
