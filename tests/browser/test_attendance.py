"""Marking who is there on a phone in one hand, on a desk, and without script."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from eventsapp.accounts.sessions import open_session
from eventsapp.core.dates import HOME_ZONE, now, utc_to_local
from eventsapp.invitations.models import Attendance
from tests.browsing import arrive, visit
from tests.factories import (
    make_cast,
    make_invitation,
    make_meeting,
    make_organisation,
    make_person,
)
from tests.signing_in import COOKIE

NAMES = ("Riet van der Berg", "Piet Jansen", "Toos Tak", "Koos Kok")


@pytest.fixture
def story(transaction, live_server):
    """A meeting that began this morning, with four invitees who would come."""
    with transaction():
        cast = make_cast()
        today = utc_to_local(now(), HOME_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        cast.meeting = make_meeting(cast.anna.person, cast.noord, starts=today)
        for name in NAMES:
            council = make_organisation(f"Adviesraad {name.split()[0]}wolde")
            make_invitation(cast.meeting, make_person(name), organisation=council, reply="accepted")
        make_person("Karin de Boer")
        cast.secret = open_session(cast.anna.id, "Chromium")
    cast.cookie = {"name": COOKIE, "value": cast.secret, "url": live_server}
    return cast


def open_list(page, story):
    page.context.add_cookies([story.cookie])
    visit(page, f"/manage/meetings/{story.meeting.id}/attendance")


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_marks_are_saved_where_they_are_pressed(request, kind, story, transaction, axe):
    page = request.getfixturevalue(kind)
    open_list(page, story)
    page.get_by_role("button", name="Begin met de antwoorden").click()
    page.get_by_text("4 personen zijn aangekruist.").wait_for()
    axe(page)
    toos = page.get_by_role("group", name="Toos Tak")
    toos.get_by_role("button", name="Niet gekomen").click()
    toos.get_by_role("button", name="Niet gekomen", pressed=True).wait_for()
    riet = page.get_by_role("group", name="Riet van der Berg")
    riet.get_by_role("button", name="Afgemeld").click()
    riet.get_by_role("button", name="Afgemeld", pressed=True).wait_for()
    expect(riet.get_by_role("button", name="Afgemeld")).to_be_focused()
    assert "attendance/mark" not in page.url
    page.get_by_text("2 aanwezig, 0 nog niet aangekruist").wait_for(state="attached")
    with transaction() as session:
        found = session.scalars(select(Attendance.presence).order_by(Attendance.presence)).all()
        assert found == ["absent", "excused", "present", "present"]


def test_presses_that_follow_fast_are_all_saved(phone, story, transaction):
    open_list(phone, story)
    for name in NAMES:
        phone.get_by_role("group", name=name).get_by_role("button", name="Aanwezig").click()
    phone.get_by_text("4 aanwezig, 0 nog niet aangekruist").wait_for(state="attached")
    with transaction() as session:
        assert len(session.scalars(select(Attendance)).all()) == 4


def test_the_list_narrows_down_while_one_types(phone, story):
    open_list(phone, story)
    # All at once: each pause between keys would bring a list anew, also under the next press.
    phone.get_by_label("Zoek een naam").fill("koos")
    phone.get_by_text("Toos Tak").wait_for(state="detached")
    phone.get_by_role("group", name="Koos Kok").get_by_role("button", name="Aanwezig").click()
    phone.get_by_text("1 aanwezig, 3 nog niet aangekruist").wait_for(state="attached")


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_somebody_who_is_known_walks_in(request, kind, story, transaction, axe):
    page = request.getfixturevalue(kind)
    open_list(page, story)
    page.get_by_role("link", name="Iemand kwam zonder aanmelding").click()
    arrive(page, "Kwam zonder aanmelding")
    page.get_by_label("Naam", exact=True).fill("karin")
    page.get_by_label("Karin de Boer").check()
    invite = page.get_by_role("group", name="Mogen wij u voortaan uitnodigen voor bijeenkomsten?")
    invite.get_by_label("Ja").check()
    axe(page)
    page.get_by_role("button", name="Zet op de lijst").click()
    page.get_by_text("Karin de Boer staat op de lijst als aanwezig.").wait_for()
    axe(page)
    with transaction() as session:
        row = session.scalar(select(Attendance))
        assert (row.is_walk_in, row.may_invite, row.may_send_newsletter) == (True, True, None)


@pytest.mark.parametrize("kind", ["page", "phone"])
@pytest.mark.parametrize("rest", ["/sheet", "/venue", "/close"])
def test_the_pages_beside_the_list_are_for_everybody(request, kind, story, rest, axe):
    page = request.getfixturevalue(kind)
    page.context.add_cookies([story.cookie])
    visit(page, f"/manage/meetings/{story.meeting.id}/attendance{rest}")
    axe(page)
