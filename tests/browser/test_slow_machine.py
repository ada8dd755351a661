"""A machine or a line that is slow: what somebody types, ticks or presses meanwhile is not lost.

Each test holds back one file or one answer, does what a quick person does, and lets it through.
"""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from eventsapp.accounts.sessions import open_session
from eventsapp.core.dates import HOME_ZONE, now, utc_to_local
from eventsapp.newsletters.editions import touch
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block
from tests.browsing import settle, visit
from tests.factories import actor_of, make_cast, make_invitation, make_meeting, make_person
from tests.newsletters import make_block, make_edition, make_picture
from tests.signing_in import COOKIE

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def story(transaction, live_server):
    """An edition of Ilse's with three blocks, and a meeting of today with two who come."""
    with transaction():
        cast = make_cast()
        edition = make_edition(subject="Samen eten")
        made = SimpleNamespace(
            kees=cast.kees,
            path=f"/manage/editions/{edition.id}",
            article=make_block(edition, BlockKind.ARTICLE, title="Vervoer", html="<p>Lang</p>").id,
            quote=make_block(edition, BlockKind.QUOTE, text="Samen lukt het", who="Riet").id,
            text=make_block(edition, BlockKind.TEXT, html="").id,
        )
        make_picture()
        today = utc_to_local(now(), HOME_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        meeting = make_meeting(cast.anna.person, cast.noord, starts=today)
        for name in ("Riet van der Berg", "Toos Tak"):
            make_invitation(meeting, make_person(name), reply="accepted")
        make_person("Karin de Boer")
        made.meeting = f"/manage/meetings/{meeting.id}"
        made.cookies = {
            who: {
                "name": COOKIE,
                "value": open_session(getattr(cast, who).id, "Chromium"),
                "url": live_server,
            }
            for who in ("ilse", "anna")
        }
        return made


@pytest.fixture
def ilse(page, story):
    page.context.add_cookies([story.cookies["ilse"]])
    return page


@pytest.fixture
def anna(page, story):
    page.context.add_cookies([story.cookies["anna"]])
    return page


class Held:
    """What a page asks of an address, held back until it is let through."""

    def __init__(self, page, address, *, answered=False):
        self.page, self._address = page, address
        self.routes, self._answers = [], []
        self._is_answered = answered
        page.route(address, self._hold)

    def _hold(self, route):
        self._answers.append(route.fetch() if self._is_answered else None)
        self.routes.append(route)

    def wait(self, count=1):
        """Wait until so much was asked; each look lets the page go on for a frame."""
        for _ in range(3000):
            if len(self.routes) >= count:
                return
            self.page.evaluate("new Promise(requestAnimationFrame)")
        pytest.fail(f"{self._address} was asked for {len(self.routes)} times, not {count}")

    def let_through(self, number=0):
        """Give the page what it asked for."""
        self.wait(number + 1)
        route, answer = self.routes[number], self._answers[number]
        if answer is None:
            route.continue_()
        else:
            route.fulfill(response=answer)


def _block(page, number):
    return page.locator(f"#block-{number}")


def test_who_types_before_the_editor_has_come_goes_on_in_it(ilse, story):
    editor_file = Held(ilse, "**/js/rich-text.js*")
    ilse.goto(f"{story.path}?open={story.text}")
    plain = _block(ilse, story.text).get_by_label("Tekst", exact=True)
    plain.press_sequentially("Beste lezer.")
    editor_file.let_through()
    settle(ilse)
    editor = _block(ilse, story.text).get_by_role("textbox", name="Tekst", exact=True)
    expect(editor).to_be_focused()
    ilse.keyboard.type("Het wordt zomer.")
    expect(editor).to_have_text("Beste lezer.Het wordt zomer.")


def test_a_block_that_opens_does_not_take_the_keyboard_from_a_field(ilse, story):
    visit(ilse, story.path)
    editor_file = Held(ilse, "**/js/rich-text.js*")
    article = _block(ilse, story.article)
    article.get_by_role("link", name="Wijzigen").click()
    expect(article.get_by_label("Titel")).to_be_focused()
    article.get_by_label("Inleiding").focus()
    editor_file.let_through()
    settle(ilse)
    ilse.keyboard.type("Kort")
    expect(article.get_by_label("Inleiding")).to_have_value("Kort")


def test_what_is_wrong_does_not_take_the_keyboard_from_who_mends_it(page):
    visit(page, "/sign-in")
    scripts = Held(page, "**/js/app.js*")
    email = page.get_by_label("E-mailadres")
    email.press("Enter")
    page.get_by_text("Dit klopt nog niet").wait_for()
    email.press_sequentially("anna@")
    scripts.let_through()
    settle(page)
    expect(email).to_be_focused()


def test_a_press_is_not_swallowed_by_what_another_changes(ilse, story, transaction):
    visit(ilse, story.path)
    form = Held(ilse, f"**/manage/blocks/{story.quote}")
    _block(ilse, story.quote).get_by_role("link", name="Wijzigen").click()
    form.wait()
    with transaction() as session:
        block = session.get(Block, story.quote)
        block.data = {**block.data, "who": "Ria"}
        touch(actor_of(story.kees), block.edition)
    with ilse.expect_response("**/changes.json?*"):
        ilse.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    form.let_through()
    expect(_block(ilse, story.quote).get_by_label("Wie zegt dit?")).to_have_value("Ria")


def test_an_answer_that_comes_late_does_not_wipe_out_the_subject(ilse, story):
    visit(ilse, story.path)
    changes = Held(ilse, "**/changes.json?*", answered=True)
    ilse.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    changes.wait()
    subject = ilse.get_by_label("Onderwerp")
    subject.fill("Samen koken")
    subject.blur()
    expect(ilse.get_by_text("Bewaard om")).to_be_visible()
    with ilse.expect_response("**/changes.json?*"):
        changes.let_through()
    ilse.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    changes.wait(2)  # the first answer is dealt with by now
    expect(subject).to_have_value("Samen koken")


def test_what_is_typed_keeps_itself_again_after_a_press_that_did_not_get_through(
    browser, live_server, story
):
    context = browser.new_context(base_url=live_server, locale="nl-NL")
    context.add_cookies([story.cookies["ilse"]])
    ilse = context.new_page()  # unwatched: a line that fails is told as an error
    visit(ilse, f"{story.path}?open={story.quote}")
    block = _block(ilse, story.quote)
    ilse.route(f"**/manage/blocks/{story.quote}", lambda route: route.abort())
    block.get_by_label("Wie zegt dit?").fill("Ria")
    block.get_by_role("button", name="Klaar").click()
    expect(ilse.locator("#messages")).to_contain_text("Dat is niet gelukt")
    expect(block.get_by_text("Bewaard om")).to_be_visible()
    context.close()


def test_a_second_press_opens_no_second_window(ilse, story):
    visit(ilse, f"{story.path}?open={story.quote}")
    pictures = Held(ilse, "**/manage/blocks/*/picture")
    opener = _block(ilse, story.quote).get_by_role("button", name="Eerdere afbeelding")
    opener.click()
    opener.click()
    pictures.let_through()
    expect(ilse.get_by_role("dialog")).to_be_visible()
    expect(ilse.locator("dialog")).to_have_count(1)
    assert len(pictures.routes) == 1


def test_counts_stay_right_when_answers_come_in_another_order(anna, story):
    visit(anna, f"{story.meeting}/attendance")
    marks = Held(anna, "**/attendance/mark*", answered=True)
    for count, name in enumerate(("Riet van der Berg", "Toos Tak"), start=1):
        line = anna.get_by_role("group", name=name)
        line.get_by_role("button", name="Aanwezig").click()
        marks.wait(count)
    marks.let_through(1)
    anna.get_by_text("2 aanwezig, 0 nog niet aangekruist").wait_for(state="attached")
    marks.let_through(0)
    first = anna.get_by_role("group", name="Riet van der Berg")
    first.get_by_role("button", name="Aanwezig", pressed=True).wait_for()
    expect(anna.locator("#said")).to_contain_text("2 aanwezig")


def test_a_choice_made_while_a_list_is_on_its_way_stands(anna, story):
    visit(anna, f"{story.meeting}/walk-in")
    anna.get_by_label("Naam", exact=True).fill("karin")
    karin = anna.get_by_label("Karin de Boer")
    karin.wait_for()
    found = Held(anna, "**/found?*")
    anna.get_by_label("Namens welke organisatie?").fill("Adviesraad")
    found.wait()
    karin.check()
    with anna.expect_response("**/found?*"):
        found.let_through()
    expect(anna.locator(".htmx-request")).to_have_count(0)
    expect(karin).to_be_checked()


def test_what_is_typed_while_a_line_is_added_stays(ilse, story):
    visit(ilse, "/manage/surveys/new")
    lines = Held(ilse, "**/manage/surveys/new")
    ilse.get_by_role("button", name="Vraag toevoegen").click()
    lines.wait()
    question = ilse.get_by_role("group", name="Vraag 1").get_by_label("Vraag", exact=True)
    question.fill("Leest u hem?")
    lines.let_through()
    ilse.get_by_role("group", name="Vraag 2").wait_for()
    expect(question).to_have_value("Leest u hem?")
