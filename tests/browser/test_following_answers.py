"""Following the answers as an advisor does: ringing, answering for somebody, writing a letter."""

import pytest
from sqlalchemy import select

from eventsapp.accounts.sessions import open_session
from eventsapp.core.dates import now
from eventsapp.invitations.models import Invitation, Notice
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Question
from tests.browsing import arrive, visit
from tests.factories import (
    make_cast,
    make_invitation,
    make_meeting,
    make_organisation,
    make_person,
    make_role,
)
from tests.signing_in import COOKIE


@pytest.fixture
def story(transaction, live_server):
    """A meeting of Anna's with answers of every kind; `secret` is her session."""
    with transaction() as session:
        cast = make_cast()
        cast.meeting = meeting = make_meeting(cast.anna.person, cast.noord, capacity=3)
        council = make_organisation("Adviesraad sociaal domein Noordwolde", phone="+31700000009")
        riet = make_person("Riet van der Berg", "riet@raad.example", phone="+31612345678")
        make_role(riet, council)
        asked = make_invitation(meeting, riet, organisation=council)
        toon = make_person("Toon Bos", "toon@raad.example")
        make_invitation(meeting, toon)
        piet = make_person("Piet Jansen", "piet@raad.example")
        make_invitation(
            meeting,
            piet,
            reply="accepted",
            guests=2,
            guest_names="Ans en Bea",
            remark="Kom te laat",
        )
        make_invitation(meeting, make_person("Jan Adriaans"), reply="declined")
        wait = {"reply": "waitlisted", "waiting_since": now()}
        make_invitation(meeting, make_person("Els Dam", "els@raad.example"), **wait)
        session.add(Notice(invitation_id=asked.id, kind="successor", detail={"name": "Toon Bos"}))
        options = [{"label": "Soep", "seats": None}, {"label": "Brood", "seats": 12}]
        session.add(Question(meeting_id=meeting.id, kind="choice", label="Lunch?", options=options))
        cast.secret = open_session(cast.anna.id, "Chromium")
        cast.riet_id = asked.id
        cast.at = f"/manage/meetings/{meeting.id}"
    return cast


@pytest.fixture(params=["page", "phone"])
def screen(request, story, live_server):
    """Anna's browser, once at her desk and once on her phone."""
    page = request.getfixturevalue(request.param)
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    return page


def test_ringing_with_one_press_changes_one_line(screen, story, axe, transaction):
    visit(screen, f"{story.at}/calls")
    axe(screen)
    line = screen.locator(f"#call-{story.riet_id}")
    line.get_by_role("button", name="Bericht ingesproken").click()
    line.get_by_text("Vorige keer").wait_for()
    line.get_by_role("button", name="Komt", exact=True).click()
    line.get_by_text("Staat op de wachtlijst").wait_for()
    axe(screen)
    with transaction() as session:
        assert session.get(Invitation, story.riet_id).replied_via == "phone"


@pytest.mark.parametrize(
    "place", ["answers", "answers?reply=needs_action", "waiting", "totals", "notices"]
)
def test_each_page_about_answers_is_for_everybody(screen, story, axe, place):
    visit(screen, f"{story.at}/{place}")
    axe(screen)


def test_an_answer_that_was_told_is_kept(screen, story, axe, transaction):
    visit(screen, f"{story.at}/answers/{story.riet_id}")
    axe(screen)
    screen.get_by_label("Komt niet").check()
    screen.get_by_role("button", name="Bewaar dit antwoord").click()
    screen.get_by_text("Riet van der Berg: komt niet.").wait_for()
    with transaction() as session:
        assert session.get(Invitation, story.riet_id).reply == "declined"


def test_a_letter_is_written_seen_and_sent(screen, story, axe, transaction):
    visit(screen, f"{story.at}/letter")
    axe(screen)
    screen.get_by_label("Wie nog niet heeft geantwoord").check()
    screen.get_by_label("Onderwerp").fill("Komt u ook?")
    screen.get_by_role("textbox", name="Brief").and_(screen.locator("[contenteditable]")).fill(
        "Wij horen graag van u."
    )
    screen.get_by_role("button", name="Bekijk wat er gebeurt").click()
    arrive(screen, "Wat er gebeurt")
    screen.get_by_text("krijgen deze brief per mail").first.wait_for()
    axe(screen)
    screen.get_by_role("button", name="Verstuur 2 brieven").click()
    arrive(screen, "De brief is onderweg")
    axe(screen)
    with transaction() as session:
        mails = session.scalars(select(Message)).all()
        assert "Wij horen graag van u." in mails[0].mailing.data["letter_text"]


def test_a_function_is_handed_over(screen, story, axe):
    visit(screen, f"{story.at}/notices")
    screen.get_by_role("link", name="Draag de functie over").click()
    arrive(screen, "Riet van der Berg doet dit niet meer")
    axe(screen)
    screen.get_by_role("button", name="Overdragen").click()
    screen.get_by_text("Toon Bos neemt het over").wait_for()
