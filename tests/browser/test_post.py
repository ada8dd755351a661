"""The post on a desk and on a phone: read well, settled with one press, undone with another."""

import pytest

from eventsapp.accounts.sessions import open_session
from eventsapp.core.dates import now
from eventsapp.invitations.models import Invitation
from eventsapp.mail.models import InboundMail
from tests.browsing import visit
from tests.factories import make_cast, make_invitation, make_meeting, make_person
from tests.signing_in import COOKIE

WORDS = "Dag Anna,\n\nIk kom graag, met Piet van de cliëntenraad.\n\nGroet, Riet"
LETTER = {
    "attachments": [{"name": "Agenda.pdf", "kind": "application/pdf", "size": 120_000}],
    "is_known": False,
    "is_guess": True,
    "message_id": "<riet@raad.example>",
}
PASSED_ON = {
    "attendee": "jan@elders.example",
    "attendee_name": "Jan Elders",
    "partstat": "ACCEPTED",
    "comment": "Ik neem de trein",
    "proposed": [],
}


@pytest.fixture
def story(transaction, live_server):
    """A letter of Riet's, and an answer to an invitation that was passed on."""
    with transaction() as session:
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord)
        riet = make_person("Riet van der Berg", "riet@raad.example")
        cast.invitation = make_invitation(meeting, riet)
        told = {
            "source": "mailbox",
            "received_at": now(),
            "sender": "riet.berg@thuis.example",
            "sender_name": "Riet van der Berg",
            "subject": "Re: Uitnodiging: Netwerkbijeenkomst",
            "reference": f"invitation:{cast.invitation.id}",
        }
        cast.letter = InboundMail(
            fingerprint="1", kind="letter", body=f"{WORDS}\n\n> oud\n> ouder", detail=LETTER, **told
        )
        cast.passed_on = InboundMail(
            fingerprint="2", kind="calendar_reply", reason="forwarded", detail=PASSED_ON, **told
        )
        session.add_all([cast.letter, cast.passed_on])
        session.flush()
        cast.secret = open_session(cast.anna.id, "Chromium")
    return cast


@pytest.fixture(params=["page", "phone"])
def screen(request, story, live_server):
    """Anna's browser, once at her desk and once on her phone."""
    page = request.getfixturevalue(request.param)
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    return page


def look(page, axe):
    """Judge a page at its full height, so that the bar at the bottom covers nothing."""
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": max(800, height)})
    axe(page)
    page.set_viewport_size({"width": width, "height": 800})


def test_the_pages_of_the_post_are_for_everybody(screen, story, axe):
    for place in ("", "?settled=1", f"{story.letter.id}", f"{story.passed_on.id}"):
        visit(screen, f"/manage/post/{place}")
        look(screen, axe)
        width = screen.evaluate("document.documentElement.scrollWidth")
        assert width <= screen.viewport_size["width"]


def test_a_letter_is_settled_with_one_press_and_undone_with_another(
    screen, story, axe, transaction
):
    visit(screen, "/manage/post/")
    screen.get_by_role("button", name="Komt", exact=True).first.click()
    screen.get_by_role("button", name="Ongedaan maken").wait_for()
    look(screen, axe)
    with transaction() as session:
        assert session.get(Invitation, story.invitation.id).reply == "accepted"
    screen.get_by_role("button", name="Ongedaan maken").click()
    screen.get_by_text("Het wacht weer").wait_for()
    look(screen, axe)
    with transaction() as session:
        session.expire_all()
        assert session.get(Invitation, story.invitation.id).reply == "needs_action"


def test_what_can_be_pressed_stands_on_one_line_on_a_desk(page, story, live_server):
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    visit(page, "/manage/post/")
    letter = page.locator("article", has=page.get_by_role("button", name="Komt", exact=True)).first
    comes = letter.get_by_role("button", name="Komt", exact=True).bounding_box()
    opens = letter.get_by_role("link", name="Openen").bounding_box()
    assert comes["y"] == opens["y"]
