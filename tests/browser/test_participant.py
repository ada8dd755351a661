"""A participant in Chromium: two presses on a phone, without script, by keyboard, for everybody."""

import pytest
from playwright.sync_api import expect

from eventsapp.core.dates import now
from tests.browsing import visit, watched_page

STATES = {
    "asked": {},
    "coming": {"reply": "accepted"},
    "undecided": {"reply": "tentative"},
    "declined": {"reply": "declined"},
    "substitute": {"reply": "declined", "substitute_name": "Henk de Boer"},
    "full": {"meeting": {"capacity": 1}, "taken": 1},
    "waiting": {"meeting": {"capacity": 1}, "taken": 1, "reply": "waitlisted"},
    "held": {"meeting": {"days": -3}},
    "cancelled": {"meeting": {"status": "cancelled", "cancel_reason": "Lekkage"}},
    "withdrawn": {"reply": "withdrawn", "withdrawn_at": now()},
}


def unfold(page):
    """Open what is folded, for axe."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_answer_page_is_for_everybody(page, phone, axe, invited, state):
    petra = invited(**STATES[state])
    for window in (page, phone):
        visit(window, petra.at(), 410 if state == "withdrawn" else 200)
        unfold(window)
        axe(window)


def test_a_link_that_does_not_work_is_for_everybody(page, phone, axe, product):
    for window in (page, phone):
        visit(window, "/a/niets", 404)
        axe(window)


def test_the_page_of_a_public_meeting_is_for_everybody(page, phone, axe, invited):
    petra = invited(meeting={"is_public": True})
    for window in (page, phone):
        visit(window, f"/meetings/{petra.meeting_id}")
        axe(window)
        window.get_by_role("button", name="Aanmelden").click()
        expect(window.get_by_role("alert")).to_contain_text("Vul uw naam in.")
        axe(window)


def test_the_answers_stand_on_the_first_screen_of_a_phone(phone, invited):
    visit(phone, invited(meeting={"title": "Bijeenkomst van adviesraden over vervoer"}).at())
    box = phone.get_by_role("button", name="Nee, ik kom niet").bounding_box()
    assert box["y"] + box["height"] < 800


def test_one_press_on_a_phone_answers(phone, invited):
    petra = invited()
    visit(phone, petra.at())
    phone.get_by_role("button", name="Ja, ik kom").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Wij weten dat u komt")
    assert petra.invitation().reply == "accepted"


def test_everything_works_without_script(browser, live_server, invited):
    petra = invited()
    context = browser.new_context(
        base_url=live_server, java_script_enabled=False, viewport={"width": 360, "height": 800}
    )
    page = context.new_page()
    page.goto(petra.at())
    page.get_by_role("button", name="Ja, ik kom").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wij weten dat u komt")
    page.get_by_text("Ik neem iemand mee").click()
    page.get_by_label("Hoeveel mensen neemt u mee?").fill("2")
    page.get_by_role("button", name="Opslaan").first.click()
    expect(page.get_by_text("er komen 2 mensen mee")).to_be_visible()
    page.get_by_text("Mijn antwoord veranderen").click()
    page.get_by_role("button", name="Nee, ik kom niet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wij weten dat u niet komt")
    context.close()
    assert petra.invitation().reply == "declined"


def test_the_keyboard_is_enough(page, invited):
    petra = invited()
    visit(page, petra.at())
    for _ in range(12):
        page.keyboard.press("Tab")
        if "Ja, ik kom" in page.evaluate("document.activeElement.textContent"):
            break
    expect(page.get_by_role("button", name="Ja, ik kom")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wij weten dat u komt")


def test_a_fault_gets_the_focus_and_what_was_typed_stays(browser, live_server, invited):
    petra = invited(reply="accepted")
    with watched_page(browser, live_server, 360) as page:
        visit(page, petra.at())
        page.get_by_text("Iemand anders komt in mijn plaats").click()
        page.get_by_label("E-mailadres van die persoon").fill("geen adres")
        page.get_by_role("button", name="Deze persoon komt").click()
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_label("E-mailadres van die persoon")).to_have_value("geen adres")


def test_on_a_phone_the_answer_that_holds_keeps_its_words_on_one_line(phone, invited):
    visit(phone, invited(reply="tentative").at())
    button = phone.get_by_role("button", name="Ik weet het nog niet")
    words, hint, chosen = (
        button.locator(which).bounding_box()
        for which in ("span:has(> .big-button__hint)", ".big-button__hint", ".big-button__chosen")
    )
    assert hint["y"] - words["y"] < 32
    assert chosen["y"] >= words["y"] + words["height"]


def test_at_the_foot_of_a_page_the_telephone_hangs_beside_its_words(phone, invited):
    visit(phone, invited().at())
    foot = phone.locator(".public__footer")
    icon, words = (
        foot.locator(f".public__ring > {which}").bounding_box() for which in ("svg", "span")
    )
    assert words["x"] > icon["x"] + icon["width"]
    assert words["y"] < icon["y"] + icon["height"] / 2 < words["y"] + 32
    expect(foot).not_to_contain_text("·")  # which could begin a line
