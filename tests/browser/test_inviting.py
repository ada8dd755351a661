"""Inviting as an advisor does it: filters that follow, a last look, sending; desk and phone."""

import pytest
from sqlalchemy import select

from eventsapp.accounts.sessions import open_session
from eventsapp.invitations.models import Invitation
from tests.browsing import arrive, visit
from tests.factories import (
    make_cast,
    make_meeting,
    make_municipality,
    make_organisation,
    make_person,
    make_role,
)
from tests.signing_in import COOKIE


@pytest.fixture
def story(transaction, live_server):
    """Two councils in Noord, and Anna who may invite them; `secret` is her session."""
    with transaction():
        cast = make_cast()
        place = make_municipality("Noordwolde", cast.noord)
        cast.meeting = make_meeting(cast.anna.person, cast.noord)
        riet = make_person("Riet van der Berg", "riet@raad.example")
        make_role(riet, make_organisation("Adviesraad Noordwolde", place))
        make_organisation("Seniorenraad", place, kind="senior_council", email="s@raad.example")
        cast.secret = open_session(cast.anna.id, "Chromium")
        cast.region = cast.noord.id
    return cast


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_an_advisor_invites_in_a_few_presses(request, kind, story, live_server, axe, transaction):
    page = request.getfixturevalue(kind)
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    visit(page, f"/manage/meetings/{story.meeting.id}/invite")
    page.get_by_label("Regio").select_option(str(story.region))
    page.get_by_text("2 kunnen worden uitgenodigd").wait_for()
    axe(page)
    page.get_by_label("Laat weg Adviesraad").or_(page.get_by_label("Laat weg Seniorenraad")).check()
    page.get_by_text("1 kan worden uitgenodigd").wait_for()
    page.get_by_role("button", name="Bekijk wat er gebeurt").click()
    arrive(page, "Zo ziet Riet van der Berg het")
    axe(page)
    page.get_by_role("button", name="Verstuur 1 uitnodiging").click()
    page.get_by_text("1 uitnodiging is gemaakt.").wait_for()
    axe(page)
    with transaction() as session:
        assert session.scalars(select(Invitation)).one().email == "riet@raad.example"
