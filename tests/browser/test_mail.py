"""The pages of mail on a desk and on a phone: read well, and nothing leaves the frame of a mail."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from eventsapp.accounts.sessions import open_session
from eventsapp.core.dates import now
from eventsapp.core.links import unsubscribe_link
from eventsapp.invitations.invite import Choice, invite
from eventsapp.mail import server_away, suppression
from eventsapp.mail.kinds import Purpose, Stream
from eventsapp.mail.models import Message, Throttle
from tests.browsing import arrive, visit
from tests.factories import actor_of, make_cast, make_meeting, make_person
from tests.signing_in import COOKIE

STATES = [
    ("sent", ""),
    ("failed", "refused"),
    ("unknown", "cut_off"),
    ("deferred", "later"),
    ("failed", "overdue"),
    ("queued", ""),
]


@pytest.fixture
def story(transaction, live_server):
    """An invitation round of which each mail fared differently."""
    with transaction() as session:
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord)
        people = [make_person(f"Riet{number} van der Berg") for number in range(len(STATES))]
        chosen = Choice(person_ids=frozenset(one.id for one in people))
        cast.mailing = invite(actor_of(cast.anna), meeting, chosen)
        rows = session.scalars(select(Message).order_by(Message.id)).all()
        for row, (state, reason) in zip(rows, STATES, strict=True):
            row.state, row.reason = state, reason
            row.last_reply = "550 5.1.1 no such user" if state == "failed" else ""
        suppression.withhold_person(cast.petra.id, Purpose.MEETINGS, "opted_out")
        rows[0].bounced_at, rows[0].bounce_reason = now(), "mailbox_full"
        cast.message, cast.reader = rows[0].id, rows[0].person_id
        cast.secret = open_session(cast.anna.id, "Chromium")
        cast.kees = open_session(cast.kees.id, "Chromium")
    return cast


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_the_pages_of_mail_read_well(request, kind, story, live_server, axe):
    page = request.getfixturevalue(kind)
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    for place in ("", f"{story.mailing.id}", "withheld/", f"messages/{story.message}"):
        visit(page, f"/manage/mail/{place}")
        axe(page)


def test_a_mailing_under_way_moves_by_itself(page, story, live_server, transaction):
    def leaves(state):
        with transaction() as session:
            waiting = session.scalars(select(Message).where(Message.state == state)).all()
            for row in waiting:
                row.state, row.sent_at = "sent", now()

    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    page.goto(f"/manage/mail/{story.mailing.id}")
    page.evaluate("document.body.dataset.seen = 'before'")
    leaves("queued")
    sent = page.locator("body[data-seen] [data-progress-part=sent]")  # the page is the same one
    sent.filter(has_text="2").wait_for(timeout=60_000)
    leaves("deferred")
    page.locator("body:not([data-seen])").wait_for(timeout=60_000)  # at the end it is read anew


def test_a_reason_that_begins_while_mails_leave_comes_by_itself(
    page, story, live_server, transaction, axe
):
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    visit(page, f"/manage/mail/{story.mailing.id}")
    page.evaluate("document.body.dataset.seen = 'before'")
    same = page.locator("body[data-seen]")  # the page is the same one
    refused = same.get_by_role("link", name="De mailserver van de ontvanger weigert dit adres.")
    refused.first.focus()
    with transaction() as session:
        row = session.scalars(select(Message).where(Message.state == "queued")).one()
        row.state, row.reason = "failed", "given_up"
    why = same.locator("[data-progress-place=why]")
    begun = why.get_by_role("row", name="Het lukte niet binnen de tijd")
    begun.wait_for(timeout=60_000)
    expect(begun).to_contain_text("Niet aangekomen")
    expect(refused.first).to_be_focused()  # whoever was there with the keyboard still is
    expect(same.locator("[data-progress-part=failed]")).to_have_text("3")
    expect(same.get_by_role("button", name="Opnieuw sturen: 3 die niet aankwamen")).to_be_visible()
    axe(page)
    begun.get_by_role("link").click()
    arrive(page, "Mails")
    expect(page).to_have_url(re.compile("state=failed&reason=given_up"))


def test_a_failed_mail_is_sent_again_with_one_press(page, story, live_server, transaction):
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    visit(page, f"/manage/mail/{story.mailing.id}?state=failed")
    page.get_by_role("button", name="Opnieuw sturen", exact=True).first.click()
    page.get_by_text("gaat opnieuw de deur uit").wait_for()
    with transaction() as session:
        assert session.scalars(select(Message.state).where(Message.attempts == 1)).all() == [
            "queued"
        ]


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_the_coordinator_reads_whether_the_mail_is_in_order(
    request, kind, story, live_server, open_smtp, axe
):
    page = request.getfixturevalue(kind)
    page.context.add_cookies([{"name": COOKIE, "value": story.kees, "url": live_server}])
    visit(page, "/manage/doctor/")
    axe(page)
    page.get_by_role("button", name="Nu kijken").click()
    page.get_by_text("Dit is een proef").wait_for(timeout=60_000)
    page.set_viewport_size({**page.viewport_size, "height": 3000})
    axe(page)


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_somebody_leaves_the_newsletter_with_one_press(request, kind, app, live_server, axe):
    page = request.getfixturevalue(kind)
    with app.app_context():
        visit(page, urlsplit(unsubscribe_link(0)).path)
    axe(page)
    page.get_by_role("button", name="Ja, stuur mij geen nieuwsbrief meer").click()
    page.get_by_role("heading", name="U krijgt geen nieuwsbrief meer van ons").wait_for()
    axe(page)


def test_on_a_phone_the_menu_of_the_account_is_a_list_of_rows(phone, story, live_server, axe):
    phone.context.add_cookies([{"name": COOKIE, "value": story.kees, "url": live_server}])
    visit(phone, "/manage/doctor/")
    phone.locator(".user-menu > summary").click()
    rows = phone.locator(".user-menu__items .nav__link:visible")
    boxes = [one.bounding_box() for one in rows.all()]
    words = [one.bounding_box() for one in rows.locator("span").all()]
    assert {(box["x"], box["width"]) for box in boxes} == {(16, 328)}
    assert min(box["height"] for box in boxes) >= 44
    assert len({box["x"] for box in words}) == 1  # beside the icons, not beneath them
    expect(rows.and_(phone.locator("[aria-current]"))).to_have_text("Is de mail in orde?")
    axe(phone)


def test_a_button_and_the_list_come_by_themselves_but_not_away_from_the_keyboard(
    page, story, live_server, transaction
):
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    with transaction() as session:
        for row in session.scalars(select(Message).where(Message.state == "failed")):
            row.state, row.reason, row.not_before = "queued", "", now() + timedelta(hours=1)
    visit(page, f"/manage/mail/{story.mailing.id}")
    page.evaluate("document.body.dataset.seen = 'before'")
    same = page.locator("body[data-seen]")  # the page is the same one
    lines = same.locator("tr", has_text="Riet")
    reader = lines.filter(has_text="Onzeker").get_by_role("link")
    reader.focus()
    with transaction() as session:
        row = session.scalars(
            select(Message).where(Message.state == "queued").order_by(Message.id)
        ).first()
        row.state, row.reason = "failed", "refused"
    button = same.get_by_role("button", name="Opnieuw sturen: 1 die niet aankwam")
    button.wait_for(timeout=60_000)
    failed = lines.filter(has_text="Niet aangekomen")
    failed.get_by_role("button", name="Opnieuw sturen").wait_for(timeout=60_000)
    expect(reader).to_be_focused()
    button.click()
    page.get_by_text("1 mail gaat nu de deur uit").wait_for()


def test_that_the_mail_server_takes_nothing_comes_and_goes_by_itself(
    phone, story, live_server, transaction, axe
):
    phone.context.add_cookies([{"name": COOKIE, "value": story.kees, "url": live_server}])
    visit(phone, f"/manage/mail/{story.mailing.id}")
    phone.evaluate("document.body.dataset.seen = 'before'")
    with transaction():
        server_away.begin(Stream.INVITATIONS, now(), "421 4.3.2 closing")
    shown = phone.locator("[data-progress-place=server] .notice")
    shown.wait_for(timeout=60_000)
    expect(phone.locator("[data-progress-status]")).to_contain_text("De mailserver neemt")
    axe(phone)
    with transaction() as session:
        session.query(Throttle).delete()
    shown.wait_for(state="detached", timeout=60_000)
    phone.locator("body[data-seen]").wait_for()  # the page is the same one


def test_a_place_that_somebody_is_at_is_not_fetched_again_at_each_step(
    page, story, live_server, transaction
):
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    place = f"/manage/mail/{story.mailing.id}"
    visit(page, place)
    page.get_by_role("button", name="Opnieuw sturen: 2 die niet aankwamen").focus()
    with transaction() as session:
        for row in session.scalars(select(Message).where(Message.state == "failed")):
            row.state, row.reason = "deferred", "later"
    asked = []
    page.on("request", lambda one: asked.append(urlsplit(one.url).path))
    for _ in range(5):
        page.wait_for_event("requestfinished", lambda one: "progress.json" in one.url)
    assert asked.count(place) <= 1
