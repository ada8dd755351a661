"""How an edition looks: its mail at the widths of phone and desk, light and dark, and its pages."""

import pytest
from playwright.sync_api import expect

from eventsapp.accounts.sessions import open_session
from eventsapp.newsletters.editions import touch
from eventsapp.newsletters.models import Block
from tests.browsing import visit
from tests.factories import actor_of, make_cast, make_meeting
from tests.newsletters import make_picture
from tests.rendering import every_block, make_edition
from tests.signing_in import COOKIE

PHONE, DESK = 360, 640


@pytest.fixture
def story(transaction, live_server):
    """An edition with a block of every kind, and the editor signed in."""
    with transaction():
        cast = make_cast()
        for number in range(3):
            make_meeting(cast.anna.person, cast.noord, days=5 + number, is_public=True)
        edition = make_edition(
            *every_block(make_picture()), subject="Jongeren praten mee", preview_line="En meer"
        )
        cast.first = edition.blocks[0].id
        cast.at = f"/manage/editions/{edition.id}"
        cast.cookie = {
            "name": COOKIE, "value": open_session(cast.ilse.id, "Chromium"), "url": live_server,
        }  # fmt: skip
    return cast


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_mail_reads_well(page, story, axe, width, colours):
    """In a page of its own: where it is shown, nothing may run, the judge included."""
    page.context.add_cookies([story.cookie])
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=colours)
    mail = page.request.get(f"{story.at}/preview/mail").text()
    # A mail is an article; the landmark round it is the mail program's own.
    page.set_content(mail.replace('role="article"', 'role="main"'), wait_until="load")
    expect(page.get_by_role("heading", name="Nieuwsbrief van maart")).to_have_count(1)
    axe(page)


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_the_preview_and_the_checks_read_well(request, kind, story, axe):
    page = request.getfixturevalue(kind)
    page.context.add_cookies([story.cookie])
    for place in ("preview", "preview?view=phone", "preview?view=text", "preview?view=dark",
                  "checks", "checks?links=1"):  # fmt: skip
        visit(page, f"{story.at}/{place}")
        axe(page)


def test_another_reader_is_chosen_by_keyboard(page, story):
    page.context.add_cookies([story.cookie])
    visit(page, f"{story.at}/preview?view=phone")
    page.get_by_label("Regio van de lezer").focus()
    page.keyboard.press("z")  # one key: a list starts anew when the next comes a second later
    expect(page.get_by_label("Regio van de lezer").locator(":checked")).to_have_text("Zuid")
    page.get_by_role("button", name="Tonen").press("Enter")
    page.wait_for_url("**region=**")
    assert "view=phone" in page.url
    expect(page.get_by_text("staat niet in deze mail")).to_have_count(1)


def test_what_somebody_writes_comes_into_an_open_preview(page, story, transaction):
    page.context.add_cookies([story.cookie])
    visit(page, f"{story.at}/preview?view=text")
    with transaction() as session:
        block = session.get(Block, story.first)
        block.data = {**block.data, "html": "<p>Net geschreven.</p>"}
        touch(actor_of(story.ilse), block.edition)
    expect(page.get_by_text("Net geschreven.")).to_be_visible()
